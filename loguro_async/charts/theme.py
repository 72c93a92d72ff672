"""Colours and fonts of all charts."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from msgspec import Struct

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

ThemeName: TypeAlias = Literal["light", "dark"]

_FONT: Final = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


class Theme(Struct, frozen=True):
    """The colours of a chart, each as CSS writes it.

    Attributes:
        paper: The background.
        card: The background of a card.
        ink: Text.
        faint: Less important text.
        rule: Grid lines.
        series: Pageviews, visitors and sessions; distinguishable for colour-blind readers.
        bar: Bars with text on them.
        good: A change for the better.
        bad: A change for the worse.
        events: Custom events.
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
    events: str = "#e69f00"

    def of_event_types(self, types: Iterable[str]) -> dict[str, Any]:
        """Returns a scale with one colour for each type of event."""
        others = cycle((self.faint, self.bar, self.ink))
        known = {"pageview": self.series[0], "custom": self.events}
        colours = {name: known.get(name) or next(others) for name in sorted(set(types))}
        return {"domain": list(colours), "range": list(colours.values())}


# The series are from the palette of Okabe and Ito; not every three of its colours are distinct.
LIGHT: Final = Theme(
    paper="#ffffff",
    card="#f3f5f7",
    ink="#1b2430",
    faint="#5a6572",
    rule="#e2e6ea",
    series=("#0072b2", "#d55e00", "#cc79a7"),
    bar="#cfe4f2",
    good="#00694d",
    bad="#b3261e",
)
DARK: Final = Theme(
    paper="#14191f",
    card="#1e252d",
    ink="#eef1f4",
    faint="#a3aeba",
    rule="#313a44",
    series=("#56b4e9", "#ff8c42", "#cc79a7"),
    bar="#1a4159",
    good="#3fc79a",
    bad="#ff8a80",
    events="#f0e442",
)
_THEMES: Final[dict[str, Theme]] = {"light": LIGHT, "dark": DARK}


def theme_of(theme: object) -> Theme:
    """Returns a theme, given as such or by its name.

    Raises:
        ConfigurationError: There is no theme of that name.
    """
    found = theme if isinstance(theme, Theme) else _THEMES.get(str(theme))
    if found is None:
        message = f"theme must be 'light', 'dark' or a Theme, got {theme!r}"
        raise ConfigurationError(message)
    return found


def configuration(theme: Theme) -> dict[str, Any]:
    """Returns the theme as Vega-Lite's ``config``."""
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
            "titleFontWeight": "normal",
        },
        "legend": {
            "labelColor": theme.ink,
            "labelFontSize": 12,
            "labelLimit": 0,  # no limit: Vega splits surrogate pairs, which makes invalid SVG
            "orient": "top",
            "symbolStrokeColor": theme.ink,
            "title": None,
        },
        "text": {"color": theme.ink, "fontSize": 12},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": theme.ink,
            "fontSize": 15,
            "offset": 12,
        },
    }
