"""Specifications as SVG, by vl-convert, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from loguro_async.charts.chart_options import Spec

# One of the versions that vl-convert includes: pictures stay the same when it adds newer ones.
VEGA_LITE: Final = "6.1"


def to_svg(spec: Spec) -> str:
    """Returns a specification as SVG, drawn in this thread: some 50 ms, at first half a second.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
        ValueError: The specification is invalid, or names data that is not inside.
    """
    library = vl_convert()
    try:
        svg: str = library.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        raise drawing_error(error) from None
    return svg


def vl_convert() -> ModuleType:
    """Returns the library.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
    """
    try:
        import vl_convert as library  # noqa: PLC0415 - an optional part, loaded on use
    except ImportError as error:
        message = 'pictures of charts need an extra: pip install "loguro-async[charts]"'
        raise ImportError(message) from error
    return library


def drawing_error(error: ValueError) -> ValueError:
    """Returns an error with the first line of vl-convert's report, which goes on with a stack."""
    lines = str(error).splitlines()
    return ValueError(f"the chart cannot be drawn: {(lines[1:] or lines)[0]}")
