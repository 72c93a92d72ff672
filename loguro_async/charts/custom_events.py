"""Custom events: a bar for each name, and beside it when they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.bars import (
    ROW_PX,
    bar_chart,
    bar_layers,
    bar_list,
    columns_of,
    row_scale,
    rows_of,
    text_alternative,
)
from loguro_async.charts.chart_options import AVAILABLE
from loguro_async.charts.formatting import moment

if TYPE_CHECKING:
    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.events import CustomEvents

_SHARE_OF_BARS: Final = 0.6
_GAP_PX: Final = 16
_NARROW_PX: Final = 450  # without space for the strips
_IS_NARROW: Final = f"{AVAILABLE} < {_NARROW_PX}"


def custom_events_chart(events: CustomEvents, options: ChartOptions) -> Spec:
    """Draws bars, and a strip of buckets for each of them, darker where there were more."""
    listed = bar_list(events)
    cells = _cells(events, [bar.name for bar in listed.bars])
    if not cells:
        return bar_chart(listed, options)
    share = 1 if options.width_px < _NARROW_PX else _SHARE_OF_BARS
    right = f"({AVAILABLE} * ({_IS_NARROW} ? 1 : {_SHARE_OF_BARS}))"
    room_px = round(options.width_px * share) - columns_of(listed)
    return {
        "description": text_alternative(listed),
        "width": options.width_px,
        "height": options.height or ROW_PX * (len(listed.bars) + 1),
        "layer": [
            {
                "data": {"values": rows_of(listed, room_px)},
                "encoding": {"y": row_scale()},
                "layer": bar_layers(listed, options, right=right),
            },
            _strips(cells, options),
        ],
        "resolve": {"scale": {"x": "independent", "color": "independent"}},
    }


def _cells(events: CustomEvents, names: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "name": names[row],
            "bucket": bucket,
            "end": bucket + 1,
            "when": moment(at),
            "count": count,
        }
        for row, event in enumerate(events.items)
        for bucket, (at, count) in enumerate(zip(events.buckets, event.spark, strict=False))
        if count is not None
    ]


def _strips(cells: list[dict[str, Any]], options: ChartOptions) -> Spec:
    theme = options.theme
    most = max(cell["count"] for cell in cells)
    left = f"{_IS_NARROW} ? {AVAILABLE} : {AVAILABLE} * {_SHARE_OF_BARS} + {_GAP_PX}"
    return {
        "data": {"values": cells},
        "mark": {"type": "rect", "stroke": theme.paper, "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "bucket",
                "type": "quantitative",
                "axis": None,
                "scale": {
                    "domain": [0, max(cell["end"] for cell in cells)],
                    "nice": False,
                    "range": [{"expr": left}, {"expr": AVAILABLE}],
                },
            },
            "x2": {"field": "end"},
            "y": row_scale(),
            "color": {
                "field": "count",
                "type": "quantitative",
                "legend": None,
                "scale": {
                    "domain": [0, most or 1],
                    "range": [theme.card, theme.events],
                    "interpolate": "rgb",
                },
            },
            "tooltip": [
                {"field": "when", "title": "From"},
                {"field": "name", "title": "Event"},
                {"field": "count", "title": "Count"},
            ],
        },
    }
