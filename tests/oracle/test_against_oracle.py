"""Every figure of the embedded Loguro, compared with the same figure counted naively."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loguro_async.emulator import LoguroEmulator
from tests.oracle.oracle import SPANS, Condition, Event, Oracle, Span, written
from tests.oracle.reading import read_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Many in CI; fewer where a developer waits for them.
EXAMPLES: Final = 60 if os.environ.get("CI") else 20
NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)
VALUES: Final = {
    "path": ("/", "/pricing", "/PRICING", "/docs", "/nowhere", 'a "b" \\ c'),
    "country": ("RO", "ro", "US", "DE", "GB", "XX"),
    "device": ("mobile", "Desktop", "tablet"),
    "browser": ("Chrome", "chrome", "Safari", "Firefox"),
    "os": ("macOS", "windows", "iOS", "Android"),
    "event_type": ("pageview", "custom"),
    "custom_event_name": ("signup_completed", "SIGNUP_COMPLETED", "checkout_started"),
    "search": ("pric", "DOCS", "google", "%", "_", "signup", "é"),
}


class Service:
    """The embedded Loguro, and all of its events.

    No dataclass: hypothesis would show all events with an example that failed.
    """

    def __init__(self, session: aiohttp.ClientSession, events: list[Event]) -> None:
        self.session = session
        self.events = events

    async def get(self, path: str, parameters: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        address = f"/api/web-events/local/{path}".rstrip("/")
        async with self.session.get(address, params=parameters) as response:
            assert response.status == 200
            return await response.json()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> AsyncIterator[Service]:
    async with LoguroEmulator(events=3_000, days=40, seed=3, now=NOW) as loguro:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:
            yield Service(session, read_events(loguro.parquet("local")))


class Query(NamedTuple):
    """A window and a filter. Numbers pick events, so that bounds fall on events as well."""

    chip: str | None
    bounds: tuple[int, int]
    nudge_ms: int
    conditions: tuple[Condition, ...]
    visitor: int | None

    def resolve(self, events: list[Event]) -> tuple[Oracle, dict[str, str]]:
        """Returns the oracle of the figures, and the parameters of a request for them."""
        conditions = self.conditions
        if self.visitor is not None:
            event = events[self.visitor % len(events)]
            conditions += (Condition("visitor_id", (event["visitor_id"],)),)
        span, parameters = self._span(events)
        if conditions:
            parameters["filter"] = " ".join(condition.text for condition in conditions)
        return Oracle(events, span, conditions), parameters

    def _span(self, events: list[Event]) -> tuple[Span, dict[str, str]]:
        if self.chip == "all":
            first = events[0]["timestamp"]
            return Span("all", first, NOW, hourly=False, has_previous=False), {"range": "all"}
        if self.chip is not None:
            hourly = self.chip in {"1h", "24h"}
            return Span(self.chip, NOW - SPANS[self.chip], NOW, hourly), {"range": self.chip}
        start, end = sorted(events[index % len(events)]["timestamp"] for index in self.bounds)
        end += timedelta(milliseconds=abs(self.nudge_ms))
        hourly = end - start <= timedelta(hours=48)
        # The bounds override the range, whatever it says.
        query = {"from": written(start), "to": written(end), "range": "1h"}
        return Span("custom", start, end, hourly), query


def conditions() -> st.SearchStrategy[Condition]:
    """Terms of a filter over values that occur, in another case, or not at all."""

    def with_values(key: str) -> st.SearchStrategy[Condition]:
        values = st.lists(st.sampled_from(VALUES[key]), min_size=1, max_size=3).map(tuple)
        return st.builds(Condition, st.just(key), values, st.booleans())

    return st.sampled_from(sorted(VALUES)).flatmap(with_values)


def queries() -> st.SearchStrategy[Query]:
    """Windows of every kind, with up to three terms."""
    index = st.integers(0, 2_999)
    return st.builds(
        Query,
        st.none() | st.sampled_from([*SPANS, "all"]),
        st.tuples(index, index),
        st.sampled_from([0, 1, 3_600_000]),
        st.lists(conditions(), max_size=3).map(tuple),
        st.none() | st.none() | index,
    )


ONE_MOMENT: Final = Query(None, (5, 5), 0, (), None)
WHOLE_LIFE: Final = Query("all", (0, 0), 0, (), None)


@given(query=queries())
@example(query=ONE_MOMENT)
@example(query=WHOLE_LIFE)
@settings(max_examples=EXAMPLES, deadline=None)
async def test_kpis_count_and_timeseries(service: Service, query: Query) -> None:
    oracle, parameters = query.resolve(service.events)
    assert await service.get("count", parameters) == oracle.count()
    assert await service.get("timeseries", parameters) == oracle.timeseries()
    given, expected = await service.get("kpis", parameters), oracle.kpis()
    for period in ("current", "previous"):
        if expected[period] is not None:
            # The service rounds to four and to one decimal places.
            for name, error in (("bounceRate", 0.000_051), ("avgDurationSec", 0.051)):
                exact = expected[period].pop(name)
                assert given[period].pop(name) == pytest.approx(exact, abs=error)
    assert given == expected


@given(query=queries(), limit=st.integers(1, 40))
@example(query=ONE_MOMENT, limit=10)
@example(query=WHOLE_LIFE, limit=500)
@settings(max_examples=EXAMPLES, deadline=None)
async def test_top_lists(service: Service, query: Query, limit: int) -> None:
    oracle, parameters = query.resolve(service.events)
    parameters |= {"limit": str(limit), "compare": "1"}
    assert await service.get("top-pages", parameters) == oracle.top_pages(limit)
    assert await service.get("top-referrers", parameters) == oracle.top_referrers(limit)
    for path, name in (
        ("top-countries", "country_code"),
        ("top-browsers", "browser_family"),
        ("top-os", "os_family"),
        ("top-devices", "device_type"),
    ):
        expected = oracle.top(name, itemgetter(name), limit)
        assert await service.get(path, parameters) == expected


@given(query=queries(), limit=st.integers(1, 40), depth=st.integers(2, 5))
@example(query=ONE_MOMENT, limit=10, depth=2)
@example(query=WHOLE_LIFE, limit=300, depth=2)
@settings(max_examples=EXAMPLES, deadline=None)
async def test_sessions(service: Service, query: Query, limit: int, depth: int) -> None:
    oracle, parameters = query.resolve(service.events)
    parameters |= {"limit": str(limit), "compare": "1", "depth": str(depth)}
    assert await service.get("top-entry-pages", parameters) == oracle.end_pages(0, limit)
    assert await service.get("top-exit-pages", parameters) == oracle.end_pages(-1, limit)
    assert await service.get("top-locations", parameters) == oracle.locations(limit)
    assert await service.get("", parameters) == oracle.events(limit)
    assert await service.get("top-flows", parameters) == oracle.flows(depth, limit)
    assert await service.get("custom-events", parameters) == oracle.custom_events(limit)


async def test_the_values_of_the_filters_occur(service: Service) -> None:
    """Filters without any matching value would only compare empty responses."""
    for key, values in VALUES.items():
        passed = [sum(map(Condition(key, (value,)).holds, service.events)) for value in values]
        assert any(passed), key


async def test_session_filter(service: Service) -> None:
    session_id = service.events[-1]["session_id"]
    conditions = (Condition("session_id", (session_id.upper(),)),)
    oracle = Oracle(service.events, Span("30d", NOW - SPANS["30d"], NOW, hourly=False), conditions)
    query = {"range": "30d", "filter": conditions[0].text}
    response = await service.get("count", query)
    assert response == oracle.count()
    assert response["count"] > 0
