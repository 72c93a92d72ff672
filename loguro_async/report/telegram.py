"""A report as a Telegram message.

Telegram allows 4,096 characters in a message.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from loguro_async.report.digest import fitted, heading, how_many_fit, more, sections, units

if TYPE_CHECKING:
    from loguro_async.report.content import Report
    from loguro_async.report.digest import Section

_LONGEST: Final = 4_096
_LONGEST_PART: Final = 1_024  # a long one shall not push out all others
_BETWEEN: Final = "\n\n"


def to_telegram(report: Report) -> str:
    """The text of ``sendMessage``, for ``parse_mode="HTML"``."""
    parts = [f"<b>{heading(report)}</b>", *map(_part, sections(report))]
    lengths = [units(part) + len(_BETWEEN) for part in parts]
    rest = units(more(len(parts))) + len(_BETWEEN)
    shown = how_many_fit(lengths, _LONGEST, rest=rest)
    left = len(parts) - shown
    return _BETWEEN.join([*parts[:shown], *([more(left)] if left else [])])


def _part(section: Section) -> str:
    lines = (f"{_escaped(name)}: {_escaped(said)}" for name, said in section.lines)
    return fitted((f"<b>{_escaped(section.title)}</b>", *lines), _LONGEST_PART)


def _escaped(text: str) -> str:
    return escape(text, quote=False)
