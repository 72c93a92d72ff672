"""A visitor's visits: the length of each, and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.chart_options import empty
from loguro_async.charts.event_histogram import LONGEST_TYPE
from loguro_async.charts.formatting import duration, moment, number, zone_name
from loguro_async.charts.labels import label
from loguro_async.text import counted, noun_for, shortened

if TYPE_CHECKING:
    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.visitors import Session, VisitorSessions

_ROW_PX: Final = 44
_TEXT_OFFSET_PX: Final = -9
_BAR_OFFSET_PX: Final = 8
_MS_A_MINUTE: Final = 60_000


def sessions_chart(visits: VisitorSessions, options: ChartOptions) -> Spec:
    """Draws a bar for each visit, minutes long, with a tick for each of its events."""
    if not visits.sessions:
        return empty(options, "No visits")
    bars = [_bar(row, session) for row, session in enumerate(visits.sessions)]
    ticks = [tick for row, session in enumerate(visits.sessions) for tick in _ticks(row, session)]
    longest = max(bar["minutes"] for bar in bars)
    return {
        "description": f"{counted(len(bars), 'visit')}: "
        + "; ".join(bar["text"] for bar in bars[:10]),
        "width": options.width_px,
        "height": options.height or _ROW_PX * len(bars),
        "encoding": {
            "y": {
                "field": "row",
                "type": "ordinal",
                "axis": None,
                "scale": {"domain": list(range(len(bars))), "paddingInner": 0.2},
            }
        },
        "layer": [
            _bar_layer(bars, longest, options),
            _tick_layer(ticks, options),
            _text_layer(bars),
        ],
    }


def _bar(row: int, session: Session) -> dict[str, Any]:
    length_ms = session.duration_ms
    minutes = (length_ms or 0) / _MS_A_MINUTE
    length = duration(None if length_ms is None else length_ms / 1000)
    pages = f"{number(session.page_count)} {noun_for(session.page_count, 'page')}"
    zone = "" if session.start is None else f" {zone_name(session.start.tzinfo)}"
    text = f"{moment(session.start)}{zone}, {length}, {pages}"
    return {"row": row, "minutes": minutes, "text": text}


def _ticks(row: int, session: Session) -> list[dict[str, Any]]:
    start = session.start
    if start is None:
        return []
    return [
        {
            "row": row,
            "minute": (event.timestamp - start).total_seconds() / 60,
            "type": shortened(label(event.event_type), LONGEST_TYPE),
            "what": label(event.custom_event_name or event.path),
        }
        for event in session.events
    ]


def _bar_layer(bars: list[dict[str, Any]], longest: float, options: ChartOptions) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "bar", "color": options.theme.bar, "size": 12, "yOffset": _BAR_OFFSET_PX},
        "encoding": {
            "x": {
                "field": "minutes",
                "type": "quantitative",
                "scale": {"domain": [0, longest or 1], "nice": False},
                "axis": {"title": "minutes", "titleColor": options.theme.faint, "grid": False},
            },
            "tooltip": [{"field": "text", "title": "Visit"}],
        },
    }


def _tick_layer(ticks: list[dict[str, Any]], options: ChartOptions) -> dict[str, Any]:
    return {
        "data": {"values": ticks},
        "mark": {"type": "tick", "size": 16, "thickness": 2, "yOffset": _BAR_OFFSET_PX},
        "encoding": {
            "x": {"field": "minute", "type": "quantitative"},
            "color": {
                "field": "type",
                "type": "nominal",
                "scale": options.theme.of_event_types(tick["type"] for tick in ticks),
            },
            "tooltip": [
                {"field": "what", "title": "Event"},
                {"field": "type", "title": "Type"},
            ],
        },
    }


def _text_layer(bars: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "yOffset": _TEXT_OFFSET_PX},
        "encoding": {"text": {"field": "text"}, "x": {"value": 0}},
    }
