"""Answers in notebooks: a chart where the notebook can draw one, else a picture, else a table."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, Raw, Struct
from msgspec.structs import asdict

from loguro_async.charts.chart import chart
from loguro_async.charts.render import to_svg
from loguro_async.charts.text import shortened, visible

if TYPE_CHECKING:
    from loguro_async.charts.frame import Spec
    from loguro_async.models.overview import Overview
    from loguro_async.models.responses import Response

# The charts use nothing that came after version 5, which more notebooks know.
_VEGA_LITE_MIME: Final = "application/vnd.vegalite.v5+json"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_MOST_ROWS: Final = 20
_LONGEST_TEXT: Final = 120


def mimebundle(answer: Response | Overview) -> dict[str, Any]:
    """The answer in each format that a notebook may know; the notebook takes the best."""
    try:
        spec = chart(answer)
    except TypeError:  # a response of the user's own: its table is all that is known of it
        return {"text/plain": repr(answer), "text/html": table(answer)}
    return {
        "text/plain": repr(answer),
        "text/html": _picture(spec) or table(answer),
        _VEGA_LITE_MIME: {**spec, "$schema": _SCHEMA},
    }


def _picture(spec: Spec) -> str | None:
    """The chart as an image, in which nothing can act; ``None`` where no chart can be drawn."""
    try:
        svg = to_svg(spec)
    except (ImportError, ValueError):
        return None
    return f'<img alt="" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def table(answer: Struct) -> str:
    """The answer as a table of its rows, or of its parts where it has none."""
    fields = asdict(answer)
    rows = next((value for value in fields.values() if _are_rows(value)), None)
    if rows is None:
        rows = [value for value in fields.values() if isinstance(value, Struct)] or [answer]
    shown = _table([asdict(row) for row in rows[:_MOST_ROWS]])
    left = len(rows) - _MOST_ROWS
    return shown + (f"<p>… and {left:,} more rows</p>" if left > 0 else "")


def _are_rows(value: Any) -> bool:  # noqa: ANN401 - whatever a field holds
    return isinstance(value, tuple) and value != () and isinstance(value[0], Struct)


def _table(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{_escaped(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_escaped(row.get(name))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _escaped(value: object) -> str:
    return escape(shortened(visible(_text(value)), _LONGEST_TEXT))


def _text(value: object) -> str:
    if value is None or value is UNSET:
        return ""
    return bytes(value).decode(errors="replace") if isinstance(value, Raw) else str(value)
