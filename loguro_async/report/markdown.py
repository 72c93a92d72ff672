"""A report as Markdown, with tables as GitHub has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from loguro_async.charts.text import label
from loguro_async.report.render import environment, facts

if TYPE_CHECKING:
    from loguro_async.report.content import Report

_MARKUP: Final = re.compile(r"([\\`*_\[\]|~#])")
# "<" and "&" begin HTML, "@" mentions people, ":" and "www." make links.
_ENTITIES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", ":": "&#58;"}
)
_HOST: Final = re.compile(r"(?i)(www)\.")


def to_markdown(report: Report) -> str:
    """The report as Markdown; names and paths are escaped, and show as they are.

    Raises:
        ImportError: The extra ``[report]`` is missing.
    """
    marked = environment()
    marked.filters["name"] = escaped
    return marked.get_template("report.md.j2").render(facts(report)).rstrip() + "\n"


def escaped(text: str | None) -> str:
    """A text from strangers, so that Markdown shows it letter by letter."""
    marked = _MARKUP.sub(r"\\\1", label(text)).translate(_ENTITIES)
    return _HOST.sub(r"\1&#46;", marked)
