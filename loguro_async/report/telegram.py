"""A report as a Telegram message.

Telegram allows 4,096 characters in a message. Untrusted text is written as code, because Telegram
turns any other text into links, mentions, hashtags and commands.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from loguro_async.report.message import fitted, heading, how_many_fit, more, sections, units

if TYPE_CHECKING:
    from loguro_async.report.message import Line, Section
    from loguro_async.report.model import Report

_LONGEST: Final = 4_096
_LONGEST_PART: Final = 1_024  # a long part must not displace all others
_BETWEEN: Final = "\n\n"


def to_telegram(report: Report) -> str:
    """Returns the text of ``sendMessage``, for ``parse_mode="HTML"``."""
    parts = [f"<b>{heading(report)}</b>", *map(_part, sections(report))]
    lengths = [units(part) + len(_BETWEEN) for part in parts]
    rest = units(more(len(parts))) + len(_BETWEEN)
    shown = how_many_fit(lengths, _LONGEST, rest=rest)
    left = len(parts) - shown
    return _BETWEEN.join([*parts[:shown], *([more(left)] if left else [])])


def _part(section: Section) -> str:
    titles = (f"<b>{_escaped(section.title)}</b>" if section.title else "", _code(section.slug))
    return fitted((" ".join(filter(None, titles)), *map(_line, section.lines)), _LONGEST_PART)


def _line(line: Line) -> str:
    value = _code(line.value) if line.is_quoted else _escaped(line.value)
    what = " ".join(filter(None, (_escaped(line.words), _code(line.name))))
    return f"{what}: {value}" if value else what


def _code(text: str | None) -> str:
    return f"<code>{_escaped(text)}</code>" if text else ""


def _escaped(text: str) -> str:
    return escape(text, quote=False)
