"""A report as one HTML file that needs nothing else and runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec.structs import asdict

from loguro_async.charts.chart import chart
from loguro_async.charts.render import to_svg
from loguro_async.charts.text import label
from loguro_async.charts.theme import DARK, LIGHT, Theme
from loguro_async.errors import ConfigurationError
from loguro_async.report.render import environment, facts

if TYPE_CHECKING:
    from loguro_async.models.kpis import Timeseries
    from loguro_async.report.content import Report

PageTheme: TypeAlias = Literal["auto", "light", "dark"]

_THEMES: Final = ("auto", "light", "dark")
_SERIES_WIDTH_PX: Final = 900
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
)


def to_html(report: Report, theme: PageTheme = "auto") -> str:
    """The report as a page: no script, nothing fetched, right on paper as well.

    Each project takes some 50 ms for the drawing of its series.

    Args:
        report: What ``gather`` gave.
        theme: ``"light"``, ``"dark"``, or ``"auto"`` for what the reader's system prefers. Paper
            is always light.

    Raises:
        ConfigurationError: There is no such theme.
        ImportError: The extra ``[report]`` is missing.
    """
    if theme not in _THEMES:
        message = f"theme is {theme!r}; give 'auto', 'light' or 'dark'"
        raise ConfigurationError(message)
    page = environment()
    page.filters["name"] = label
    page.filters["svg"] = _series
    return page.get_template("report.html.j2").render(
        facts(report), theme=theme, light=_variables(LIGHT), dark=_variables(DARK)
    )


def _series(series: Timeseries) -> str:
    spec = chart(series, theme=_OF_PAGE, width=_SERIES_WIDTH_PX, height=220)
    return to_svg({**spec, "padding": 0})


def _variables(theme: Theme) -> dict[str, str]:
    """The theme's colours as custom properties of CSS."""
    single = {name: colour for name, colour in asdict(theme).items() if isinstance(colour, str)}
    return single | {f"series-{place}": colour for place, colour in enumerate(theme.series, 1)}
