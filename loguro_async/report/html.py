"""A report as one HTML file that needs nothing else and runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

from loguro_async.charts.chart_options import ChartOptions, complete
from loguro_async.charts.labels import label
from loguro_async.charts.series import series_chart
from loguro_async.charts.svg_output import to_svg
from loguro_async.charts.theme import DARK, LIGHT, Theme
from loguro_async.errors import ConfigurationError
from loguro_async.report.templates import environment, variables

if TYPE_CHECKING:
    from loguro_async.report.model import ProjectReport, Report

PageTheme: TypeAlias = Literal["auto", "light", "dark"]

_THEMES: Final = ("auto", "light", "dark")
_WIDE_PX: Final = 900
_NARROW_PX: Final = 330
_HEIGHT_PX: Final = 220
_PADDING_PX: Final = 8  # the reader's fonts may be wider than ours
# The page's own colours, so that one drawing serves light and dark.
_OF_PAGE: Final = Theme(
    paper="transparent",
    card="var(--card)",
    ink="var(--ink)",
    faint="var(--faint)",
    rule="var(--rule)",
    series=("var(--series-1)", "var(--series-2)", "var(--series-3)"),
    bar="var(--bar)",
    good="var(--good)",
    bad="var(--bad)",
    events="var(--events)",
)


def to_html(report: Report, theme: PageTheme = "auto") -> str:
    """Returns the report as a page without scripts and external files, for screens and paper.

    Each project takes some 100 ms to draw its series, wide and narrow.

    Args:
        report: The figures, from ``gather``.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` for what the reader's system prefers. Paper
            is always light.

    Raises:
        ConfigurationError: The theme is unknown.
        ImportError: The extra ``[report]`` is missing.
    """
    if theme not in _THEMES:
        message = f"theme must be 'auto', 'light' or 'dark', got {theme!r}"
        raise ConfigurationError(message)
    return (
        environment(drawing=_drawing, name=label)
        .get_template("report.html.j2")
        .render(variables(report), theme=theme, light=_variables(LIGHT), dark=_variables(DARK))
    )


class Drawing(Struct, frozen=True):
    """The series of a project.

    Attributes:
        description: What it shows, in words.
        wide: The drawing for screens and paper, as SVG.
        narrow: The drawing for phones.
    """

    description: str
    wide: str
    narrow: str


def _drawing(project: ProjectReport) -> Drawing:
    until = project.kpis.range.to
    wide, narrow = (
        complete(series_chart(project.timeseries, options), options)
        for options in (
            ChartOptions(_OF_PAGE, width, _HEIGHT_PX, now=until) for width in (_WIDE_PX, _NARROW_PX)
        )
    )
    return Drawing(
        wide["description"],
        to_svg({**wide, "padding": _PADDING_PX}),
        to_svg({**narrow, "padding": _PADDING_PX}),
    )


def _variables(theme: Theme) -> dict[str, str]:
    """Returns the theme's colours as custom properties of CSS."""
    single = {name: colour for name, colour in asdict(theme).items() if isinstance(colour, str)}
    return single | {f"series-{number}": colour for number, colour in enumerate(theme.series, 1)}
