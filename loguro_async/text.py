"""Makes text of the service, of visitors, or of a library safe to show."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

MARK: Final = "\N{REPLACEMENT CHARACTER}"
"""The replacement for a character that must not be shown."""
NOTHING: Final = "\N{EN DASH}"
"""Shown where there is no value."""

# ECMA-48: control sequences (CSI), operating system commands and other strings (OSC, DCS, PM, APC,
# SOS), and escapes of two characters. The strings end at BEL or at ST.
_ESCAPE_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Control characters, halves of surrogate pairs, line and paragraph separators.
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Direction marks, which also change the text around them; characters without width, which make
# different texts look the same; noncharacters, which are not allowed in XML.
_UNSAFE: Final = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff\ufdd0-\ufdef\ufffe\uffff]"
)
_JOINERS: Final = "\u200c\u200d"
_ASCII_END: Final = "\x7f"

_PERCENT_ENCODED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# What a decoded path must not hold: it would have other parts, or escapes that were none.
_STAYS_ENCODED: Final = frozenset("%/?#.\\" + string.ascii_letters + string.digits)


def printable(text: str, limit: int) -> str:
    """Returns the text on one line, without control and invisible characters.

    Removed are the escape sequences of terminals, control characters, marks that turn the
    direction of writing, and other characters that ``str.isprintable`` refuses. Line breaks and
    other white space become single spaces.

    Args:
        text: Any text.
        limit: The most characters to return.
    """
    words = _ESCAPE_SEQUENCE.sub("", text).split()
    return "".join(filter(str.isprintable, " ".join(words)))[:limit]


def counted(count: int, noun: str) -> str:
    """Returns a count with its noun, singular if the count is 1: ``1 day``, ``0 days``."""
    return f"{count:,} {noun_for(count, noun)}"


def noun_for(count: float | None, noun: str) -> str:
    """Returns the noun, in the plural if the count is not 1: ``day``, ``days``."""
    return noun if count == 1 else f"{noun}s"


def visible(text: str) -> str:
    """Returns the text with control and invisible characters replaced by a visible mark.

    Those are control characters, line breaks, halves of surrogate pairs, marks that change the
    direction of writing, and characters without width. Letters of all scripts stay, and the
    joiners between them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _is_safe(text, index) else MARK for index, character in enumerate(text)
    )


def readable(text: str) -> str:
    """Returns the text with percent-encoded letters decoded, and what ``visible`` marks marked.

    Only valid UTF-8 is decoded. Letters and digits of ASCII, slashes, dots, ``?``, ``#``, ``%`` and
    characters that would be marked stay encoded, so that the parts of a path do not change.
    """
    return visible(_PERCENT_ENCODED.sub(_decoded, text))


def shortened(text: str, length: int) -> str:
    """Returns the text, or its beginning and end with an ellipsis between, ``length`` long.

    The end is shown because paths often differ only there.
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 3
    head = text[: length - 1 - tail].rstrip(_JOINERS)
    start = len(text) - tail
    while start < len(text) and _continues(text[start]):
        start += 1
    return f"{head}…{text[start:]}"


def _is_safe(text: str, index: int) -> bool:
    character = text[index]
    if character in _JOINERS:
        return _joins(text, index)
    unsafe = unicodedata.category(character) in _UNSAFE_CATEGORIES or _UNSAFE.match(character)
    return not unsafe


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands between two characters that may be joined: no ASCII, no joiners."""
    around = text[max(index - 1, 0) : index] + text[index + 1 : index + 2]
    return len(around) == 2 and all(  # noqa: PLR2004 - one on each side
        character > _ASCII_END and character not in _JOINERS for character in around
    )


def _continues(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")


def _decoded(match: re.Match[str]) -> str:
    escapes = match[0]
    pieces: list[str] = []
    start = 0
    text = unquote_to_bytes(escapes).decode("utf-8", "surrogateescape")
    for index, character in enumerate(text):
        end = start + 3 * len(character.encode("utf-8", "surrogateescape"))
        stays = character in _STAYS_ENCODED or not _is_safe(text, index)
        pieces.append(escapes[start:end] if stays else character)
        start = end
    return "".join(pieces)
