"""The choices of the range menu: the window of each, and those before and after it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.dashboard.access import RANGE_NAMES, ForbiddenError, RangeName
from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import Between, Range, time_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.dashboard.access import Access

# How many days each choice reaches back at the most.
_DAYS: Final[Mapping[str, int]] = {
    "1h": 1,
    "24h": 1,
    "today": 1,
    "yesterday": 2,
    "7d": 7,
    "30d": 30,
    "month": 31,
    "3m": 92,
    "12m": 366,
}
_ONE_DAY: Final = dt.timedelta(days=1)
# Windows that end now are aligned to this, so that loads within it share a cache entry.
_ALIGNMENT: Final = dt.timedelta(minutes=5)
_EARLIEST: Final = dt.date(2000, 1, 1)


class TimeRange(Struct, frozen=True):
    """A window of time to show.

    Attributes:
        name: The choice in the menu.
        value: The range in the query to the service.
        first: The first day, in the viewer's time zone; ``None`` for all there is.
        last: The last day.
    """

    name: RangeName
    value: Range
    first: dt.date | None
    last: dt.date

    def query(self) -> dict[str, str]:
        """Returns the parameters of an address that leads to this range."""
        if self.name != "custom" or self.first is None:
            return {"range": self.name}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def before(self) -> tuple[dt.date, dt.date] | None:
        """Returns the first and last day of the window of equal length before this one."""
        if self.first is None or self.first <= _EARLIEST:
            return None
        if self.name == "month":
            last = self.first - _ONE_DAY
            return last.replace(day=1), last
        length = self.last - self.first
        last = self.first - _ONE_DAY
        return last - length, last

    def after(self, today: dt.date) -> tuple[dt.date, dt.date] | None:
        """Returns the window of equal length after this one; ``None`` where that is the future."""
        if self.first is None or self.last >= today:
            return None
        first = self.last + _ONE_DAY
        return first, min(first + (self.last - self.first), today)


def today_in(access: Access, now: dt.datetime) -> dt.date:
    """Returns the present day in the viewer's time zone."""
    return now.astimezone(time_zone(access.timezone)).date()


def default_range(access: Access, now: dt.datetime) -> TimeRange:
    """Returns the range that is shown where the address has none."""
    name = access.ranges[0]
    if name == "custom":
        return _custom(today_in(access, now), today_in(access, now), access, now)
    return _named(name, access, now)


def requested_range(
    name: str, first: str, last: str, access: Access, now: dt.datetime
) -> TimeRange:
    """Returns the requested range.

    Args:
        name: The choice in the menu; empty where the address has dates, or nothing.
        first: The first day, such as ``2026-06-01``; may be empty.
        last: The last day; may be empty.
        access: What may be seen.
        now: The present moment.

    Raises:
        ForbiddenError: The host does not offer this range.
        InvalidQueryError: There is no such range, or the dates are wrong.
    """
    if not name and not first and not last:
        return default_range(access, now)
    if name and name != "custom":
        for offered in access.ranges:
            if offered == name:
                return _named(offered, access, now)
        if name not in RANGE_NAMES:
            message = f"there is no range {name[:20]!r}; choose one of {', '.join(access.ranges)}"
            raise InvalidQueryError(message)
        message = f"the range {name[:20]!r} is not offered here"
        raise ForbiddenError(message)
    if "custom" not in access.ranges:
        message = "a range of custom dates is not offered here"
        raise ForbiddenError(message)
    begin, end = _date(first), _date(last)
    if begin > end:
        message = f"the range begins on {begin} and ends before that, on {end}"
        raise InvalidQueryError(message)
    return _custom(begin, end, access, now)


def _named(name: RangeName, access: Access, now: dt.datetime) -> TimeRange:
    today = today_in(access, now)
    zone = time_zone(access.timezone)
    match name:
        case "today":
            return TimeRange(name, _so_far(today, now, zone), today, today)
        case "yesterday":
            day = today - _ONE_DAY
            return TimeRange(name, Between.day(day, tz=zone), day, day)
        case "month":
            first = today.replace(day=1)
            return TimeRange(name, _so_far(first, now, zone), first, today)
        case "all":
            return TimeRange(name, name, None, today)
        case "1h" | "24h" | "7d" | "30d" | "3m" | "12m":
            return TimeRange(name, name, today - dt.timedelta(days=_DAYS[name] - 1), today)
        case "custom":
            return _custom(today, today, access, now)


def _custom(first: dt.date, last: dt.date, access: Access, now: dt.datetime) -> TimeRange:
    today = today_in(access, now)
    earliest = _earliest(access, today)
    if first < earliest:
        message = f"the range begins on {first}; the earliest day that is offered is {earliest}"
        raise ForbiddenError(message)
    if first > today:
        message = f"the range begins on {first}, which is in the future"
        raise InvalidQueryError(message)
    zone = time_zone(access.timezone)
    if last >= today:
        return TimeRange("custom", _so_far(first, now, zone), first, today)
    midnight = dt.time(tzinfo=zone)
    value = Between(
        dt.datetime.combine(first, midnight), dt.datetime.combine(last + _ONE_DAY, midnight)
    )
    return TimeRange("custom", value, first, last)


def _earliest(access: Access, today: dt.date) -> dt.date:
    others = [name for name in access.ranges if name != "custom"]
    if "all" in others or not others:
        return _EARLIEST
    return today - dt.timedelta(days=max(_DAYS[name] for name in others))


def _so_far(first: dt.date, now: dt.datetime, zone: dt.tzinfo) -> Between:
    """Returns the window from midnight of a day up to now, which is never empty."""
    start = dt.datetime.combine(first, dt.time(tzinfo=zone))
    since = now.astimezone(dt.UTC) - start.astimezone(dt.UTC)
    return Between(start, start.astimezone(dt.UTC) + (since // _ALIGNMENT + 1) * _ALIGNMENT)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError as error:
        message = f"{text[:20]!r} is not a date; write one such as 2026-06-01"
        raise InvalidQueryError(message) from error
