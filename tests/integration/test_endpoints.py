"""Each endpoint, from the client to the embedded Loguro and back, over real sockets."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    Between,
    F,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async import Event, Project
    from loguro_async.emulator import LoguroEmulator

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
WEEK = Between(NOW - dt.timedelta(days=7), NOW)
TOP_LISTS = {
    "pages": "path",
    "referrers": "referrer",
    "countries": "country_code",
    "browsers": "browser_family",
    "os": "os_family",
    "devices": "device_type",
    "entry_pages": "path",
    "exit_pages": "path",
}


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {
        "projects": ("local", "shop"),
        "events": 4_000,
        "days": 20,
        "now": NOW,
        "max_limits": {"events": 10_000, "top-pages": 10_000, "top-locations": 10_000},
    }


async def all_events(project: Project) -> tuple[Event, ...]:
    return (await project.events(range="7d", limit=10_000)).items


async def test_kpis(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    kpis = await loguro_project.kpis(range="7d")
    assert kpis.current.visitors == len({event.visitor_id for event in events})
    assert kpis.current.sessions == len({event.session_id for event in events})
    assert kpis.current.pageviews == sum(event.event_type == "pageview" for event in events)
    assert 0 < (kpis.current.bounce_rate or 0) < 1
    assert (kpis.current.avg_duration_sec or 0) > 0
    assert kpis.previous is not None
    assert kpis.previous.pageviews > 0
    assert (kpis.range.chip, kpis.range.bucket, kpis.range.has_previous) == ("7d", "day", True)
    assert (kpis.range.from_, kpis.range.to) == (WEEK.start, WEEK.end)


async def test_timeseries(loguro_project: Project) -> None:
    series = await loguro_project.timeseries(range="7d")
    kpis = await loguro_project.kpis(range="7d")
    assert series.bucket == "day"
    assert sum(point.pageviews or 0 for point in series.items) == kpis.current.pageviews
    steps = {later.bucket - earlier.bucket for earlier, later in itertools.pairwise(series.items)}
    assert steps == {dt.timedelta(days=1)}
    hourly = await loguro_project.timeseries(range="24h")
    assert hourly.bucket == "hour"
    assert len(hourly.items) in {24, 25}


async def test_events(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    assert list(events) == sorted(events, key=lambda event: event.timestamp, reverse=True)
    assert len({event.id for event in events}) == len(events)
    assert all(WEEK.start <= event.timestamp < WEEK.end for event in events)
    newest = await loguro_project.events(range="7d", limit=3)
    assert newest.items == events[:3]
    assert (newest.count or 0) >= 3


async def test_count(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    assert int(await loguro_project.count(range="7d")) == len(events)
    own_window = await loguro_project.count(range=WEEK)
    assert own_window.count == len(events)


@pytest.mark.parametrize(("name", "field"), TOP_LISTS.items())
async def test_top_list(loguro_project: Project, name: str, field: str) -> None:
    ask = getattr(loguro_project, f"top_{name}")
    rows = (await ask(range="7d", limit=5)).items
    assert 0 < len(rows) <= 5
    assert all(getattr(row, field) for row in rows)
    assert [row.count for row in rows] == sorted((row.count for row in rows), reverse=True)
    assert all(row.visitors > 0 and row.prev_count is None and not row.extra for row in rows)
    compared = (await ask(range="7d", limit=5, compare=True)).items
    assert [row.count for row in compared] == [row.count for row in rows]
    assert all(row.prev_count is not None for row in compared)


async def test_top_pages_counts_pageviews(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    viewed = Counter(event.path for event in events if event.event_type == "pageview")
    rows = (await loguro_project.top_pages(range="7d", limit=10_000)).items
    assert {row.path: row.count for row in rows} == viewed


async def test_top_referrers_calls_none_direct(loguro_project: Project) -> None:
    rows = (await loguro_project.top_referrers(range="7d", limit=100)).items
    assert "direct" in {row.referrer for row in rows}


async def test_top_locations(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    rows = (await loguro_project.top_locations(range="7d", limit=10_000)).items
    latest = {event.visitor_id: event.timestamp for event in reversed(events)}
    assert {row.visitor_id: row.last_seen for row in rows} == latest
    assert all(row.last_path and row.events for row in rows)
    assert any(row.country_code and row.city for row in rows)


@pytest.mark.parametrize("depth", [None, 2, 5])
async def test_top_flows(loguro_project: Project, depth: int | None) -> None:
    rows = (await loguro_project.top_flows(range="7d", depth=depth, limit=25)).items
    assert rows
    assert {len(row.steps or ()) for row in rows} == {depth or 3}


async def test_custom_events(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    happened = Counter(event.custom_event_name for event in events if event.custom_event_name)
    answer = await loguro_project.custom_events(range="7d", limit=100)
    assert {item.name: item.count for item in answer.items} == happened
    assert all(sum(map(int, filter(None, item.spark))) == item.count for item in answer.items)
    assert all(len(item.spark) == len(answer.buckets) for item in answer.items)
    assert answer.bucket == "day"


async def test_recent_events(loguro_project: Project) -> None:
    events = await all_events(loguro_project)
    hour_ago = NOW - dt.timedelta(hours=1)
    last_hour = {event.id for event in events if event.timestamp >= hour_ago}
    recent = await loguro_project.recent_events(window=dt.timedelta(hours=1), limit=500)
    assert last_hour
    assert {event.id for event in recent.items} == last_hour
    few = await loguro_project.recent_events(window=3_600_000, limit=1)
    assert len(few.items) == 1


async def test_visitor_and_visitor_sessions(loguro_project: Project) -> None:
    newest = (await all_events(loguro_project))[0]
    visitor_id = str(newest.visitor_id)
    visitor = await loguro_project.visitor(visitor_id)
    assert visitor.visitor_id == newest.visitor_id
    assert visitor.last_seen == newest.timestamp
    history = await loguro_project.visitor_sessions(visitor_id)
    assert newest.session_id in {session.session_id for session in history.sessions}
    assert len(history.sessions) == visitor.sessions
    session = history.sessions[0]
    assert session.start is not None
    assert session.end is not None
    assert session.duration_ms == (session.end - session.start) / dt.timedelta(milliseconds=1)
    assert session.page_count == sum(event.event_type == "pageview" for event in session.events)


async def test_overview(loguro_project: Project, loguro_emulator: LoguroEmulator) -> None:
    condition = F.country("RO", "US") & ~F.device("tablet")
    overview = await loguro_project.overview(range="7d", filter=condition, limit=3, compare=True)
    assert overview.kpis == await loguro_project.kpis(range="7d", filter=condition)
    assert sum(point.pageviews or 0 for point in overview.timeseries.items) == (
        overview.kpis.current.pageviews
    )
    assert len(overview.top_pages.items) == 3
    assert {(request.endpoint, request.status) for request in loguro_emulator.requests} == {
        ("kpis", 200),
        ("timeseries", 200),
        ("top-pages", 200),
    }


async def test_all_endpoints_were_called_at_the_documented_paths(
    loguro_project: Project, loguro_emulator: LoguroEmulator
) -> None:
    visitor_id = str((await loguro_project.events(range="7d", limit=1)).items[0].visitor_id)
    methods = [f"top_{name}" for name in (*TOP_LISTS, "locations", "flows")]
    methods += ["kpis", "timeseries", "count", "custom_events", "recent_events"]
    for method in methods:
        await getattr(loguro_project, method)()
    await loguro_project.visitor(visitor_id)
    await loguro_project.visitor_sessions(visitor_id)
    asked = {(request.endpoint, request.status) for request in loguro_emulator.requests}
    assert len(asked) == 18
    assert {status for _endpoint, status in asked} == {200}
    sent = [dict(request.query) for request in loguro_emulator.requests[1:]]
    assert sent == [{}] * 17


# --- filters and ranges ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "attribute", "allowed"),
    [
        (F.country("RO", "US"), "country_code", {"RO", "US"}),
        ("country:RO|US !device:mobile", "country_code", {"RO", "US"}),
        (F.device("mobile"), "device_type", {"mobile"}),
        (F.event_type("custom"), "event_type", {"custom"}),
        (F.path("/pricing"), "path", {"/pricing"}),
    ],
)
async def test_filters_mean_the_same_on_both_sides(
    loguro_project: Project,
    condition: Any,  # noqa: ANN401
    attribute: str,
    allowed: set[str],
) -> None:
    events = (await loguro_project.events(range="7d", filter=condition, limit=10_000)).items
    assert {getattr(event, attribute) for event in events} == allowed


async def test_a_filter_and_its_negation_divide_all_events(loguro_project: Project) -> None:
    condition = F.browser("Chrome")
    some = await loguro_project.count(range="7d", filter=condition)
    others = await loguro_project.count(range="7d", filter=~condition)
    assert some.count + others.count == int(await loguro_project.count(range="7d"))
    assert some.count > 0 < others.count


@pytest.mark.parametrize("text", ['a "b"', "a|b", "a b", "ă€🙂", "a\\b", "a&b=c#d?e%20f+g", "!x:y"])
async def test_any_text_arrives_as_it_was_meant(
    loguro_project: Project, loguro_emulator: LoguroEmulator, text: str
) -> None:
    assert int(await loguro_project.count(filter=F.path(text))) == 0
    assert loguro_emulator.requests[-1].query == {"filter": str(F.path(text))}


async def test_windows_that_meet_add_up(loguro_project: Project) -> None:
    middle = NOW - dt.timedelta(days=3)
    earlier = await loguro_project.count(range=Between(WEEK.start, middle))
    later = await loguro_project.count(range=Between(middle, WEEK.end))
    assert earlier.count + later.count == int(await loguro_project.count(range=WEEK))


@pytest.mark.parametrize("chip", ["1h", "24h", "7d", "30d", "3m", "12m", "all"])
async def test_every_chip_is_known_to_both_sides(loguro_project: Project, chip: Any) -> None:  # noqa: ANN401
    assert (await loguro_project.kpis(range=chip)).range.chip == chip
