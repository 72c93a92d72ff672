"""Every figure of the embedded Loguro, beside the same figure counted naively."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loguro_async.emulator import LoguroEmulator
from tests.oracle.oracle import SPANS, Condition, Event, Oracle, Span, read_events, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

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
    """The embedded Loguro, and all events that it has.

    No dataclass: hypothesis would show all events with an example that failed.
    """

    def __init__(self, session: aiohttp.ClientSession, events: list[Event]) -> None:
        self.session = session
        self.events = events

    async def ask(self, path: str, parameters: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        address = f"/api/web-events/local/{path}"
        async with self.session.get(address, params=parameters) as response:
            assert response.status == 200
            return await response.json()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> AsyncIterator[Service]:
    async with LoguroEmulator(events=3_000, days=40, seed=3, now=NOW) as loguro:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:
            yield Service(session, read_events(loguro.parquet("local")))


class Asked(NamedTuple):
    """A window and a filter. Numbers pick events, so that bounds fall on events as well."""

    chip: str | None
    bounds: tuple[int, int]
    nudge_ms: int
    conditions: tuple[Condition, ...]
    visitor: int | None

    def resolve(self, events: list[Event]) -> tuple[Oracle, dict[str, str]]:
        """What counts the figures, and the parameters that ask for them."""
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
        start, end = sorted(events[place % len(events)]["timestamp"] for place in self.bounds)
        end += timedelta(milliseconds=abs(self.nudge_ms))
        hourly = end - start <= timedelta(hours=48)
        # The bounds override the range, whatever it says.
        asked = {"from": written(start), "to": written(end), "range": "1h"}
        return Span("custom", start, end, hourly), asked


def conditions() -> st.SearchStrategy[Condition]:
    """Terms of a filter over values that occur, in another case, or not at all."""

    def with_values(key: str) -> st.SearchStrategy[Condition]:
        values = st.lists(st.sampled_from(VALUES[key]), min_size=1, max_size=3).map(tuple)
        return st.builds(Condition, st.just(key), values, st.booleans())

    return st.sampled_from(sorted(VALUES)).flatmap(with_values)


def questions() -> st.SearchStrategy[Asked]:
    """Windows of every kind, with up to three terms."""
    place = st.integers(0, 2_999)
    return st.builds(
        Asked,
        st.none() | st.sampled_from([*SPANS, "all"]),
        st.tuples(place, place),
        st.sampled_from([0, 1, 3_600_000]),
        st.lists(conditions(), max_size=3).map(tuple),
        st.none() | st.none() | place,
    )


ONE_MOMENT: Final = Asked(None, (5, 5), 0, (), None)
WHOLE_LIFE: Final = Asked("all", (0, 0), 0, (), None)


@given(asked=questions())
@example(asked=ONE_MOMENT)
@example(asked=WHOLE_LIFE)
@settings(max_examples=60, deadline=None)
async def test_kpis_count_and_timeseries(service: Service, asked: Asked) -> None:
    oracle, parameters = asked.resolve(service.events)
    assert await service.ask("count", parameters) == oracle.count()
    assert await service.ask("timeseries", parameters) == oracle.timeseries()
    given, expected = await service.ask("kpis", parameters), oracle.kpis()
    for period in ("current", "previous"):
        if expected[period] is not None:
            # The service rounds to four and to one decimal places.
            for name, error in (("bounceRate", 0.000_051), ("avgDurationSec", 0.051)):
                exact = expected[period].pop(name)
                assert given[period].pop(name) == pytest.approx(exact, abs=error)
    assert given == expected


@given(asked=questions(), limit=st.integers(1, 40))
@example(asked=ONE_MOMENT, limit=10)
@example(asked=WHOLE_LIFE, limit=500)
@settings(max_examples=60, deadline=None)
async def test_top_lists(service: Service, asked: Asked, limit: int) -> None:
    oracle, parameters = asked.resolve(service.events)
    parameters |= {"limit": str(limit), "compare": "1"}
    assert await service.ask("top-pages", parameters) == oracle.top_pages(limit)
    assert await service.ask("top-referrers", parameters) == oracle.top_referrers(limit)
    for path, name in (
        ("top-countries", "country_code"),
        ("top-browsers", "browser_family"),
        ("top-os", "os_family"),
        ("top-devices", "device_type"),
    ):
        expected = oracle.top(name, itemgetter(name), limit)
        assert await service.ask(path, parameters) == expected


@given(asked=questions(), limit=st.integers(1, 40), depth=st.integers(2, 5))
@example(asked=ONE_MOMENT, limit=10, depth=2)
@example(asked=WHOLE_LIFE, limit=300, depth=2)
@settings(max_examples=60, deadline=None)
async def test_what_sessions_did(service: Service, asked: Asked, limit: int, depth: int) -> None:
    oracle, parameters = asked.resolve(service.events)
    parameters |= {"limit": str(limit), "compare": "1", "depth": str(depth)}
    assert await service.ask("top-entry-pages", parameters) == oracle.end_pages(0, limit)
    assert await service.ask("top-exit-pages", parameters) == oracle.end_pages(-1, limit)
    assert await service.ask("top-flows", parameters) == oracle.flows(depth, limit)
    assert await service.ask("custom-events", parameters) == oracle.custom_events(limit)


async def test_the_values_of_the_filters_occur(service: Service) -> None:
    """Filters over nothing but strange values would compare one empty answer with another."""
    for key, values in VALUES.items():
        passed = [sum(map(Condition(key, (value,)).holds, service.events)) for value in values]
        assert any(passed), key


async def test_session_filter(service: Service) -> None:
    session_id = service.events[-1]["session_id"]
    conditions = (Condition("session_id", (session_id.upper(),)),)
    oracle = Oracle(service.events, Span("30d", NOW - SPANS["30d"], NOW, hourly=False), conditions)
    asked = {"range": "30d", "filter": conditions[0].text}
    answer = await service.ask("count", asked)
    assert answer == oracle.count()
    assert answer["count"] > 0
