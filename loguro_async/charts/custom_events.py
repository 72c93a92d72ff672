"""Custom events: a bar for each name, and beside it when they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from loguro_async.charts.bars import Bar, bar_chart
from loguro_async.charts.text import label

if TYPE_CHECKING:
    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.events import CustomEvent, CustomEvents

_SHARE_OF_BARS: Final = 0.6
_GAP_PX: Final = 16


def bars_of_events(events: CustomEvents) -> tuple[Bar, ...]:
    """A row for each name."""
    return tuple(_bar(event) for event in events.items)


def _bar(event: CustomEvent) -> Bar:
    change = "" if event.delta_pct is None else f"{event.delta_pct:+,.0f}%"
    return Bar(label(event.label), event.value, change)


def custom_events_chart(events: CustomEvents, frame: Frame) -> Spec:
    """Bars, and a strip of buckets for each of them, darker where there were more."""
    cells = _cells(events)
    if not cells:
        return bar_chart(bars_of_events(events), frame)
    bars_px = round(frame.width * _SHARE_OF_BARS)
    bars = bar_chart(bars_of_events(events), structs.replace(frame, width=bars_px))
    return {
        "spacing": _GAP_PX,
        "hconcat": [bars, _strips(cells, frame, frame.width - bars_px - _GAP_PX, bars["height"])],
    }


def _cells(events: CustomEvents) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "name": label(event.label),
            "bucket": bucket,
            "end": bucket + 1,
            "when": f"{at:%d %b %Y %H:%M}",
            "count": count,
        }
        for place, event in enumerate(events.items)
        for bucket, (at, count) in enumerate(zip(events.buckets, event.spark, strict=False))
        if count is not None
    ]


def _strips(cells: list[dict[str, Any]], frame: Frame, width: int, height: int) -> Spec:
    theme = frame.theme
    most = max(cell["count"] for cell in cells)
    return {
        "width": max(width, 1),
        "height": height,
        "data": {"values": cells},
        "mark": {"type": "rect", "stroke": theme.paper, "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "bucket",
                "type": "quantitative",
                "axis": None,
                "scale": {"nice": False, "zero": False},
            },
            "x2": {"field": "end"},
            "y": {
                "field": "place",
                "type": "ordinal",
                "axis": None,
                "scale": {"paddingInner": 0.18},
            },
            "color": {
                "field": "count",
                "type": "quantitative",
                "legend": None,
                "scale": {"domain": [0, most or 1], "range": [theme.card, theme.series[0]]},
            },
            "tooltip": [{"field": name} for name in ("when", "name", "count")],
        },
    }
