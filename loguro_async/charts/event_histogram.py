"""A histogram of single events: the number of them in each interval, by type."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.chart_options import AVAILABLE, COUNT_LABELS, empty
from loguro_async.charts.formatting import moment
from loguro_async.charts.labels import label
from loguro_async.text import counted, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.events import EventList, RecentEvents

LONGEST_TYPE: Final = 24

_HEIGHT_PX: Final = 200
_MOST_INTERVALS: Final = 60
_STEPS_S: Final = (1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800, 2_592_000)
_SECONDS_PER_DAY: Final = 86_400
# How intervals of a length are labelled, in d3's directives.
_CLOCKS: Final = ((60, "%H:%M:%S"), (900, "%H:%M"), (_SECONDS_PER_DAY, "%d %b %H:%M"))
_DATE: Final = "%d %b"
_DATE_AND_YEAR: Final = "%d %b %Y"
_YEAR_S: Final = 300 * _SECONDS_PER_DAY


def events_chart(events: EventList | RecentEvents, options: ChartOptions) -> Spec:
    """Draws a bar for each interval, its colours the types of events."""
    found = [
        (round(event.timestamp.timestamp()), shortened(label(event.event_type), LONGEST_TYPE))
        for event in events.items
        if event.timestamp is not None
    ]
    if not found:
        return empty(options, "No events in this range")
    first, last = min(at for at, _ in found), max(at for at, _ in found)
    step = _step(last - first)
    counts = Counter((at // step * step, kind) for at, kind in found)
    rows = list(_stacked(counts, step))
    return {
        "description": f"{counted(len(found), 'event')} from {_when(first)} to {_when(last)} UTC",
        "width": options.width_px,
        "height": options.height or _HEIGHT_PX,
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": options.theme.paper, "strokeWidth": 1},
        "encoding": _encoding(rows, _clock(step, first, last), options),
    }


def _step(span_s: int) -> int:
    """Returns the seconds of an interval, so that there are not too many of them."""
    return next((step for step in _STEPS_S if span_s / step <= _MOST_INTERVALS), _STEPS_S[-1])


def _stacked(counted: Counter[tuple[int, str]], step: int) -> Iterator[dict[str, Any]]:
    """Returns a box for each interval and type, the types of one interval stacked."""
    heights: Counter[int] = Counter()
    for (begin, kind), count in sorted(counted.items()):
        low = heights[begin]
        heights[begin] += count
        yield {
            "begin": _iso(begin),
            "end": _iso(begin + step),
            "when": f"{_when(begin)} UTC",
            "type": kind,
            "count": count,
            "low": low,
            "high": heights[begin],
        }


def _iso(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _when(at: int) -> str:
    return moment(dt.datetime.fromtimestamp(at, dt.UTC))


def _clock(step: int, first: int, last: int) -> str:
    clock = next((clock for widest, clock in _CLOCKS if step < widest), None)
    if clock is None:
        return _DATE_AND_YEAR if last - first > _YEAR_S else _DATE
    crosses_midnight = first // _SECONDS_PER_DAY != last // _SECONDS_PER_DAY
    return f"{_DATE} {clock}" if crosses_midnight and not clock.startswith("%d") else clock


def _encoding(rows: list[dict[str, Any]], clock: str, options: ChartOptions) -> dict[str, Any]:
    most = max(row["high"] for row in rows)
    return {
        "x": {
            "field": "begin",
            "type": "temporal",
            "scale": {"type": "utc"},
            "axis": {
                "format": clock,
                "grid": False,
                "labelOverlap": True,
                "tickCount": {"expr": f"max(2, min(6, floor({AVAILABLE} / 100)))"},
                "title": "UTC",
                "titleColor": options.theme.faint,
            },
        },
        "x2": {"field": "end"},
        "y": {
            "field": "low",
            "type": "quantitative",
            "scale": {"domain": [0, most], "nice": True},
            "axis": {"labelExpr": COUNT_LABELS, "tickCount": min(most, 5), "title": "Events"},
        },
        "y2": {"field": "high"},
        "color": {
            "field": "type",
            "type": "nominal",
            "scale": options.theme.of_event_types(row["type"] for row in rows),
        },
        "tooltip": [
            {"field": "when", "title": "From"},
            {"field": "type", "title": "Type"},
            {"field": "count", "title": "Events"},
        ],
    }
