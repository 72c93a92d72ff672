"""A report as a Slack message.

Slack allows 50 blocks, 150 characters in a header and 3,000 in a section, and refuses messages
whose blocks have about 13,000 characters in all ("msg_blocks_too_long").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.report.message import fitted, heading, how_many_fit, more, sections, units

if TYPE_CHECKING:
    from loguro_async.report.message import Line, Section
    from loguro_async.report.model import Report

_MOST_BLOCKS: Final = 50
_LONGEST_TEXT: Final = 3_000
_LONGEST_MESSAGE: Final = 12_000
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def to_slack(report: Report) -> dict[str, Any]:
    """Returns the arguments of ``chat.postMessage`` but the channel.

    ``blocks`` is the report, ``text`` is for notifications. All text is plain: Slack finds no
    markup, no links and no mentions in it.
    """
    title = heading(report)
    texts = [_text(section) for section in sections(report)]
    shown = how_many_fit(
        [units(text) for text in texts],
        _LONGEST_MESSAGE - units(title),
        rest=units(more(len(texts))),
        most=_MOST_BLOCKS - 2,  # the heading, and the note about what is left out
    )
    blocks = [{"type": "header", "text": _plain(title)}, *map(_block, texts[:shown])]
    if shown < len(texts):
        blocks.append(_block(more(len(texts) - shown)))
    return {"text": title, "blocks": blocks}


def _text(section: Section) -> str:
    title = f"{section.title} {section.slug or ''}".strip()
    lines = (title, *(f"•  {_line(line)}" for line in section.lines))
    return fitted([line.translate(_ENTITIES) for line in lines], _LONGEST_TEXT)


def _line(line: Line) -> str:
    what = " ".join(part for part in (line.words, line.name) if part)
    return f"{what}: {line.value}" if line.value else what


def _block(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
