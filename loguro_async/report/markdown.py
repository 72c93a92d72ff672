"""A report as Markdown, with tables as GitHub has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loguro_async.charts.labels import label
from loguro_async.report.templates import environment, variables

if TYPE_CHECKING:
    from loguro_async.report.model import Report

_MARKUP: Final = re.compile(r"([\\`*_\[\]|~#])")
# "<" and "&" begin HTML, "@" mentions people, ":" and "www." make links.
_ENTITIES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", ":": "&#58;"}
)
_HOST: Final = re.compile(r"(?i)(www)\.")


def to_markdown(report: Report) -> str:
    """Returns the report as Markdown; names and paths are escaped.

    Raises:
        ImportError: The extra ``[report]`` is missing.
    """
    template = environment(escaped=escaped, name=_name).get_template("report.md.j2")
    return template.render(variables(report)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Returns a readable text so that Markdown finds no markup in it."""
    marked = _MARKUP.sub(r"\\\1", text).translate(_ENTITIES)
    return _HOST.sub(r"\1&#46;", marked)


def _name(text: str | None) -> str:
    return escaped(label(text))
