"""Fetches the figures of a report: several calls for each project, several projects at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import msgspec
from msgspec import Struct

from loguro_async.charts.series import with_previous
from loguro_async.checks import check_whole_number
from loguro_async.errors import InvalidQueryError
from loguro_async.gather import gather as gather_all
from loguro_async.models.events import CustomEvents
from loguro_async.models.top_lists import TopList
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.ranges import Between, Range, range_parameters, time_zone
from loguro_async.report.changes import ComparedList, largest_changes
from loguro_async.report.local_days import has_local_days, in_zone, local_days
from loguro_async.report.model import Failure, ProjectReport, Report, TitledList

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from loguro_async.client import LoguroClient
    from loguro_async.models.kpis import Kpis, Timeseries
    from loguro_async.project import Project
    from loguro_async.streams.fan_out import Slugs

ListT = TypeVar("ListT", CustomEvents, TopList[Any])

# What changed most need not be among the first ten.
_COMPARED_ROWS: Final = 100
_KINDS: Final = {
    "Pages": "Page",
    "Referrers": "Referrer",
    "Countries": "Country",
    "Devices": "Device",
    "Browsers": "Browser",
}
_EVENTS: Final = "Custom event"
_FEW_ROWS: Final = ("Devices", "Browsers")


class _Arguments(TypedDict):
    """The arguments that all calls of a project have in common."""

    range: Range
    filter: Filter


class Query(Struct, frozen=True):
    """The range, filter and limit of a report.

    Attributes:
        range: A chip or a window.
        filter: Which events count.
        limit: The most rows of each list.
        tz: The time zone of days and hours.
    """

    range: Range
    filter: Filter
    limit: int
    tz: dt.tzinfo

    @property
    def compared_rows(self) -> int:
        """How many rows of each list are compared with the period before."""
        return max(self.limit, _COMPARED_ROWS)

    def arguments(self, window: Range | None = None) -> _Arguments:
        """Returns the arguments of a call, about the range or another window."""
        return {"range": self.range if window is None else window, "filter": self.filter}


class _Lists(Struct, frozen=True):
    """The lists of one period."""

    tops: Mapping[str, TopList[Any]]
    events: CustomEvents


async def gather(
    client: LoguroClient,
    slugs: Slugs,
    *,
    range: Range = "7d",
    filter: Filter | str | None = None,
    limit: int = 10,
    concurrency: int = 8,
    tz: dt.tzinfo | str = dt.UTC,
) -> Report:
    """Returns all figures of a report.

    The service counts days in UTC. With another time zone, and a window of up to 62 days, each
    local day is fetched by itself; longer ranges and chips keep the days of UTC. Hours are shown
    in the zone.

    Args:
        client: The client to fetch with.
        slugs: The projects, any iterable or async iterable of slugs.
        range: A chip such as ``"7d"``, or ``Between(start, end)``.
        filter: A ``Filter``, or text in the dashboard's syntax.
        limit: The most rows of each list.
        concurrency: The most projects at once; each takes up to 15 requests.
        tz: The time zone of days, hours and the period, as such or by its IANA name.

    Raises:
        InvalidQueryError: An argument is not allowed.
        AuthenticationError: The service refused the token. Other errors of a project are in the
            report.
    """
    check_whole_number("limit", limit, least=1, error=InvalidQueryError)
    range_parameters(range)
    query = Query(range, as_filter("" if filter is None else filter), limit, time_zone(tz))
    projects: list[ProjectReport] = []
    failures: list[Failure] = []
    async for result in client.fan_out(
        slugs, lambda project: _report(project, query), concurrency=concurrency, ordered=True
    ):
        if result.error is None:
            projects.append(result.unwrap())
        else:
            failures.append(Failure(result.slug, str(result.error) or type(result.error).__name__))
    now = dt.datetime.now(dt.UTC)
    return Report(range, str(query.filter), now, tuple(projects), tuple(failures), query.tz)


async def _report(project: Project, query: Query) -> ProjectReport:
    kpis, lists = await gather_all(
        project.kpis(**query.arguments()), _lists(project, query, query.range, compare=True)
    )
    window = _window_before(kpis)
    series, before = await gather_all(
        _series(project, query, window),
        _nothing() if window is None else _lists(project, query, window),
    )
    return ProjectReport(
        slug=project.slug,
        kpis=kpis,
        timeseries=series,
        lists=tuple(
            TitledList(title, _first(rows, query.limit)) for title, rows in lists.tops.items()
        ),
        custom_events=_first(lists.events, query.limit),
        changes=largest_changes(_compared(lists, before, query), kpis, most=query.limit),
    )


async def _lists(project: Project, query: Query, range: Range, *, compare: bool = False) -> _Lists:
    calls: dict[str, Callable[..., Coroutine[Any, Any, TopList[Any]]]] = {
        "Pages": project.top_pages,
        "Referrers": project.top_referrers,
        "Countries": project.top_countries,
        "Devices": project.top_devices,
        "Browsers": project.top_browsers,
    }
    options: dict[str, Any] = {**query.arguments(range), "limit": query.compared_rows}
    if compare:
        options["compare"] = True
    events, *tops = await gather_all(
        project.custom_events(**options), *(call(**options) for call in calls.values())
    )
    return _Lists(dict(zip(calls, tops, strict=True)), events)


async def _nothing() -> None:
    """Does nothing, in the list of calls, for a response that is not needed."""


def _window_before(kpis: Kpis) -> Between | None:
    """Returns the window of equal length before the range, where there is one."""
    start, end = kpis.range.from_, kpis.range.to
    if not kpis.range.has_previous or start is None or end is None:
        return None
    return Between(start, end).previous()


async def _series(project: Project, query: Query, window: Between | None) -> Timeseries:
    if isinstance(query.range, Between) and has_local_days(query.range, query.tz):
        return await local_days(project, query.range, query.filter, query.tz)
    series, before = await gather_all(
        project.timeseries(**query.arguments()),
        _nothing() if window is None else project.timeseries(**query.arguments(window)),
    )
    has_own = any(point.previous_pageviews is not None for point in series.items)
    if before is not None and before.bucket == series.bucket and not has_own:
        series = with_previous(series, before)
    return in_zone(series, query.tz)


def _compared(lists: _Lists, before: _Lists | None, query: Query) -> list[ComparedList]:
    tops = [
        ComparedList(
            _KINDS[title],
            rows,
            None if before is None else before.tops[title],
            query.compared_rows,
            only_gone=title in _FEW_ROWS,
        )
        for title, rows in lists.tops.items()
    ]
    events = None if before is None else before.events
    return [*tops, ComparedList(_EVENTS, lists.events, events, query.compared_rows)]


def _first(rows: ListT, limit: int) -> ListT:
    return msgspec.structs.replace(rows, items=rows.items[:limit])
