"""The options of a chart, such as its size, and the parts that every specification has."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr

from loguro_async.charts.theme import Theme, configuration
from loguro_async.checks import check_whole_number
from loguro_async.text import visible

Metric: TypeAlias = Literal["pageviews", "visitors", "sessions"]
Spec: TypeAlias = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH_PX: Final = 640
"""The width of a picture where none is given."""

COUNT_LABELS: Final = (
    "datum.value && datum.value < 1 ? format(datum.value, '~r') : "
    "replace(replace(replace(format(datum.value, '~s'), 'k', 'K'), 'G', 'B'), 'P', 'Q')"
)
"""How the labels of an axis are written: as ``12K`` and ``1.5B``."""

AVAILABLE: Final = "available"
"""The parameter with the width of a drawing: a number in pictures, the screen's in pages."""

_EMPTY_HEIGHT_PX: Final = 80
_MAX_PX: Final = 10_000


class ChartOptions(Struct, frozen=True):
    """The size, the look and the measure of a chart.

    Attributes:
        theme: Its colours.
        width: Of the drawing, in pixels; ``None`` for the usual one.
        height: Of the drawing, in pixels; ``None`` for what suits the data.
        title: The text above it.
        metric: The measure of a series to draw; ``None`` for all.
        now: The moment up to which the data reaches; ``None`` for when it was fetched.

    Raises:
        ConfigurationError: A size is no whole number, or out of bounds.
    """

    theme: Theme
    width: int | None = None
    height: int | None = None
    title: str | None = None
    metric: Metric | None = None
    now: dt.datetime | None = None

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            if getattr(self, name) is not None:
                pixels = check_whole_number(name, getattr(self, name), least=1, most=_MAX_PX)
                force_setattr(self, name, pixels)

    @property
    def width_px(self) -> int:
        """The width of the drawing in a picture."""
        return self.width or WIDTH_PX


def complete(drawing: Spec, options: ChartOptions) -> Spec:
    """Returns the whole specification: a drawing with its schema, title and colours."""
    title = {} if options.title is None else {"title": visible(options.title)}
    given = {} if options.width is None else {"usermeta": {"width": options.width}}
    params = [{"name": AVAILABLE, "value": options.width_px}, *drawing.get("params", ())]
    return {
        "$schema": SCHEMA,
        "padding": 12,
        **title,
        **drawing,
        "params": params,
        "config": configuration(options.theme),
        **given,
    }


def empty(options: ChartOptions, text: str = "No data in this range") -> Spec:
    """Returns a drawing for a response without data."""
    return {
        "description": text,
        "width": options.width_px,
        "height": options.height or _EMPTY_HEIGHT_PX,
        "data": {"values": [{"text": text}]},
        "mark": {"type": "text", "color": options.theme.faint, "fontSize": 14},
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }


def in_pixels(expression: str) -> Spec:
    """Returns a position that is computed when the chart is drawn."""
    return {"value": {"expr": expression}}
