"""Values as a person reads them, and texts from strangers as they can be shown anywhere."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

NOTHING: Final = "\N{EN DASH}"
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
_SECONDS_A_MINUTE: Final = 60
# They turn the direction of all that follows, of text that is not theirs as well.
_TURNING: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_INVISIBLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text with a mark in place of each character that would act and not show.

    Those are control characters, line breaks, halves of surrogate pairs, and what turns the
    direction of writing. Letters of all scripts stay.
    """
    return "".join(_UNREADABLE if _acts(character) else character for character in text)


def _acts(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _INVISIBLE


def shortened(text: str, length: int) -> str:
    """The text, or its beginning and end with an ellipsis between, ``length`` characters long.

    The end of a path tells pages apart as well as the beginning does.
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 3
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def fitting(text: str, room_px: float, size_px: float) -> str:
    """The text, shortened to what is likely to have room in a line.

    Vega would do so itself, but it cuts between the halves of a surrogate pair.
    """
    ems = sum(map(_width_em, text))
    if ems * size_px <= room_px:
        return text
    return shortened(text, max(1, int(room_px / size_px * len(text) / ems)))


def _width_em(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1
    return 0.72 if character.isupper() else 0.58


def label(text: str | None) -> str:
    """A name as it came, made visible; a dash where there is none."""
    return visible(text) if text else NOTHING


def number(value: float | None) -> str:
    """A count with its thousands apart; a dash where there is none."""
    return NOTHING if value is None else f"{value:,.0f}"


def change(now: float, before: float) -> str:
    """How much more it is than before, in percent of what it was."""
    if before == 0:
        return "new" if now else "+0.0%"
    return f"{_without_minus_zero((now - before) / before * 100):+,.1f}%"


def points(now: float, before: float) -> str:
    """How much more a share (0 to 1) is than before, in percentage points."""
    return f"{_without_minus_zero((now - before) * 100):+.1f} pts"


def _without_minus_zero(value: float) -> float:
    return round(value, 1) + 0.0


def duration(seconds: float | None) -> str:
    """Seconds as a person says them: ``48 s``, ``3 min 05 s``; a dash where they are not known."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < _SECONDS_A_MINUTE:
        return f"{whole} s"
    return f"{whole // _SECONDS_A_MINUTE:,} min {whole % _SECONDS_A_MINUTE:02} s"


def day(at: dt.datetime | None) -> str:
    """A day, as its zone has it; a dash where there is none."""
    return NOTHING if at is None else f"{at:%d %b %Y}"


def moment(at: dt.datetime | None) -> str:
    """A day and a time, as its zone has it; a dash where there is none."""
    return NOTHING if at is None else f"{at:%d %b %Y %H:%M}"
