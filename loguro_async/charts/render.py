"""Specifications as SVG and as pages, by vl-convert, without a network."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from types import ModuleType

    from loguro_async.charts.frame import Spec

# Of the versions that come with vl-convert: pictures stay the same when it learns newer ones.
VEGA_LITE: Final = "6.1"
_PAGE: Final = Path(__file__).with_name("page.html")


def to_svg(spec: Spec) -> str:
    """A specification as SVG, in this thread: some 50 ms, at first half a second.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
        ValueError: It is no valid specification, or it asks for data from elsewhere.
    """
    library = vl_convert()
    try:
        svg: str = library.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        raise undrawable(str(error)) from None
    return svg


def to_html(spec: Spec) -> str:
    """A specification as a page of its own, with tooltips, and with all that it needs inside.

    The first page takes about a second, because Vega is put together for it.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
    """
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(_title(spec)),
        paper=escape(str(spec.get("config", {}).get("background", "#ffffff"))),
        vega=_vega(),
        spec=_inside_script(spec),
    )


def vl_convert() -> ModuleType:
    """The library.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
    """
    try:
        import vl_convert as library  # noqa: PLC0415 - an optional part, loaded on use
    except ImportError as error:
        message = 'pictures of charts need an extra: pip install "loguro-async[charts]"'
        raise ImportError(message) from error
    return library


def undrawable(report: str) -> ValueError:
    """What to say of a specification that vl-convert refused; its report goes on with a stack."""
    lines = report.splitlines()
    return ValueError(f"the chart cannot be drawn: {(lines[1:] or lines)[0]}")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    script: str = vl_convert().javascript_bundle(vl_version=VEGA_LITE)
    return script.replace("</script", r"<\/script")


def _title(spec: Spec) -> str:
    title = spec.get("title", "Chart")
    return title if isinstance(title, str) else "Chart"


def _inside_script(spec: Spec) -> str:
    # A path may hold "</script>": with its "<" escaped, it cannot end the script that it is in.
    return msgspec.json.encode(spec).decode().replace("<", r"\u003c")
