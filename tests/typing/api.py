# pyright: reportUnnecessaryTypeIgnoreComment=true
"""The types of the public API, for mypy and pyright; never run.

A line that must be refused carries an ignore; both checkers complain where it is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_type

from loguro_async import (
    Between,
    CachePolicy,
    Count,
    CustomEvents,
    Event,
    EventList,
    F,
    Filter,
    Kpis,
    KpiValues,
    LoguroClient,
    Overview,
    Project,
    RecentEvents,
    Timeseries,
    TopFlow,
    TopList,
    TopPage,
    Visitor,
    VisitorSessions,
)


async def every_response_has_its_type(client: LoguroClient) -> None:
    project = assert_type(client.project("local"), Project)
    kpis = assert_type(await project.kpis(range="7d"), Kpis)
    assert_type(kpis.current.bounce_rate, float | None)
    assert_type(kpis.previous, KpiValues | None)
    series = assert_type(await project.timeseries(range="30d"), Timeseries)
    assert_type(series.items[0].bucket, datetime)
    assert_type(await project.count(), Count)
    assert_type(int(await project.count()), int)
    assert_type(await project.custom_events(), CustomEvents)
    assert_type(await project.recent_events(window=timedelta(minutes=5)), RecentEvents)
    assert_type(await project.recent_events(window=300_000), RecentEvents)
    assert_type(await project.visitor("01HZ"), Visitor)
    assert_type(await project.visitor_sessions("01HZ"), VisitorSessions)
    assert_type(await project.overview(range="7d"), Overview)


async def rows_have_their_types(project: Project) -> None:
    pages = assert_type(await project.top_pages(limit=5), TopList[TopPage])
    assert_type(pages.items, tuple[TopPage, ...])
    assert_type(pages.items[0].path, str | None)
    assert_type(pages.items[0].extra, Mapping[str, Any])
    flows = assert_type(await project.top_flows(depth=4), TopList[TopFlow])
    assert_type(flows.items[0].steps, tuple[str, ...] | None)
    events = assert_type(await project.events(limit=10), EventList)
    assert_type(events.items[0], Event)
    assert_type(events.raw, bytes)


async def filters_are_values_or_text(project: Project, start: datetime, end: datetime) -> None:
    assert_type(F.path("/") & ~F.device("mobile") | F.path("/a"), Filter)
    await project.kpis(filter=F.country("RO", "US"))
    await project.kpis(filter="country:RO|US")
    await project.kpis(range=Between(start, end))


async def wrong_use_is_a_type_error(client: LoguroClient, project: Project) -> None:
    await project.kpis(range="8d")  # type: ignore[arg-type]
    await project.kpis("7d")  # type: ignore[call-arg]
    await project.kpis(limit=3)  # type: ignore[call-arg]
    await project.count(cache="never")  # type: ignore[arg-type]
    F.country(40)  # type: ignore[arg-type]
    CachePolicy(60)  # type: ignore[call-arg]
    kpis = await project.kpis()
    kpis.current = kpis.current  # type: ignore[misc]
    client.stats.hits = 0  # type: ignore[misc]


async def a_client_is_closed_by_its_block() -> None:
    async with LoguroClient("pat_x", cache=None, retry=None) as client:
        assert_type(client, LoguroClient)
        assert_type(client.with_options(timeout=1, retry=None), LoguroClient)
