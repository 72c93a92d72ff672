"""The tools that an assistant calls; it reads their docstrings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, TypeVar

from loguro_async.doctor import check_up
from loguro_async.errors import InvalidQueryError
from loguro_async.gather import gather
from loguro_async.integrations.mcp import results, visitor_results
from loguro_async.integrations.mcp.calendar_periods import following, latest_periods
from loguro_async.integrations.mcp.conversion import (
    figures_of,
    first_rows,
    list_of,
    location_of,
    more_rows,
    rows_of,
    window_of,
)
from loguro_async.integrations.mcp.results import clean
from loguro_async.query.filters import Filter, as_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.client import LoguroClient
    from loguro_async.integrations.mcp import arguments as given
    from loguro_async.integrations.mcp.arguments import Width
    from loguro_async.integrations.mcp.calendar_periods import Period
    from loguro_async.models.kpis import Kpis, Timeseries
    from loguro_async.project import Project

T = TypeVar("T")

_TOP_PAGES: Final = 10
_MOST_RECENT: Final = 500
_MOST_PERIODS: Final = 60
_LEAST_CAP: Final = 20
_VISITOR_KEYS: Final = frozenset({"visitor_id", "session_id"})


class AnalyticsTools:
    """Reads analytics for an assistant, of some projects or all.

    Args:
        client: The client.
        allowed: The allowed slugs; ``None`` for all.
        visitors: Whether data of single visitors is allowed.
    """

    def __init__(
        self, client: LoguroClient, allowed: tuple[str, ...] | None, *, visitors: bool
    ) -> None:
        self._client = client
        self._allowed = allowed
        self._visitors = visitors

    async def projects(self, _query: given.NoArguments) -> results.Projects:
        """Lists the allowed projects."""
        return results.Projects(projects=None if self._allowed is None else list(self._allowed))

    async def overview(self, query: given.QueryArguments) -> results.Overview:
        """Key figures of a window and of the period before it, and the ten top pages."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).overview(
            range=query.window, filter=condition, limit=_TOP_PAGES + 1
        )
        pages, more = first_rows(found.top_pages.items, _TOP_PAGES)
        unit = found.top_pages.unit or "pageviews"
        return results.Overview(
            project=query.project,
            window=window_of(query.window, found.kpis.range),
            filter=str(condition),
            current=figures_of(found.kpis.current),
            previous=None if found.kpis.previous is None else figures_of(found.kpis.previous),
            top_pages=rows_of(pages, unit),
            units=results.KPI_UNITS | {"value": unit},
            more_rows=more,
        )

    async def compare(self, query: given.QueryArguments) -> results.Changes:
        """Key figures and their changes since the period of equal length before."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).kpis(range=query.window, filter=condition)
        if found.previous is None:
            raise InvalidQueryError("there is no period before this window; pass a shorter range")
        now = figures_of(found.current).model_dump(by_alias=True)
        before = figures_of(found.previous).model_dump(by_alias=True)
        return results.Changes(
            project=query.project,
            window=window_of(query.window, found.range),
            filter=str(condition),
            changes={name: results.Change.of(now[name], before[name]) for name in now},
        )

    async def series(self, query: given.SeriesArguments) -> results.Series:
        """Pageviews, visitors and sessions over time, by hour, day, week or month."""
        condition = self._filter(query.filter)
        project = self._project(query.project)
        kpis, found = await gather(
            project.kpis(range=query.window, filter=condition),
            project.timeseries(range=query.window, filter=condition),
        )
        window = window_of(query.window, kpis.range)
        start = window.from_ or (found.items[0].bucket if found.items else None)
        end = window.to or dt.datetime.now(dt.UTC)
        points: list[results.Point] = []
        more = False
        if start is not None and query.by == found.bucket:
            points = _points(found, start, end, query.by)
            points, more = points[-query.limit :], len(points) > query.limit
        elif query.by == "hour":
            raise InvalidQueryError("by must be day, week or month beyond 24h, got 'hour'")
        elif start is not None:
            wanted, more = latest_periods(start, end, query.by, min(query.limit, _MOST_PERIODS))
            points = await _read_periods(project, condition, wanted)
        return results.Series(
            project=query.project,
            window=window,
            filter=str(condition),
            by=query.by,
            points=points,
            more_rows=more,
        )

    async def top(self, query: given.TopArguments) -> results.Rows:
        """The most frequent pages, referrers, countries, browsers, devices and so on."""
        project = self._project(query.project)
        read = {
            "pages": project.top_pages,
            "referrers": project.top_referrers,
            "countries": project.top_countries,
            "browsers": project.top_browsers,
            "os": project.top_os,
            "devices": project.top_devices,
            "entry-pages": project.top_entry_pages,
            "exit-pages": project.top_exit_pages,
        }[query.what]
        condition = self._filter(query.filter)
        found: Any = await read(
            range=query.window,
            filter=condition,
            limit=query.limit + 1,
            compare=query.compare,
        )
        return list_of(query, query.what.replace("-", " "), condition, found.items, found.unit)

    async def flows(self, query: given.FlowArguments) -> results.Rows:
        """The most common first pages of sessions, in order."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).top_flows(
            range=query.window, filter=condition, depth=query.depth, limit=query.limit + 1
        )
        return list_of(query, "flows", condition, found.items, found.unit)

    async def custom_events(self, query: given.ListArguments) -> results.Rows:
        """Custom events by name, with the counts of the previous period."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).custom_events(
            range=query.window, filter=condition, limit=query.limit + 1
        )
        return list_of(query, "custom events", condition, found.items, "events")

    async def live(self, query: given.LiveArguments) -> visitor_results.Live:
        """The events of the last minutes, and how many visitors they are from."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).recent_events(
            window=query.windowMs, filter=condition, limit=_MOST_RECENT
        )
        ids = {event.visitor_id for event in found.items if event.visitor_id is not None}
        return visitor_results.Live(
            project=query.project,
            window=results.Window(range=f"last {query.windowMs / 60_000:g} minutes"),
            filter=str(condition),
            events=len(found.items),
            visitors=len(ids),
            rows=[
                visitor_results.LiveEvent(
                    timestamp=event.timestamp,
                    label=clean(event.label),
                    event_type=clean(event.event_type),
                    country_code=clean(event.country_code),
                    device_type=clean(event.device_type),
                    visitor_id=clean(event.visitor_id) if self._visitors else None,
                )
                for event in found.items[: query.limit]
            ],
            more_rows=True if len(found.items) > query.limit else more_rows(found.items),
        )

    async def visitors(self, query: given.ListArguments) -> visitor_results.Visitors:
        """Single visitors: where and when each was last seen. Personal data."""
        condition = self._filter(query.filter)
        found = await self._project(query.project).top_locations(
            range=query.window, filter=condition, limit=query.limit + 1
        )
        rows, more = first_rows(found.items, query.limit)
        return visitor_results.Visitors(
            project=query.project,
            window=window_of(query.window),
            filter=str(condition),
            rows=[
                visitor_results.VisitorRow(
                    visitor_id=clean(row.visitor_id),
                    location=location_of(row),
                    last_seen=row.last_seen,
                    last_path=clean(row.last_path),
                    events=row.events,
                )
                for row in rows
            ],
            more_rows=more,
        )

    async def visitor(self, query: given.VisitorArguments) -> visitor_results.OneVisitor:
        """One visitor, and the latest visits. Personal data."""
        project = self._project(query.project)
        known, visits = await gather(
            project.visitor(query.visitor_id, range=query.window),
            project.visitor_sessions(query.visitor_id, range=query.window),
        )
        device = filter(None, (known.device_type, known.os_family, known.browser_family))
        return visitor_results.OneVisitor(
            project=query.project,
            window=window_of(query.window),
            filter="",
            visitor_id=query.visitor_id,
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            location=location_of(known),
            device=clean(", ".join(device)) or None,
            sessions=known.sessions,
            pageviews=known.pageviews,
            rows=[
                visitor_results.SessionRow(
                    start=visit.start,
                    duration_sec=None if visit.duration_ms is None else visit.duration_ms / 1_000,
                    pageviews=visit.page_count,
                    entry_page=clean(visit.entry_page),
                    exit_page=clean(visit.exit_page),
                )
                for visit in visits.sessions[: query.limit]
            ],
            more_rows=len(visits.sessions) > query.limit,
        )

    async def doctor(self, query: given.ProjectArguments) -> results.Health:
        """Checks whether the service works: token, project and every endpoint."""
        self._project(query.project)
        found = await check_up(self._client, query.project)
        problems = [f"{step.name}: {step.hint}" for step in found.steps if step.hint]
        for check in found.endpoints:
            if check.failure:
                problems.append(f"{check.name}: {check.failure}")
            problems += [
                f"{check.name}: {one.path} is not as expected ({one.kind})"
                for one in check.differences
                if not one.harmless
            ]
        return results.Health(
            project=query.project, ok=found.ok, requests=found.requests, problems=problems
        )

    def _project(self, slug: str) -> Project:
        if self._allowed is not None and slug not in self._allowed:
            known = ", ".join(self._allowed) or "none"
            message = f"project {clean(slug)!r} is not allowed; allowed: {known}"
            raise InvalidQueryError(message)
        return self._client.project(slug)

    def _filter(self, text: str | None) -> Filter:
        condition = as_filter(text or "")
        keys = {term.key for term in condition.terms} & _VISITOR_KEYS
        if keys and not self._visitors:
            message = f"filters by {' and '.join(sorted(keys))} are not allowed here"
            raise InvalidQueryError(message)
        return condition


async def _read_periods(
    project: Project, condition: Filter, wanted: Sequence[Period]
) -> list[results.Point]:
    """Returns a row for each period, with a query for each.

    Visitors are unique within a period, and those of days cannot be added up.
    """
    found: list[Kpis] = await gather(
        *(project.kpis(range=period.window, filter=condition) for period in wanted)
    )
    return [
        results.Point(
            bucket=period.start,
            pageviews=kpis.current.pageviews,
            visitors=kpis.current.visitors,
            sessions=kpis.current.sessions,
            is_complete=period.is_complete,
        )
        for period, kpis in zip(wanted, found, strict=True)
    ]


def _points(
    found: Timeseries, start: dt.datetime, end: dt.datetime, width: Width
) -> list[results.Point]:
    return [
        results.Point(
            bucket=point.bucket,
            pageviews=point.pageviews,
            visitors=point.visitors,
            sessions=point.sessions,
            is_complete=start <= point.bucket and following(point.bucket, width) <= end,
        )
        for point in found.items
    ]
