"""A report as a Discord message.

Discord allows 25 fields in an embed, 256 characters in a field's name and 1,024 in its value, and
6,000 in all of a message's embeds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from loguro_async.report.message import fitted, heading, how_many_fit, more, sections, units
from loguro_async.text import NOTHING

if TYPE_CHECKING:
    from loguro_async.report.message import Line, Section
    from loguro_async.report.model import Report

_MOST_FIELDS: Final = 25
_LONGEST_VALUE: Final = 1_024
_LONGEST_EMBEDS: Final = 6_000
_COLOUR: Final = 0x0072B2
_MARKUP: Final = re.compile(r"([\\*_~`|>\[\]()#<@:-])")


def to_discord(report: Report) -> dict[str, Any]:
    """Returns a message's body: one embed, without mentions."""
    title = heading(report)
    fields = [_field(section) for section in sections(report)]
    shown = how_many_fit(
        [units(field["name"]) + units(field["value"]) for field in fields],
        _LONGEST_EMBEDS - units(title),
        rest=units(more(len(fields))),
        most=_MOST_FIELDS,
    )
    embed: dict[str, Any] = {"title": title, "color": _COLOUR, "fields": fields[:shown]}
    if shown < len(fields):
        embed["footer"] = {"text": more(len(fields) - shown)}
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _field(section: Section) -> dict[str, Any]:
    title = f"{section.title} {section.slug or ''}".strip() or NOTHING
    value = fitted([_line(line) for line in section.lines], _LONGEST_VALUE)
    return {"name": _escaped(title), "value": value, "inline": False}


def _line(line: Line) -> str:
    what = " ".join(_escaped(part) for part in (line.words, line.name) if part)
    return f"{what}: **{_escaped(line.value)}**" if line.value else what


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
