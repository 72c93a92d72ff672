"""Draws figures as cards, which wrap if they do not fit: key figures, a count, one visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.chart_options import AVAILABLE
from loguro_async.charts.formatting import day, number
from loguro_async.charts.key_figure_texts import KeyFigure, key_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.events import Count
    from loguro_async.models.kpis import Kpis
    from loguro_async.models.visitors import Visitor

_HEIGHT_PX: Final = 92
_LEAST_WIDTH_PX: Final = 116
_GAP: Final = 0.05  # of a card
_INSET_PX: Final = 12
_MOST_ACROSS: Final = 5  # the number of key figures; a single card is as wide as one of them
_LINE_GAP: Final = 0.08
_TEXT_PX: Final = 12
_LARGEST_PX: Final = 22
_EM_PER_DIGIT: Final = 0.6
_ACROSS: Final = f"max(1, min({_MOST_ACROSS}, floor({AVAILABLE} / {_LEAST_WIDTH_PX})))"


def kpi_cards(kpis: Kpis, options: ChartOptions) -> Spec:
    """Draws a card for each key figure, with its change."""
    return _cards(key_figures(kpis), options)


def count_card(count: Count, options: ChartOptions) -> Spec:
    """Draws one card."""
    return _cards((KeyFigure("Events", number(count.count)),), options)


def visitor_cards(visitor: Visitor, options: ChartOptions) -> Spec:
    """Draws a card for each figure of a visitor."""
    return _cards(
        (
            KeyFigure("Sessions", number(visitor.sessions)),
            KeyFigure("Pageviews", number(visitor.pageviews)),
            KeyFigure("Events", number(visitor.events)),
            KeyFigure("First seen", day(visitor.first_seen)),
            KeyFigure("Last seen", day(visitor.last_seen)),
        ),
        options,
    )


def text_alternative(figures: Sequence[KeyFigure]) -> str:
    """Returns the figures as text, for screen readers."""
    return "; ".join(f"{figure.name} {figure.text}" for figure in figures)


def _cards(figures: Sequence[KeyFigure], options: ChartOptions) -> Spec:
    across = max(1, min(_MOST_ACROSS, options.width_px // _LEAST_WIDTH_PX))
    lines = -(-len(figures) // across)
    theme = options.theme
    value_px = _fitting_px(_LARGEST_PX, (figure.value for figure in figures))
    change_px = _fitting_px(_TEXT_PX, (str(figure.delta) for figure in figures))
    news = {"domain": ["good", "bad", "none"], "range": [theme.good, theme.bad, theme.faint]}
    return {
        "description": text_alternative(figures),
        "params": [{"name": "across", "expr": _ACROSS}],
        "width": options.width_px,
        "height": {"step": options.height / lines if options.height else _HEIGHT_PX},
        "data": {"values": [_row(index, figure) for index, figure in enumerate(figures)]},
        "transform": [
            {"calculate": "datum.index % across", "as": "column"},
            {"calculate": "floor(datum.index / across)", "as": "line"},
            {"calculate": f"datum.column + {1 - _GAP}", "as": "end"},
        ],
        "encoding": {"x": _across()},
        "layer": [
            {
                "mark": {"type": "bar", "color": theme.card, "cornerRadius": 8},
                "encoding": {"x2": {"field": "end"}, "y": _line()},
            },
            _text("name", 0.24, _TEXT_PX, color={"value": theme.faint}),
            _text("value", 0.53, value_px, color={"value": theme.ink}),
            _text(
                "change",
                0.82,
                change_px,
                color={"field": "news", "type": "nominal", "scale": news, "legend": None},
            ),
        ],
    }


def _row(index: int, figure: KeyFigure) -> dict[str, Any]:
    return {
        "index": index,
        "name": figure.name,
        "value": figure.value,
        "change": str(figure.delta),
        "news": {True: "good", False: "bad", None: "none"}[figure.is_good],
    }


def _fitting_px(most: float, texts: Iterable[str]) -> dict[str, str]:
    """Returns a size at which the longest text fits into a card."""
    longest = max(*map(len, texts), 1)
    room = f"({AVAILABLE} / across * {1 - _GAP} - {2 * _INSET_PX})"
    return {"expr": f"min({most}, {room} / {longest * _EM_PER_DIGIT:.2f})"}


def _across() -> dict[str, Any]:
    return {
        "field": "column",
        "type": "quantitative",
        "scale": {"domain": {"expr": f"[0, across - {_GAP}]"}, "nice": False},
        "axis": None,
    }


def _line(position: float | None = None) -> dict[str, Any]:
    within = {} if position is None else {"bandPosition": position}
    scale = {"paddingInner": _LINE_GAP, "paddingOuter": 0}
    return {"field": "line", "type": "ordinal", "axis": None, "scale": scale, **within}


def _text(
    field: str, position: float, size: float | dict[str, str], *, color: dict[str, Any]
) -> Spec:
    look = {"align": "left", "baseline": "middle", "dx": _INSET_PX, "fontSize": size}
    return {
        "mark": {"type": "text", **look},
        "encoding": {"text": {"field": field}, "y": _line(position), "color": color},
    }
