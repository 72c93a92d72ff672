"""Figures as cards: key figures, a count, what is known of a visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.figures import Figure, figures
from loguro_async.charts.text import day, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.events import Count
    from loguro_async.models.kpis import Kpis
    from loguro_async.models.visitors import Visitor

_HEIGHT_PX: Final = 92
_GAP: Final = 0.05  # of a card's width
_INSET_PX: Final = 12
_ACROSS: Final = 5  # as many as there are key figures; fewer are as wide


def kpi_cards(kpis: Kpis, frame: Frame) -> Spec:
    """A card for each key figure, with its change."""
    return _cards(figures(kpis), frame)


def count_card(count: Count, frame: Frame) -> Spec:
    """One card."""
    return _cards((Figure("Events", number(count.count)),), frame)


def visitor_cards(visitor: Visitor, frame: Frame) -> Spec:
    """A card for each figure of a visitor."""
    return _cards(
        (
            Figure("Sessions", number(visitor.sessions)),
            Figure("Pageviews", number(visitor.pageviews)),
            Figure("Events", number(visitor.events)),
            Figure("First seen", day(visitor.first_seen)),
            Figure("Last seen", day(visitor.last_seen)),
        ),
        frame,
    )


def _cards(shown: Sequence[Figure], frame: Frame) -> Spec:
    height = frame.height or _HEIGHT_PX
    limit = round(frame.width / _ACROSS * (1 - _GAP)) - 2 * _INSET_PX
    return {
        "width": frame.width,
        "height": height,
        "data": {"values": [_row(place, figure) for place, figure in enumerate(shown)]},
        "encoding": {"x": _across("place")},
        "layer": [
            {
                "mark": {"type": "rect", "color": frame.theme.card, "cornerRadius": 8},
                "encoding": {
                    "x2": {"field": "end"},
                    "y": {"value": 0},
                    "y2": {"value": height},
                },
            },
            _text("name", y=height * 0.24, size=12, color=frame.theme.faint),
            _text("value", y=height * 0.53, size=_value_size(shown, limit)),
            _change(height * 0.82, frame),
        ],
    }


def _row(place: int, figure: Figure) -> dict[str, Any]:
    return {
        "place": place,
        "end": place + 1 - _GAP,
        "name": figure.name,
        "value": figure.value,
        "change": f"{figure.arrow} {figure.change}".strip(),
        "news": {True: "good", False: "bad", None: "none"}[figure.is_good],
    }


def _value_size(shown: Sequence[Figure], limit: int) -> float:
    """The size at which the longest value has room; a digit is a bit wider than half of it."""
    longest = max(len(figure.value) for figure in shown)
    return min(22.0, round(limit / longest / 0.56, 1))


def _across(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, _ACROSS - _GAP], "nice": False},
        "axis": None,
    }


def _text(field: str, *, y: float, size: float, color: str | None = None) -> dict[str, Any]:
    mark: dict[str, Any] = {
        "type": "text",
        "align": "left",
        "baseline": "middle",
        "dx": _INSET_PX,
        "fontSize": size,
    }
    if color:
        mark["color"] = color
    return {"mark": mark, "encoding": {"text": {"field": field}, "y": {"value": y}}}


def _change(y: float, frame: Frame) -> dict[str, Any]:
    text = _text("change", y=y, size=12)
    theme = frame.theme
    text["encoding"]["color"] = {
        "field": "news",
        "type": "nominal",
        "scale": {"domain": ["good", "bad", "none"], "range": [theme.good, theme.bad, theme.faint]},
        "legend": None,
    }
    return text
