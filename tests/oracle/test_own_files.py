"""Users' own files of any types, nulls and folders, compared with the oracle."""

from __future__ import annotations

import os
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loguro_async.emulator import LoguroEmulator
from tests.oracle.oracle import SPANS, Condition, Oracle, Span, written
from tests.oracle.reading import EPOCH, read_events

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pa: Any = import_module("pyarrow")  # the stubs of this project have only a part of it
parquet: Any = import_module("pyarrow.parquet")

# Many in CI; fewer where a developer waits for them.
EXAMPLES: Final = 25 if os.environ.get("CI") else 10
NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)
REQUIRED: Final = ("id", "event_type", "timestamp", "path", "url", "visitor_id", "session_id")
OPTIONAL: Final = {
    "title": ("T", ""),
    "referrer": ("", "https://News.example.org/a?b", "http://[::1]:8/x", "app", "mailto:a@b"),
    "user_id": ("7", "12"),
    "country_code": ("RO", "ro", "US", ""),
    "region": ("B",),
    "city": ("Iași", "B"),
    "browser_family": ("Chrome", "Safari"),
    "os_family": ("macOS", "iOS"),
    "device_type": ("desktop", "mobile"),
    "custom_event_name": ("signup", "Signup", "é"),
    "custom_props": ('{"a": 1}', "[]", "no JSON"),
}
PATHS: Final = ("/", "/a", "/b?c", "/Ü")
FOLDERS: Final = (
    "a.parquet",
    "day=2026-06-11/a.parquet",
    "project=local/a.parquet",
    "project=local/day=2026-01-01/a.parquet",
    "project=local/2026/06/a.pq",
    "local/x=1/y=2/a.parquet",
)
# Bounds of windows and buckets, which an event may lie just before, at, or just after.
BOUNDS: Final = (
    timedelta(0),
    timedelta(hours=1),
    timedelta(hours=10),
    timedelta(hours=24),
    timedelta(hours=34),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=90),
)
NUDGES_NS: Final = (-1, -1_000, -999_999, -1_000_000, -500_000, 0, 1, 499_999, 999_999, 1_000_000)
TIME_KINDS: Final = ("s", "ms", "us", "ns", "us, UTC", "us, Europe/Bucharest", "ns, UTC", "text")
NUMBER_KINDS: Final = ("number ms", "number us", "number ns")


class OwnFile(NamedTuple):
    """A file of one's own."""

    name: str
    rows: list[dict[str, Any]]
    time_kind: str
    text_kind: str
    left_out: frozenset[str]

    def write(self, folder: Path, number: int) -> None:
        """Writes the file; its number makes names and ids unique."""
        target = (folder / self.name).with_stem(f"file-{number}")
        target.parent.mkdir(parents=True, exist_ok=True)
        columns: dict[str, Any] = {}
        for name in (*REQUIRED, *OPTIONAL):
            values = [row[name] for row in self.rows]
            if name == "timestamp":
                columns[name] = self._times(values)
            elif name == "id":
                columns[name] = pa.array([f"{number}-{value}" for value in values], pa.string())
            elif name == "user_id" and self.text_kind == "numbers":
                columns[name] = pa.array([value and int(value) for value in values], pa.int16())
            elif name not in self.left_out:
                columns[name] = self._texts(values)
        parquet.write_table(pa.table(columns), target)

    def _texts(self, values: list[str | None]) -> Any:  # noqa: ANN401 - of pyarrow
        if self.text_kind == "null type" and set(values) <= {None}:
            return pa.nulls(len(values))
        array = pa.array(values, pa.large_string() if self.text_kind == "large" else pa.string())
        return array.dictionary_encode() if self.text_kind == "categories" else array

    def _times(self, nanoseconds: list[int]) -> Any:  # noqa: ANN401 - of pyarrow
        kind, _, zone = self.time_kind.partition(", ")
        if kind == "text":
            times = [EPOCH + timedelta(microseconds=value // 1_000) for value in nanoseconds]
            return pa.array([time.isoformat() for time in times])
        unit = kind.removeprefix("number ")
        size = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
        numbers = pa.array([value // size for value in nanoseconds], pa.int64())
        return numbers if "number" in kind else numbers.cast(pa.timestamp(unit, zone or None))


def rows() -> st.SearchStrategy[dict[str, Any]]:
    """Events with any optional value missing."""

    def at(bound: timedelta, nudge_ns: int) -> int:
        return (NOW - bound - EPOCH) // timedelta(microseconds=1) * 1_000 + nudge_ns

    path = st.sampled_from(PATHS)
    return st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "event_type": st.sampled_from(["pageview", "pageview", "custom"]),
            "timestamp": st.builds(at, st.sampled_from(BOUNDS), st.sampled_from(NUDGES_NS)),
            "path": path,
            "url": path.map("https://example.com{}".format),
            "visitor_id": st.sampled_from(["v1", "v2", "v3"]),
            "session_id": st.sampled_from(["s1", "s2", "s3", "s4"]),
        }
        | {name: st.none() | st.sampled_from(values) for name, values in OPTIONAL.items()}
    )


def own_files() -> st.SearchStrategy[list[OwnFile]]:
    """Up to three files of different kinds."""
    return st.lists(
        st.builds(
            OwnFile,
            st.sampled_from(FOLDERS),
            st.lists(rows(), min_size=1, max_size=12),
            st.sampled_from([*TIME_KINDS, *NUMBER_KINDS]),
            st.sampled_from(["text", "large", "categories", "null type", "numbers"]),
            st.frozensets(st.sampled_from(sorted(OPTIONAL))),
        ),
        min_size=1,
        max_size=3,
    )


@asynccontextmanager
async def serving(folder: Path) -> AsyncGenerator[tuple[LoguroEmulator, Any]]:
    async with LoguroEmulator(data=folder, now=NOW) as loguro:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:

            async def get(path: str, parameters: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
                address = f"/api/web-events/local{path}"
                async with session.get(address, params=parameters) as response:
                    assert response.status == 200
                    return await response.json()

            yield loguro, get


ONE: Final = {
    "id": "1",
    "event_type": "custom",
    "timestamp": 1_781_171_999_999_999_999,
    "path": "/",
    "url": "https://example.com/",
    "visitor_id": "v1",
    "session_id": "s1",
    **dict.fromkeys(OPTIONAL),
}
PLAIN: Final = [OwnFile(FOLDERS[0], [ONE], "ns", "null type", frozenset())]


@given(files=own_files(), chip=st.sampled_from([*SPANS, "all"]), country=st.booleans())
@example(files=PLAIN, chip="1h", country=False)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_own_files(files: list[OwnFile], chip: str, country: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, file in enumerate(files):
            file.write(folder, number)
        async with serving(folder) as (loguro, get):
            paths = loguro.parquet("local")
            assert len(paths) == len(files)
            events = [event for event in read_events(paths) if event["timestamp"] < NOW]
            conditions = [Condition("country", ("RO",), negated=True)] if country else []
            filtered = {"filter": conditions[0].text} if conditions else {}
            first = min((event["timestamp"] for event in read_events(paths)), default=NOW)
            start = min(first, NOW) if chip == "all" else NOW - SPANS[chip]
            hourly = chip in {"1h", "24h"}
            span = Span(chip, start, NOW, hourly=hourly, has_previous=chip != "all")
            await compare(get, Oracle(events, span, conditions), {"range": chip} | filtered)


async def compare(get: Any, oracle: Oracle, parameters: dict[str, str]) -> None:  # noqa: ANN401
    """Compares every endpoint with the oracle."""
    parameters |= {"limit": "500", "compare": "1", "depth": "2"}
    assert await get("/count", parameters) == oracle.count()
    assert await get("/timeseries", parameters) == oracle.timeseries()
    given, expected = await get("/kpis", parameters), oracle.kpis()
    for period in filter(expected.get, ("current", "previous")):
        for name, error in (("bounceRate", 0.000_051), ("avgDurationSec", 0.051)):
            exact = expected[period].pop(name)
            assert given[period].pop(name) == pytest.approx(exact, abs=error)
    assert given == expected
    assert await get("", parameters) == oracle.events(500)
    assert await get("/custom-events", parameters) == oracle.custom_events(500)
    assert await get("/top-pages", parameters) == oracle.top_pages(500)
    assert await get("/top-referrers", parameters) == oracle.top_referrers(500)
    assert await get("/top-entry-pages", parameters) == oracle.end_pages(0, 500)
    assert await get("/top-exit-pages", parameters) == oracle.end_pages(-1, 500)
    assert await get("/top-flows", parameters) == oracle.flows(2, 300)
    assert await get("/top-locations", parameters) == oracle.locations(500)
    for path, name in (
        ("/top-countries", "country_code"),
        ("/top-browsers", "browser_family"),
        ("/top-os", "os_family"),
        ("/top-devices", "device_type"),
    ):
        assert await get(path, parameters) == oracle.top(name, itemgetter(name), 500)
    for visitor in {event["visitor_id"] for event in oracle.current}:
        assert await get(f"/visitor/{visitor}", parameters) == oracle.visitor(visitor)
        assert await get(f"/visitor/{visitor}/sessions", parameters) == oracle.sessions(visitor)


def test_times_are_written_as_the_service_writes_them() -> None:
    assert written(NOW - timedelta(milliseconds=1)) == "2026-06-11T09:59:59.999Z"
