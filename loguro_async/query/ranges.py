"""The time range of a call: a chip of the dashboard, or a window.

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
_UTC_NAMES: Final = ("UTC", "Etc/UTC", "Z")


class Between(Struct, frozen=True, cache_hash=True):
    """A window of time from ``start`` to ``end``; equal instants make equal windows.

    The reference does not say whether ``end`` itself is inside.

    Args:
        start: The window's beginning, a timezone-aware datetime; converted to UTC.
        end: The window's end, a timezone-aware datetime after ``start``; converted to UTC.

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
        """Returns one calendar day, from midnight to midnight (23 or 25 hours at a change).

        Args:
            date: The day.
            tz: A time zone, or its IANA name, such as ``"Europe/Bucharest"``; here and below.
        """
        return cls._dates(_date(date), _later(date, days=1), tz)

    @classmethod
    def today(cls, *, tz: dt.tzinfo | str = dt.UTC, now: dt.datetime | None = None) -> Between:
        """Returns the calendar day that is now, the rest of it included.

        The window stays the same all day, and so does its cache entry.

        Args:
            tz: The time zone that says which day it is.
            now: Taken for the present moment; the real one where left out; here and below.
        """
        return cls.day(_today(tz, now), tz=tz)

    @classmethod
    def yesterday(cls, *, tz: dt.tzinfo | str = dt.UTC, now: dt.datetime | None = None) -> Between:
        """Returns the calendar day before the one that is now."""
        return cls.day(_later(_today(tz, now), days=-1), tz=tz)

    @classmethod
    def week(
        cls,
        date: dt.date | None = None,
        *,
        tz: dt.tzinfo | str = dt.UTC,
        now: dt.datetime | None = None,
    ) -> Between:
        """Returns one calendar week, Monday to Sunday, as in ISO 8601.

        Args:
            date: Any day of the week; left out, today.
            tz: The time zone.
            now: As for ``today``.
        """
        day = _today(tz, now) if date is None else _date(date)
        monday = _later(day, days=-day.weekday())
        return cls._dates(monday, _later(monday, days=7), tz)

    @classmethod
    def month(cls, year: int, month: int, *, tz: dt.tzinfo | str = dt.UTC) -> Between:
        """Returns one calendar month.

        Args:
            year: For example 2026.
            month: 1 to 12.
            tz: The time zone.
        """
        try:
            first = dt.date(year, month, 1)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"there is no month {month!r} of the year {year!r}; months are 1 to 12"
            raise InvalidQueryError(message) from error
        return cls._dates(first, _later(first, days=31).replace(day=1), tz)

    @classmethod
    def year(
        cls,
        year: int | None = None,
        *,
        tz: dt.tzinfo | str = dt.UTC,
        now: dt.datetime | None = None,
    ) -> Between:
        """Returns one calendar year.

        Args:
            year: For example 2026; left out, the one that is now.
            tz: The time zone.
            now: As for ``today``.
        """
        try:
            first = dt.date(_today(tz, now).year if year is None else year, 1, 1)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"there is no year {year!r}; give one from 1 to 9998"
            raise InvalidQueryError(message) from error
        return cls._dates(first, _later(first, days=366).replace(month=1, day=1), tz)

    @classmethod
    def last(
        cls,
        length: dt.timedelta | None = None,
        *,
        days: int | None = None,
        tz: dt.tzinfo | str = dt.UTC,
        now: dt.datetime | None = None,
    ) -> Between:
        """Returns the time just gone: up to the last full minute, or whole calendar days.

        Args:
            length: How far back the window reaches from the last full minute, so that calls
                within a minute are equal.
            days: Instead, a number of whole calendar days, of which yesterday is the last one.
            tz: The time zone of those days.
            now: As for ``today``.
        """
        if days is not None:
            if length is not None:
                raise InvalidQueryError("give either a length or days, not both")
            if isinstance(days, bool) or not isinstance(days, int) or days < 1:
                message = f"days must be a whole number, 1 or greater, got {days!r}"
                raise InvalidQueryError(message)
            today = _today(tz, now)
            return cls._dates(_later(today, days=-days), today, tz)
        if not isinstance(length, dt.timedelta) or length <= dt.timedelta(0):
            message = f"{length!r} is no length of time; give a timedelta above 0, or days=14"
            raise InvalidQueryError(message)
        end = _present(now).replace(second=0, microsecond=0)
        try:
            return cls(end - length, end)
        except OverflowError as error:
            message = f"{length} before {end.isoformat()} lies before the calendar's beginning"
            raise InvalidQueryError(message) from error

    def previous(self) -> Between:
        """Returns the window of equal length that ends where this one starts."""
        try:
            return Between(self.start - (self.end - self.start), self.start)
        except OverflowError as error:
            message = f"the window before {self.start.isoformat()} lies before the calendar"
            raise InvalidQueryError(message) from error

    def days(self, tz: dt.tzinfo | str = dt.UTC) -> tuple[Between, ...]:
        """Returns the calendar days of the window, oldest first; the outer ones may be partial."""
        zone = time_zone(tz)
        windows: list[Between] = []
        start = self.start
        while start < self.end:
            end = Between.day(start.astimezone(zone).date(), tz=zone).end
            windows.append(Between(start, min(end, self.end)))
            start = end
        return tuple(windows)

    @classmethod
    def _dates(cls, first: dt.date, after_last: dt.date, tz: dt.tzinfo | str) -> Between:
        zone = time_zone(tz)
        midnight = dt.time(tzinfo=zone)
        return cls(dt.datetime.combine(first, midnight), dt.datetime.combine(after_last, midnight))


Range: TypeAlias = Chip | Between
"""The type of the ``range`` argument."""


def iso(moment: dt.datetime) -> str:
    """Returns an aware datetime as the reference writes it, ``2026-06-01T00:00:00.000Z``."""
    exact = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    naive = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec=exact)}Z"


def range_parameters(value: object) -> tuple[tuple[str, str], ...]:
    """Returns the query parameters of a range: ``range``, or ``from`` and ``to``.

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
    """Returns a moment that was given as ``name``, in UTC.

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


def _present(now: dt.datetime | None) -> dt.datetime:
    return in_utc("now", dt.datetime.now(dt.UTC) if now is None else now)


def _today(tz: dt.tzinfo | str, now: dt.datetime | None) -> dt.date:
    return _present(now).astimezone(time_zone(tz)).date()


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    message = f"{value!r} is not a date; give a datetime.date"
    raise InvalidQueryError(message)


def _later(date: dt.date, *, days: int) -> dt.date:
    try:
        return date + dt.timedelta(days=days)
    except OverflowError as error:
        message = f"the window of {date.isoformat()} lies past the calendar's end"
        raise InvalidQueryError(message) from error


def time_zone(tz: object) -> dt.tzinfo:
    """Returns a time zone, given as such or by its IANA name; UTC needs no database.

    Raises:
        InvalidQueryError: There is no such zone, or no time zone database to look it up in.
    """
    if isinstance(tz, dt.tzinfo):
        return tz
    if tz in _UTC_NAMES:  # needs no database
        return dt.UTC
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - only names need it

    try:
        return ZoneInfo(tz)  # type: ignore[arg-type]
    except (LookupError, ValueError, TypeError, OSError) as error:
        if isinstance(tz, str) and not available_timezones():
            message = (
                f"{tz!r} cannot be looked up, because this system has no time zone database; "
                "install one: pip install tzdata"
            )
        else:
            message = f"{tz!r} is no time zone; give a tzinfo or a name such as 'Europe/Bucharest'"
        raise InvalidQueryError(message) from error
