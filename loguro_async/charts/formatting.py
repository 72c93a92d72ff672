"""Formats numbers, changes, durations and times as text."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.text import NOTHING

if TYPE_CHECKING:
    import datetime as dt

    from loguro_async.models.row import Row

_SECONDS_PER_MINUTE: Final = 60
_SECONDS_PER_HOUR: Final = 3_600
_SECONDS_PER_DAY: Final = 86_400
_DAYS_FROM_SECONDS: Final = 2 * _SECONDS_PER_DAY
_LARGEST_WRITTEN_OUT: Final = 1e9
_LARGEST_PERCENT: Final = 1e6
_COMPACT_FROM: Final = 1_000
_SUFFIXES: Final = ("", "K", "M", "B", "T", "Q")


class Change(Struct, frozen=True):
    """A change as text: sign, arrow and digits never contradict each other.

    Attributes:
        text: The change; empty where it is not known.
        direction: 1 for a rise, -1 for a fall, 0 for what is shown as 0 and for the unknown.
    """

    text: str = ""
    direction: int = 0

    @property
    def arrow(self) -> str:
        """The direction as a character, for readers who cannot see the colours."""
        return {1: "▲", -1: "▼"}.get(self.direction, "")

    def __str__(self) -> str:
        return f"{self.arrow} {self.text}".strip()


UNKNOWN: Final = Change()
"""The change where one of the two figures is not known."""


def number(value: float | None) -> str:
    """Returns a count with thousands separated, from a billion on in short: ``1.2B``."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if abs(value) < _LARGEST_WRITTEN_OUT else compact(value)


def compact(value: float) -> str:
    """Returns a count in at most three digits before a suffix: ``999``, ``12.3K``, ``1.2B``."""
    size, rest = 0, value
    while round(abs(rest), 1) >= _COMPACT_FROM and size < len(_SUFFIXES):
        rest /= _COMPACT_FROM
        size += 1
    if size == 0:
        return f"{value:,.0f}"
    if size == len(_SUFFIXES):
        return f"{value:.1e}"
    return f"{rest:,.1f}".removesuffix(".0") + _SUFFIXES[size]


def share(value: float | None) -> str:
    """Returns a share (0 to 1) in percent."""
    return NOTHING if value is None else f"{value:.1%}"


def change(now: float | None, before: float | None) -> Change:
    """Returns the difference in percent of ``before``; ``new`` where there was nothing."""
    if now is None or before is None:
        return UNKNOWN
    if before == 0:
        return Change("new", 1) if now else Change("0.0%")
    percent = (now - before) / before * 100
    return _percent(percent, digits=1) if isfinite(percent) else Change("new", 1)


def change_of_share(now: float | None, before: float | None) -> Change:
    """Returns the difference of two shares (0 to 1) in percentage points."""
    if now is None or before is None:
        return UNKNOWN
    return _signed(round((now - before) * 100, 1), "{:.1f} pts")


def change_of_row(row: Row) -> Change:
    """Returns a row's change since the period before, as the service gave it.

    Left out by the service, it is computed from the two counts. Other measures of the row are
    never compared with the count of the period before.
    """
    percent: float | None = getattr(row, "delta_pct", None)
    if percent is None:
        return change(getattr(row, "count", None), getattr(row, "prev_count", None))
    return _percent(percent, digits=1 if abs(percent) < 1 else 0)


def _percent(percent: float, *, digits: int) -> Change:
    if abs(percent) >= _LARGEST_PERCENT:
        return _sign(percent, f"{compact(abs(percent))}%")
    return _signed(round(percent, digits), f"{{:,.{digits}f}}%")


def _signed(rounded: float, pattern: str) -> Change:
    return _sign(rounded, pattern.format(abs(rounded)))


def _sign(value: float, digits: str) -> Change:
    if value == 0:
        return Change(digits)
    return Change(f"+{digits}", 1) if value > 0 else Change(f"-{digits}", -1)


def duration(seconds: float | None) -> str:
    """Returns seconds as ``48 s``, ``3 min 05 s``, ``2 h 05 min`` or ``3 d 02 h``."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < _SECONDS_PER_MINUTE:
        return f"{whole} s"
    if whole < _SECONDS_PER_HOUR:
        return f"{whole // _SECONDS_PER_MINUTE} min {whole % _SECONDS_PER_MINUTE:02} s"
    if whole < _DAYS_FROM_SECONDS:
        minutes = whole % _SECONDS_PER_HOUR // _SECONDS_PER_MINUTE
        return f"{whole // _SECONDS_PER_HOUR} h {minutes:02} min"
    hours = whole % _SECONDS_PER_DAY // _SECONDS_PER_HOUR
    return f"{whole // _SECONDS_PER_DAY:,} d {hours:02} h"


def day(at: dt.datetime | None) -> str:
    """Returns the date of a moment, in its own time zone."""
    return NOTHING if at is None else f"{at:%d %b %Y}"


def moment(at: dt.datetime | None) -> str:
    """Returns date and time of a moment, in its own time zone."""
    return NOTHING if at is None else f"{at:%d %b %Y %H:%M}"


def zone_name(zone: dt.tzinfo | None) -> str:
    """Returns the name of a time zone: ``UTC``, ``Europe/Bucharest``."""
    return str(getattr(zone, "key", zone) or "UTC")
