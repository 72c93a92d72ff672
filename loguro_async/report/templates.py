"""The templates of a report, and their variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.charts.bars import Bar, BarList, bar_list
from loguro_async.charts.formatting import Change, change, moment, number, zone_name
from loguro_async.charts.key_figure_texts import KeyFigure, key_figures
from loguro_async.charts.labels import labels
from loguro_async.report.model import ProjectReport
from loguro_async.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jinja2 import Environment

    from loguro_async.models.kpis import Timeseries
    from loguro_async.report.model import Report, RowChange

_TEMPLATES: Final = Path(__file__).with_name("template_files")
_SPARK_HEIGHT: Final = 20
_LONGEST_LABEL: Final = 400


class RenderedList(Struct, frozen=True):
    """A list with its heading."""

    title: str
    listed: BarList

    def percent(self, bar: Bar) -> float:
        """Returns the length of a bar; 0 where it is counted in another unit than the others."""
        return 100 * (bar.count or 0) / self.listed.top if self.listed.is_comparable(bar) else 0


class RenderedChange(Struct, frozen=True):
    """The change of a row as text."""

    kind: str
    name: str
    before: str
    now: str
    delta: Change


class RenderedPoint(Struct, frozen=True):
    """A bucket of the series as text."""

    when: str
    pageviews: str
    visitors: str
    sessions: str


class RenderedProject(Struct, frozen=True):
    """The figures of a project as text."""

    report: ProjectReport
    figures: tuple[KeyFigure, ...]
    lists: tuple[RenderedList, ...]
    events: BarList
    sparks: tuple[str, ...]
    changes: tuple[RenderedChange, ...]
    points: tuple[RenderedPoint, ...]
    points_title: str


def environment(**filters: Callable[[Any], Any]) -> Environment:
    """Returns Jinja's environment.

    Args:
        filters: The filters of the format, beside those that all formats use.

    Raises:
        ImportError: The extra ``[report]`` is missing.
    """
    try:
        import jinja2  # noqa: PLC0415 - an optional part, loaded on use
    except ImportError as error:
        message = 'reports need an extra: pip install "loguro-async[report]"'
        raise ImportError(message) from error
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update({"number": number, "visible": visible, **filters})
    return found


def variables(report: Report) -> dict[str, Any]:
    """Returns the variables of the templates."""
    return {
        "report": report,
        "made": f"{moment(report.local(report.made_at))} {zone_name(report.tz)}",
        "projects": [_project(project) for project in report.projects],
    }


def _project(project: ProjectReport) -> RenderedProject:
    events = project.custom_events
    series = project.timeseries
    return RenderedProject(
        report=project,
        figures=key_figures(project.kpis),
        lists=tuple(RenderedList(one.title, bar_list(one.rows)) for one in project.lists),
        events=bar_list(events),
        sparks=tuple(polyline(event.spark) for event in events.items),
        changes=_changes(project.changes),
        points=_points(series),
        points_title=_points_title(series),
    )


def _changes(changes: Sequence[RowChange]) -> tuple[RenderedChange, ...]:
    names = labels((one.name for one in changes), lambda text: text[:_LONGEST_LABEL])
    return tuple(
        RenderedChange(
            one.kind, name, number(one.before), number(one.now), change(one.now, one.before)
        )
        for name, one in zip(names, changes, strict=True)
    )


def _points(series: Timeseries) -> tuple[RenderedPoint, ...]:
    return tuple(
        RenderedPoint(
            moment(point.bucket),
            number(point.pageviews),
            number(point.visitors),
            number(point.sessions),
        )
        for point in series.items
    )


def _points_title(series: Timeseries) -> str:
    zone = zone_name(series.items[0].bucket.tzinfo if series.items else None)
    return f"By {'hour' if series.bucket == 'hour' else 'day'} ({zone})"


def polyline(values: Sequence[int | None]) -> str:
    """Returns values as the points of a line, 100 wide and 20 high; unknown ones are left out."""
    most = max((value or 0 for value in values), default=0) or 1
    step = 100 / max(len(values) - 1, 1)
    return " ".join(
        f"{index * step:.1f},{_SPARK_HEIGHT - value / most * _SPARK_HEIGHT:.1f}"
        for index, value in enumerate(values)
        if value is not None
    )
