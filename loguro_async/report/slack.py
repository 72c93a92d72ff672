"""A report as a Slack message.

Slack allows 50 blocks, 150 characters in a header and 3,000 in a section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.report.digest import fitted, heading, how_many_fit, more, sections

if TYPE_CHECKING:
    from loguro_async.report.content import Report
    from loguro_async.report.digest import Section

_MOST_BLOCKS: Final = 50
_LONGEST_TEXT: Final = 3_000
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def to_slack(report: Report) -> dict[str, Any]:
    """The arguments of ``chat.postMessage`` but the channel: ``blocks``, and ``text`` for notices.

    All is plain text, where Slack sees no markup, no links and nobody mentioned.
    """
    title = heading(report)
    told = sections(report)
    shown = how_many_fit([1] * len(told), _MOST_BLOCKS - 1, rest=1)
    blocks = [{"type": "header", "text": _plain(title)}, *map(_block, told[:shown])]
    if shown < len(told):
        blocks.append({"type": "section", "text": _plain(more(len(told) - shown))})
    return {"text": title, "blocks": blocks}


def _block(section: Section) -> dict[str, Any]:
    lines = (section.title, *(f"•  {name}: {said}" for name, said in section.lines))
    text = fitted([line.translate(_ENTITIES) for line in lines], _LONGEST_TEXT)
    return {"type": "section", "text": _plain(text)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
