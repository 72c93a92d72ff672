"""The parts of the dashboard: what each asks for, and what its template is given."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.charts.bars import Bar, bar_list
from loguro_async.charts.key_figures import key_figures
from loguro_async.dashboard.access import ForbiddenError
from loguro_async.dashboard.view import View
from loguro_async.errors import LoguroError, ProjectNotFoundError
from loguro_async.project import Project
from loguro_async.query.filters import F, Filter
from loguro_async.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.dashboard.access import Access
    from loguro_async.models.kpis import Timeseries

_LOG: Final = logging.getLogger("loguro_async")
_ROWS: Final = 10
_POINTS: Final = 500
_NOW: Final = {"Pageviews": "pageviews", "Visitors": "visitors"}
_BEFORE: Final = {"Pageviews before": "previous_pageviews", "Visitors before": "previous_visitors"}


class Widget(Struct, frozen=True):
    """A part of the dashboard.

    Attributes:
        name: In its address.
        title: Its heading.
        ask: Asks the service.
        show: Makes of the answer what the template is given.
        key: The filter that a click on a row adds, where one fits.
        is_list: Whether it has rows.
    """

    name: str
    title: str
    ask: Callable[[Project, View], Awaitable[Any]]
    show: Callable[[Any, View], Any]
    key: Callable[[str], Filter] | None = None
    is_list: bool = False


class Filled(Struct, frozen=True):
    """A widget with its figures, or why there are none.

    Attributes:
        widget: Which one.
        content: What its template is given; ``None`` where there is nothing to show.
        as_of: When the figures were true, where they are old.
        trouble: Why there are none; empty where there are.
    """

    widget: Widget
    content: Any = None
    as_of: dt.datetime | None = None
    trouble: str = ""


class Row(Struct, frozen=True):
    """A row of a list: a bar, how long it is, and the filter that a click adds."""

    bar: Bar
    percent: float
    wish: Filter | None


class Line(Struct, frozen=True):
    """A line of the series, in a picture 100 wide and 100 high.

    Attributes:
        name: What it counts.
        points: As SVG wants them.
    """

    name: str
    points: str


class Series(Struct, frozen=True):
    """The series: its lines, and all of it as a table, a column for each line."""

    lines: tuple[Line, ...]
    buckets: tuple[tuple[str, tuple[int | None, ...]], ...]
    most: int


def series_of(answer: Timeseries, view: View) -> Series:
    """The lines of a series; more points than can be seen are left out of the picture only.

    Those of the period before are among them where they are asked for and known.
    """
    items = answer.items
    shape = "%d %b %H:%M" if answer.bucket == "hour" else "%d %b %Y"
    counts = {
        name: [getattr(point, field) for point in items]
        for name, field in (_NOW | _BEFORE if view.compare else _NOW).items()
    }
    known = {name: values for name, values in counts.items() if name in _NOW or _any_known(values)}
    most = max((value or 0 for values in known.values() for value in values), default=0)
    whens = [f"{point.bucket:{shape}}" for point in items]
    return Series(
        lines=tuple(Line(name, _points(values, most)) for name, values in known.items()),
        buckets=tuple(zip(whens, zip(*known.values(), strict=True), strict=True)),
        most=most,
    )


def _any_known(values: Sequence[int | None]) -> bool:
    return any(value is not None for value in values)


def _points(values: Sequence[int | None], most: int) -> str:
    shown = values[:: -(-len(values) // _POINTS)] if values else values
    last = max(len(shown) - 1, 1)
    return " ".join(
        f"{place * 100 / last:.2f},{100 - value * 100 / (most or 1):.2f}"
        for place, value in enumerate(shown)
        if value is not None
    )


def rows_of(widget: Widget, answer: Any, view: View, access: Access) -> tuple[Row, ...]:  # noqa: ANN401 - a top list
    """The rows of a list, each with the filter that a click on it adds."""
    bars = bar_list(answer).bars[:_ROWS]
    most = max((bar.count or 0 for bar in bars), default=0) or 1
    names = [_name(row) for row in answer.items]
    return tuple(
        Row(bar, 100 * (bar.count or 0) / most, _wish(widget, name, view, access))
        for bar, name in zip(bars, names, strict=False)
    )


def _name(row: Any) -> str | None:  # noqa: ANN401 - a row of any list
    for field in ("path", "country_code", "browser_family", "os_family", "device_type"):
        if isinstance(name := getattr(row, field, None), str):
            return name
    return None


def _wish(widget: Widget, name: str | None, view: View, access: Access) -> Filter | None:
    if widget.key is None or not name or visible(name) != name:
        return None  # nothing to filter by, or nothing that a filter could safely hold
    try:
        wish = view.wish & widget.key(name)
        access.narrowed(wish)
    except LoguroError:
        return None
    return wish


def _top(method: str) -> Callable[[Project, View], Awaitable[Any]]:
    def ask(project: Project, view: View) -> Awaitable[Any]:
        asked: Awaitable[Any] = getattr(project, method)(
            range=view.range, filter=view.filter, limit=_ROWS, compare=view.compare
        )
        return asked

    return ask


def _list(name: str, title: str, method: str, key: Callable[[str], Filter] | None = None) -> Widget:
    return Widget(name, title, _top(method), lambda answer, _: answer.items, key, is_list=True)


KPIS: Final = Widget(
    "kpis",
    "Key figures",
    lambda project, view: project.kpis(range=view.range, filter=view.filter),
    lambda answer, _: key_figures(answer),
)
SERIES: Final = Widget(
    "series",
    "Pageviews and visitors",
    lambda project, view: project.timeseries(range=view.range, filter=view.filter),
    series_of,
)
LISTS: Final = (
    _list("pages", "Pages", "top_pages", F.path),
    _list("referrers", "Referrers", "top_referrers"),
    _list("countries", "Countries", "top_countries", F.country),
    _list("devices", "Devices", "top_devices", F.device),
    _list("browsers", "Browsers", "top_browsers", F.browser),
    _list("systems", "Operating systems", "top_os", F.os),
)
LOCATIONS: Final = Widget(
    "locations",
    "Where visitors are",
    lambda project, view: project.top_locations(range=view.range, filter=view.filter, limit=_ROWS),
    lambda answer, _: answer.items,
)


def widgets_for(access: Access) -> tuple[Widget, ...]:
    """What a visitor may see, in the order of the page."""
    return (KPIS, SERIES, *LISTS, *((LOCATIONS,) if access.locations else ()))


def widget_named(name: str, access: Access) -> Widget:
    """One of them.

    Raises:
        ForbiddenError: There is none, or it is switched off.
    """
    for widget in widgets_for(access):
        if widget.name == name:
            return widget
    message = f"the widget {name[:40]!r} is not to be seen here"
    raise ForbiddenError(message)


async def filled(
    widget: Widget, project: Project, view: View, access: Access, *, patience: float
) -> Filled:
    """Ask for a widget's figures; what goes wrong stays in the widget.

    Args:
        widget: Which one.
        project: Whom to ask.
        view: What is shown.
        access: What may be seen.
        patience: Seconds after which the widget says that it takes too long.
    """
    try:
        async with asyncio.timeout(patience):
            answer = await widget.ask(project, view)
    except (LoguroError, TimeoutError) as error:
        _LOG.warning("the widget %s of %r has no figures: %s", widget.name, project.slug, error)
        return Filled(widget, trouble=trouble_of(error))
    content = rows_of(widget, answer, view, access) if widget.is_list else widget.show(answer, view)
    return Filled(widget, content, answer.fetched_at if answer.stale else None)


def trouble_of(error: BaseException) -> str:
    """What a visitor is told: nothing of the inside."""
    if isinstance(error, TimeoutError):
        return "This takes longer than usual."
    if isinstance(error, ProjectNotFoundError):
        return "There is nothing of that name here."
    return "The figures cannot be had just now."
