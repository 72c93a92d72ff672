"""Responses in notebooks: a chart where the notebook can draw one, else a picture, else a table."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, Raw, Struct
from msgspec.structs import asdict

from loguro_async.charts.dispatch import chart
from loguro_async.charts.svg_output import to_svg
from loguro_async.text import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loguro_async.charts.chart_options import Spec
    from loguro_async.models.overview import Overview
    from loguro_async.models.response_base import Response

# The charts use nothing that came after version 5, which more notebooks know.
_VEGA_LITE_MIME: Final = "application/vnd.vegalite.v5+json"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_MOST_ROWS: Final = 20
_MOST_LINES: Final = 5
_LONGEST_TEXT: Final = 120
_LONGEST_REPR: Final = 1_000
# The notebook says whether it is dark: JupyterLab and VS Code on the body, Colab on the root. Where
# it does not, the system does.
_STYLE: Final = """
.loguro-chart img { max-width: 100%; }
.loguro-chart .loguro-dark { display: none; }
@media (prefers-color-scheme: dark) {
  .loguro-chart .loguro-light { display: none; }
  .loguro-chart .loguro-dark { display: inline; }
}
body[data-jp-theme-light="true"] .loguro-chart .loguro-light,
body.vscode-light .loguro-chart .loguro-light,
html[theme="light"] .loguro-chart .loguro-light,
body[data-jp-theme-light="false"] .loguro-chart .loguro-dark,
body.vscode-dark .loguro-chart .loguro-dark,
html[theme="dark"] .loguro-chart .loguro-dark { display: inline; }
body[data-jp-theme-light="true"] .loguro-chart .loguro-dark,
body.vscode-light .loguro-chart .loguro-dark,
html[theme="light"] .loguro-chart .loguro-dark,
body[data-jp-theme-light="false"] .loguro-chart .loguro-light,
body.vscode-dark .loguro-chart .loguro-light,
html[theme="dark"] .loguro-chart .loguro-light { display: none; }
"""


def mimebundle(response: Response | Overview) -> dict[str, Any]:
    """Returns the response in each format that a notebook may know; the notebook chooses."""
    plain = summary(response)
    try:
        spec = chart(response)
    except TypeError:  # a response of the user's own has a table only
        return {"text/plain": plain, "text/html": table(response)}
    return {
        "text/plain": plain,
        "text/html": _pictures(spec, chart(response, theme="dark")) or table(response),
        _VEGA_LITE_MIME: {**spec, "$schema": _SCHEMA},
    }


def summary(response: Response | Overview) -> str:
    """Returns the ``repr`` of a short response, and the first rows of a long one."""
    rows = _rows(response)
    if len(rows) <= _MOST_LINES:
        return shortened(repr(response), _LONGEST_REPR)
    first = [f"  {shortened(repr(row), _LONGEST_TEXT)}" for row in rows[:_MOST_LINES]]
    head = f"{type(response).__name__} with {len(rows):,} rows:"
    return "\n".join([head, *first, f"  … {len(rows) - _MOST_LINES:,} more"])


def _pictures(light: Spec, dark: Spec) -> str | None:
    """Returns the chart as images, in which nothing can act; ``None`` where it cannot be drawn."""
    try:
        images = _image(light, "loguro-light") + _image(dark, "loguro-dark")
    except (ImportError, ValueError):
        return None
    return f'<div class="loguro-chart"><style>{_STYLE}</style>{images}</div>'


def _image(spec: Spec, name: str) -> str:
    data = b64encode(to_svg(spec).encode()).decode()
    alternative = escape(str(spec["description"]))
    return f'<img class="{name}" alt="{alternative}" src="data:image/svg+xml;base64,{data}">'


def table(response: Struct) -> str:
    """Returns a table of the response's rows, or of its parts where it has none."""
    rows = _rows(response)
    if not rows:
        parts = (value for value in asdict(response).values() if isinstance(value, Struct))
        rows = tuple(parts) or (response,)
    shown = _table([asdict(row) for row in rows[:_MOST_ROWS]])
    left = len(rows) - _MOST_ROWS
    return shown + (f"<p>… and {left:,} more rows</p>" if left > 0 else "")


def _rows(response: Struct) -> tuple[Struct, ...]:
    values: Iterable[Any] = asdict(response).values()
    return next((value for value in values if _are_rows(value)), ())


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
