"""The span of time that a call asks for: a chip of the dashboard, or a window of one's own.

Source: "Common parameters", ``range`` and ``from`` / ``to``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr

from loguro_async.errors import InvalidQueryError

Chip: TypeAlias = Literal["1h", "24h", "7d", "30d", "3m", "12m", "all"]
CHIPS: Final[tuple[Chip, ...]] = ("1h", "24h", "7d", "30d", "3m", "12m", "all")
DEFAULT_CHIP: Final[Chip] = "24h"


class Between(Struct, frozen=True, cache_hash=True):
    """A window of time from ``start`` to ``end``; equal instants make equal windows.

    The reference does not say whether ``end`` itself is inside.

    Args:
        start: The window's beginning, a timezone-aware datetime; kept in UTC.
        end: The window's end, a timezone-aware datetime after ``start``; kept in UTC.

    Raises:
        InvalidQueryError: A datetime is naive, or ``end`` is not after ``start``.

    Source: "Common parameters": "If both are present and valid, they override range."
    """

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        start, end = in_utc("start", self.start), in_utc("end", self.end)
        if start >= end:
            message = f"the window's end {end.isoformat()} is not after its start"
            raise InvalidQueryError(message)
        force_setattr(self, "start", start)
        force_setattr(self, "end", end)

    @classmethod
    def day(cls, date: dt.date, *, tz: dt.tzinfo | str = dt.UTC) -> Between:
        """One calendar day, from midnight to midnight in ``tz`` (23 or 25 hours at a change).

        Args:
            date: The day.
            tz: A time zone, or its IANA name, such as ``"Europe/Bucharest"``.
        """
        if not isinstance(date, dt.date) or isinstance(date, dt.datetime):
            message = f"{date!r} is not a date; give a datetime.date"
            raise InvalidQueryError(message)
        return cls._dates(date, _later(date, days=1), tz)

    @classmethod
    def month(cls, year: int, month: int, *, tz: dt.tzinfo | str = dt.UTC) -> Between:
        """One calendar month in ``tz``.

        Args:
            year: For example 2026.
            month: 1 to 12.
            tz: A time zone, or its IANA name.
        """
        try:
            first = dt.date(year, month, 1)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"there is no month {month!r} of the year {year!r}; months are 1 to 12"
            raise InvalidQueryError(message) from error
        return cls._dates(first, _later(first, days=31).replace(day=1), tz)

    @classmethod
    def last(cls, length: dt.timedelta, *, now: dt.datetime | None = None) -> Between:
        """The time just gone, up to the last full minute, so that calls within it are equal.

        Args:
            length: How far back the window reaches.
            now: Taken for the present moment; the real one where left out.
        """
        if not isinstance(length, dt.timedelta) or length <= dt.timedelta(0):
            message = f"{length!r} is no length of time; give a timedelta above 0"
            raise InvalidQueryError(message)
        moment = in_utc("now", dt.datetime.now(dt.UTC) if now is None else now)
        end = moment.replace(second=0, microsecond=0)
        try:
            return cls(end - length, end)
        except OverflowError as error:
            message = f"{length} before {end.isoformat()} lies before the calendar's beginning"
            raise InvalidQueryError(message) from error

    @classmethod
    def _dates(cls, first: dt.date, after_last: dt.date, tz: dt.tzinfo | str) -> Between:
        zone = _zone(tz)
        midnight = dt.time(tzinfo=zone)
        return cls(dt.datetime.combine(first, midnight), dt.datetime.combine(after_last, midnight))


Range: TypeAlias = Chip | Between
"""What the ``range`` argument of a call takes."""


def iso(moment: dt.datetime) -> str:
    """An aware datetime as the reference writes it, ``2026-06-01T00:00:00.000Z``."""
    exact = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec=exact)}Z"


def range_parameters(value: object) -> tuple[tuple[str, str], ...]:
    """The query parameters that ask for a range: ``range``, or ``from`` and ``to``.

    Raises:
        InvalidQueryError: It is neither a chip nor a ``Between``.
    """
    if isinstance(value, Between):
        return (("from", iso(value.start)), ("to", iso(value.end)))
    if isinstance(value, str) and value in CHIPS:
        return (("range", value),)
    message = f"range is {value!r}; give one of {', '.join(CHIPS)}, or Between(start, end)"
    raise InvalidQueryError(message)


def in_utc(name: str, moment: object) -> dt.datetime:
    """A moment that was given as ``name``, in UTC.

    Raises:
        InvalidQueryError: It is no timezone-aware datetime, or outside the calendar.
    """
    if not isinstance(moment, dt.datetime):
        message = f"{name} is {moment!r}; give a timezone-aware datetime"
        raise InvalidQueryError(message)
    if moment.utcoffset() is None:
        message = f"{name} {moment.isoformat()} has no time zone; add one, such as tzinfo=UTC"
        raise InvalidQueryError(message)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        message = f"{name} {moment.isoformat()} lies outside the calendar when put in UTC"
        raise InvalidQueryError(message) from error


def _later(date: dt.date, *, days: int) -> dt.date:
    try:
        return date + dt.timedelta(days=days)
    except OverflowError as error:
        message = f"the window of {date.isoformat()} lies past the calendar's end"
        raise InvalidQueryError(message) from error


def _zone(tz: object) -> dt.tzinfo:
    if isinstance(tz, dt.tzinfo):
        return tz
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only names need it

    try:
        return ZoneInfo(tz)  # type: ignore[arg-type]
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        message = f"{tz!r} is no time zone; give a tzinfo or a name such as 'Europe/Bucharest'"
        raise InvalidQueryError(message) from error
