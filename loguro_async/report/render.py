"""What the templates of a report are given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.charts.bars import Bar, bars_of
from loguro_async.charts.custom_events import bars_of_events
from loguro_async.charts.figures import Figure, figures
from loguro_async.charts.text import moment, number, visible
from loguro_async.report.content import ProjectReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from loguro_async.report.content import Report

_TEMPLATES: Final = Path(__file__).with_name("templates")
_SPARK_HEIGHT: Final = 20


class Listed(Struct, frozen=True):
    """A list with its heading and the count of its longest bar."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def most(self) -> int:
        """The largest count; 1 at the least, so that others can be a share of it."""
        return max((bar.count or 0 for bar in self.bars), default=0) or 1


class ProjectFacts(Struct, frozen=True):
    """A project's report, and its figures ready to be read."""

    report: ProjectReport
    figures: tuple[Figure, ...]
    lists: tuple[Listed, ...]
    events: tuple[tuple[Bar, tuple[int, ...]], ...]


def environment() -> Environment:
    """Jinja, with the filters that all templates use.

    Raises:
        ImportError: The extra ``[report]`` is missing.
    """
    try:
        import jinja2  # noqa: PLC0415 - an optional part, loaded on use
    except ImportError as error:
        message = 'reports need an extra: pip install "loguro-async[report]"'
        raise ImportError(message) from error
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "moment": moment,
        "number": number,
        "polyline": polyline,
        "visible": visible,
    }
    return templates


def facts(report: Report) -> dict[str, Any]:
    """The variables of the templates."""
    return {"report": report, "projects": [_project(project) for project in report.projects]}


def _project(project: ProjectReport) -> ProjectFacts:
    events = project.custom_events
    return ProjectFacts(
        report=project,
        figures=figures(project.kpis),
        lists=tuple(Listed(one.title, bars_of(one.rows)) for one in project.lists),
        events=tuple(
            (bar, tuple(count for count in event.spark if count is not None))
            for bar, event in zip(bars_of_events(events), events.items, strict=True)
        ),
    )


def polyline(values: Sequence[int]) -> str:
    """Values as the points of a line, 100 wide and 20 high."""
    most = max(values, default=0) or 1
    step = 100 / max(len(values) - 1, 1)
    return " ".join(
        f"{place * step:.1f},{_SPARK_HEIGHT - value / most * _SPARK_HEIGHT:.1f}"
        for place, value in enumerate(values)
    )
