"""Writes specifications as self-contained HTML pages."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loguro_async.charts.chart_options import AVAILABLE
from loguro_async.charts.svg_output import VEGA_LITE, drawing_error, vl_convert

if TYPE_CHECKING:
    from loguro_async.charts.chart_options import Spec

_PAGE: Final = Path(__file__).with_name("page.html")
_WIDEST_PX: Final = 1_200
_SHARED: Final = ("$schema", "config")


def to_html(spec: Spec) -> str:
    """Returns a specification as a page, with tooltips, that needs nothing else.

    The chart is as wide as the screen, up to the width that ``chart`` was given, else 1,200
    pixels. Creating the first page takes about a second, because Vega is bundled for it.

    Raises:
        ImportError: The extra ``[charts]`` is missing.
        ValueError: The specification is invalid.
    """
    title = spec.get("title", "")
    heading = title if isinstance(title, str) else ""
    config: dict[str, Any] = spec.get("config", {})
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(heading or "Chart"),
        heading=f"<h1>{escape(heading)}</h1>" if heading else "",
        paper=escape(str(config.get("background", "#ffffff"))),
        ink=escape(str(config.get("title", {}).get("color", "#000000"))),
        width=int(spec.get("usermeta", {}).get("width", _WIDEST_PX)),
        vega=_vega(),
        views=_inside_script([_compiled(view) for view in _views(spec)]),
    )


def _views(spec: Spec) -> list[Spec]:
    """Returns the views of the page: those of a column are drawn each for itself."""
    if "vconcat" not in spec:
        return [{**spec, "title": ""} if isinstance(spec.get("title"), str) else spec]
    shared: Spec = {name: spec[name] for name in _SHARED if name in spec}
    params = spec.get("params", [])
    return [
        {**shared, **view, "params": [*params, *view.get("params", [])]} for view in spec["vconcat"]
    ]


def _compiled(view: Spec) -> dict[str, Any]:
    title = view.get("title") or ""
    untitled = {name: value for name, value in view.items() if name != "title"}
    try:
        vega = vl_convert().vegalite_to_vega(_as_wide_as_the_screen(untitled), vl_version=VEGA_LITE)
    except ValueError as error:
        raise drawing_error(error) from None
    return {"title": title if isinstance(title, str) else title.get("text", ""), "spec": vega}


def _as_wide_as_the_screen(view: Spec) -> Spec:
    params: list[dict[str, Any]] = view.get("params", [])
    if not any(param["name"] == AVAILABLE for param in params) or "width" not in view:
        return view  # a specification that this package did not create
    others = [param for param in params if param["name"] != AVAILABLE]
    return {
        **view,
        "width": "container",
        "padding": 4,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": AVAILABLE, "expr": "width"}, *others],
    }


@cache
def _vega() -> str:
    """Returns Vega, Vega-Lite and Vega-Embed as one script."""
    script: str = vl_convert().javascript_bundle(vl_version=VEGA_LITE)
    return script.replace("</script", r"<\/script")


def _inside_script(views: list[dict[str, Any]]) -> str:
    # A path may hold "</script>": with its "<" escaped, it cannot end the script that it is in.
    return msgspec.json.encode(views).decode().replace("<", r"\u003c")
