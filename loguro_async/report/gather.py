"""The figures of a report, fetched: a few calls for each project, many projects at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import msgspec
from msgspec import Struct

from loguro_async.charts.series import with_previous
from loguro_async.errors import InvalidQueryError
from loguro_async.gather import gather as gather_all
from loguro_async.models.events import CustomEvents
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.responses import TopList
from loguro_async.models.top_lists import TopPage
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.ranges import Between, Range, range_parameters
from loguro_async.report.content import Failure, ProjectReport, Report, TitledList
from loguro_async.report.moves import largest_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from loguro_async.client import LoguroClient
    from loguro_async.project import Project
    from loguro_async.streams.fan_out import Slugs

# What moved most need not be among the first ten.
_COMPARED_ROWS: Final = 100

RowsT = TypeVar("RowsT", CustomEvents, TopList[Any])


class _About(TypedDict):
    """What all questions about a project have in common."""

    range: Range
    filter: Filter


class Question(Struct, frozen=True):
    """What is asked of each project.

    Attributes:
        range: A chip or a window.
        filter: Which events count.
        limit: Rows of each list at the most.
    """

    range: Range
    filter: Filter
    limit: int

    @property
    def compared_rows(self) -> int:
        """How many rows are looked through for what moved most."""
        return max(self.limit, _COMPARED_ROWS)


class _Now(Struct, frozen=True):
    """A project's answers about the period of the report."""

    kpis: Kpis
    series: Timeseries
    events: CustomEvents
    lists: tuple[TitledList, ...]


class _Before(Struct, frozen=True):
    """Its answers about the period before."""

    pages: TopList[TopPage]
    series: Timeseries


async def gather(
    client: LoguroClient,
    slugs: Slugs,
    *,
    range: Range = "7d",
    filter: Filter | str | None = None,
    limit: int = 10,
    concurrency: int = 8,
) -> Report:
    """Fetch all that a report says.

    Args:
        client: Whom to ask.
        slugs: The projects, any iterable or async iterable of slugs.
        range: A chip such as ``"7d"``, or ``Between(start, end)``.
        filter: A ``Filter``, or text in the dashboard's syntax.
        limit: Rows of each list at the most.
        concurrency: Projects under way at the most; each has ten requests.

    Raises:
        InvalidQueryError: An argument cannot be right.
        AuthenticationError: The service refused the token. Any other error of a project is told
            in the report.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        message = f"limit is {limit!r}; give a whole number of rows, 1 or above"
        raise InvalidQueryError(message)
    range_parameters(range)
    question = Question(range, as_filter("" if filter is None else filter), limit)
    projects: list[ProjectReport] = []
    failures: list[Failure] = []
    async for result in client.fan_out(
        slugs, lambda project: _report(project, question), concurrency=concurrency, ordered=True
    ):
        if result.error is None:
            projects.append(result.unwrap())
        else:
            failures.append(Failure(result.slug, str(result.error) or type(result.error).__name__))
    now = dt.datetime.now(dt.UTC)
    return Report(range, str(question.filter), now, tuple(projects), tuple(failures))


async def _report(project: Project, question: Question) -> ProjectReport:
    now = await _ask_now(project, question)
    before = await _ask_before(project, question, now.kpis)
    pages_before = None if before is None else before.pages
    moves = largest_moves(now.lists, now.events, now.kpis, pages_before, most=question.limit)
    return ProjectReport(
        slug=project.slug,
        kpis=now.kpis,
        timeseries=_with_previous(now.series, before),
        lists=tuple(TitledList(one.title, _first(one.rows, question.limit)) for one in now.lists),
        custom_events=_first(now.events, question.limit),
        moves=moves,
    )


async def _ask_now(project: Project, question: Question) -> _Now:
    about: _About = {"range": question.range, "filter": question.filter}
    rows = question.compared_rows
    lists: dict[str, Callable[..., Coroutine[Any, Any, TopList[Any]]]] = {
        "Pages": project.top_pages,
        "Referrers": project.top_referrers,
        "Countries": project.top_countries,
        "Devices": project.top_devices,
        "Browsers": project.top_browsers,
    }
    kpis, series, events, *tops = await gather_all(
        project.kpis(**about),
        project.timeseries(**about),
        project.custom_events(**about, limit=rows, compare=True),
        *(ask(**about, limit=rows, compare=True) for ask in lists.values()),
    )
    return _Now(kpis, series, events, tuple(map(TitledList, lists, tops)))


async def _ask_before(project: Project, question: Question, kpis: Kpis) -> _Before | None:
    """Ask about the span of equal length before, where there is one."""
    start, end = kpis.range.from_, kpis.range.to
    if not kpis.range.has_previous or start is None or end is None:
        return None
    window = Between(start - (end - start), start)
    about: _About = {"range": window, "filter": question.filter}
    pages, series = await gather_all(
        project.top_pages(**about, limit=question.compared_rows), project.timeseries(**about)
    )
    return _Before(pages, series)


def _with_previous(series: Timeseries, before: _Before | None) -> Timeseries:
    """The series with that of the period before, unless its points hold it themselves."""
    if before is None or before.series.bucket != series.bucket:
        return series
    if any(point.previous_pageviews is not None for point in series.items):
        return series
    return with_previous(series, before.series)


def _first(rows: RowsT, limit: int) -> RowsT:
    return msgspec.structs.replace(rows, items=rows.items[:limit])
