"""What every chart is put into: a size, a theme, a title; and what stands there without data."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from msgspec import Struct

from loguro_async.charts.text import visible
from loguro_async.charts.theme import Theme, configuration
from loguro_async.errors import ConfigurationError

Spec: TypeAlias = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_EMPTY_HEIGHT_PX: Final = 80
_MAX_PX: Final = 10_000


class Frame(Struct, frozen=True):
    """What a chart has to fit into.

    Attributes:
        theme: Its colours.
        width: Of the drawing, in pixels.
        height: Of the drawing, in pixels; ``None`` for what suits the data.
        title: The text above it.

    Raises:
        ConfigurationError: A size cannot be right.
    """

    theme: Theme
    width: int = 640
    height: int | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        for name, pixels in (("width", self.width), ("height", self.height)):
            if pixels is not None and not _is_size(pixels):
                message = f"{name} is {pixels!r}; give a whole number of pixels, 1 to {_MAX_PX}"
                raise ConfigurationError(message)


def _is_size(pixels: object) -> bool:
    return isinstance(pixels, int) and not isinstance(pixels, bool) and 1 <= pixels <= _MAX_PX


def framed(drawing: Spec, frame: Frame) -> Spec:
    """The whole specification: a drawing with its schema, title and colours."""
    title = {} if frame.title is None else {"title": visible(frame.title)}
    return {
        "$schema": SCHEMA,
        "padding": 12,
        **title,
        **drawing,
        "config": configuration(frame.theme),
    }


def nothing(frame: Frame, text: str = "No data in this range") -> Spec:
    """A drawing for where there is nothing to draw."""
    return {
        "width": frame.width,
        "height": frame.height or _EMPTY_HEIGHT_PX,
        "data": {"values": [{"text": text}]},
        "mark": {"type": "text", "color": frame.theme.faint, "fontSize": 14},
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }
