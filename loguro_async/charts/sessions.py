"""A visitor's visits: how long each was, and what happened when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.frame import nothing
from loguro_async.charts.text import duration, label, moment, number, shortened

if TYPE_CHECKING:
    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.visitors import Session, VisitorSessions

_ROW_PX: Final = 44
_TEXT_OFFSET_PX: Final = -9
_BAR_OFFSET_PX: Final = 8
_LONGEST_TYPE: Final = 24
_MS_A_MINUTE: Final = 60_000


def sessions_chart(visits: VisitorSessions, frame: Frame) -> Spec:
    """A bar for each visit, minutes long, with a tick for each of its events."""
    if not visits.sessions:
        return nothing(frame, "No visits")
    bars = [_bar(place, session) for place, session in enumerate(visits.sessions)]
    ticks = [
        tick for place, session in enumerate(visits.sessions) for tick in _ticks(place, session)
    ]
    longest = max(bar["minutes"] for bar in bars)
    return {
        "width": frame.width,
        "height": frame.height or _ROW_PX * len(bars),
        "encoding": {
            "y": {
                "field": "place",
                "type": "ordinal",
                "axis": None,
                "scale": {"domain": list(range(len(bars))), "paddingInner": 0.2},
            }
        },
        "layer": [_bar_layer(bars, longest, frame), _tick_layer(ticks, frame), _text_layer(bars)],
    }


def _bar(place: int, session: Session) -> dict[str, Any]:
    length_ms = session.duration_ms
    minutes = (length_ms or 0) / _MS_A_MINUTE
    length = duration(None if length_ms is None else length_ms / 1000)
    text = f"{moment(session.start)}, {length}, {number(session.page_count)} pages"
    return {"place": place, "minutes": minutes, "text": text}


def _ticks(place: int, session: Session) -> list[dict[str, Any]]:
    start = session.start
    if start is None:
        return []
    return [
        {
            "place": place,
            "minute": (event.timestamp - start).total_seconds() / 60,
            "type": shortened(label(event.event_type), _LONGEST_TYPE),
            "what": label(event.custom_event_name or event.path),
        }
        for event in session.events
    ]


def _bar_layer(bars: list[dict[str, Any]], longest: float, frame: Frame) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "bar", "color": frame.theme.bar, "size": 12, "yOffset": _BAR_OFFSET_PX},
        "encoding": {
            "x": {
                "field": "minutes",
                "type": "quantitative",
                "scale": {"domain": [0, longest or 1], "nice": False},
                "axis": {"title": "minutes", "titleColor": frame.theme.faint, "grid": False},
            },
            "tooltip": [{"field": "text"}],
        },
    }


def _tick_layer(ticks: list[dict[str, Any]], frame: Frame) -> dict[str, Any]:
    return {
        "data": {"values": ticks},
        "mark": {"type": "tick", "size": 16, "thickness": 2, "yOffset": _BAR_OFFSET_PX},
        "encoding": {
            "x": {"field": "minute", "type": "quantitative"},
            "color": {
                "field": "type",
                "type": "nominal",
                "scale": {"range": list(frame.theme.series)},
            },
            "tooltip": [{"field": "what"}, {"field": "type"}],
        },
    }


def _text_layer(bars: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "yOffset": _TEXT_OFFSET_PX},
        "encoding": {"text": {"field": "text"}, "x": {"value": 0}},
    }
