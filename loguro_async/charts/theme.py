"""Colours and type: what makes all charts look alike."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from loguro_async.errors import ConfigurationError

ThemeName: TypeAlias = Literal["light", "dark"]

_FONT: Final = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


class Theme(Struct, frozen=True):
    """The colours of a chart, each as CSS writes it.

    Attributes:
        paper: Behind everything.
        card: Behind a figure.
        ink: Text and what must be read.
        faint: Text of less weight.
        rule: Lines of the grid.
        series: One for each line of a series; the colour-blind can tell them apart.
        bar: Bars with text upon them.
        good: A change for the better.
        bad: A change for the worse.
    """

    paper: str
    card: str
    ink: str
    faint: str
    rule: str
    series: tuple[str, str, str]
    bar: str
    good: str
    bad: str


# The series are from the palette of Okabe and Ito, of which not every three go together.
LIGHT: Final = Theme(
    paper="#ffffff",
    card="#f3f5f7",
    ink="#1b2430",
    faint="#5a6572",
    rule="#e2e6ea",
    series=("#0072b2", "#d55e00", "#cc79a7"),
    bar="#cfe4f2",
    good="#00694d",
    bad="#b04a00",
)
DARK: Final = Theme(
    paper="#14191f",
    card="#1e252d",
    ink="#eef1f4",
    faint="#a3aeba",
    rule="#313a44",
    series=("#56b4e9", "#f0e442", "#d55e00"),
    bar="#1a4159",
    good="#3fc79a",
    bad="#ff9a5c",
)
_THEMES: Final[dict[str, Theme]] = {"light": LIGHT, "dark": DARK}


def theme_of(theme: object) -> Theme:
    """The theme itself, or the one of that name.

    Raises:
        ConfigurationError: There is none.
    """
    found = theme if isinstance(theme, Theme) else _THEMES.get(str(theme))
    if found is None:
        message = f"theme is {theme!r}; give 'light', 'dark' or a Theme"
        raise ConfigurationError(message)
    return found


def configuration(theme: Theme) -> dict[str, Any]:
    """The theme as Vega-Lite's ``config``."""
    return {
        "background": theme.paper,
        "font": _FONT,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "gridColor": theme.rule,
            "labelColor": theme.faint,
            "labelFontSize": 11,
            "labelPadding": 6,
            "tickColor": theme.rule,
            "title": None,
        },
        "legend": {
            "labelColor": theme.ink,
            "labelFontSize": 12,
            "labelLimit": 0,  # cut by Vega, a letter beyond the first 65,536 breaks the picture
            "orient": "top",
            "symbolStrokeColor": theme.ink,
            "title": None,
        },
        "text": {"color": theme.ink, "fontSize": 12},
        "title": {"anchor": "start", "color": theme.ink, "fontSize": 15, "offset": 12},
    }
