"""Single events over time: how many there were in each stretch."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.frame import nothing
from loguro_async.charts.text import label, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.events import EventList, RecentEvents

_HEIGHT_PX: Final = 200
_MOST_STRETCHES: Final = 60
_LONGEST_TYPE: Final = 24
_STEPS_S: Final = (1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800, 2_592_000)
_CLOCKS: Final = (
    (60, "%H:%M:%S"),
    (900, "%H:%M"),
    (86_400, "%d %b %H:%M"),
    (float("inf"), "%d %b"),
)


def activity_chart(events: EventList | RecentEvents, frame: Frame) -> Spec:
    """A bar for each stretch of time, its colours the types of events."""
    found = [
        (round(event.timestamp.timestamp()), shortened(label(event.event_type), _LONGEST_TYPE))
        for event in events.items
        if event.timestamp is not None
    ]
    if not found:
        return nothing(frame, "No events in this range")
    step = _step(max(at for at, _ in found) - min(at for at, _ in found))
    counted = Counter((at // step * step, kind) for at, kind in found)
    rows = list(_stacked(counted, step))
    return {
        "width": frame.width,
        "height": frame.height or _HEIGHT_PX,
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": frame.theme.paper, "strokeWidth": 1},
        "encoding": _encoding(step, max(row["high"] for row in rows), frame),
    }


def _step(span_s: int) -> int:
    """Seconds for each bar, so that there are not too many of them."""
    return next((step for step in _STEPS_S if span_s / step <= _MOST_STRETCHES), _STEPS_S[-1])


def _stacked(counted: Counter[tuple[int, str]], step: int) -> Iterator[dict[str, Any]]:
    """A box for each stretch and type, the types of one stretch upon each other."""
    heights: Counter[int] = Counter()
    for (begin, kind), count in sorted(counted.items()):
        low = heights[begin]
        heights[begin] += count
        yield {
            "begin": _iso(begin),
            "end": _iso(begin + step),
            "type": kind,
            "count": count,
            "low": low,
            "high": heights[begin],
        }


def _iso(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _clock(step: int) -> str:
    """What tells the bars apart that are so many seconds wide, in d3's directives."""
    return next(clock for widest, clock in _CLOCKS if step < widest)


def _encoding(step: int, most: int, frame: Frame) -> dict[str, Any]:
    return {
        "x": {
            "field": "begin",
            "type": "temporal",
            "scale": {"type": "utc"},
            "axis": {"format": _clock(step), "grid": False, "labelOverlap": True, "tickCount": 6},
        },
        "x2": {"field": "end"},
        "y": {
            "field": "low",
            "type": "quantitative",
            "scale": {"domain": [0, most], "nice": True},
            "axis": {"format": "~s", "tickCount": min(most, 5)},
        },
        "y2": {"field": "high"},
        "color": {
            "field": "type",
            "type": "nominal",
            "scale": {"range": list(frame.theme.series)},
        },
        "tooltip": [{"field": name} for name in ("begin", "type", "count")],
    }
