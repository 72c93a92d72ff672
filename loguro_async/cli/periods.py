"""Parses the options for periods and time zones."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import Between, time_zone

if TYPE_CHECKING:
    from loguro_async.query.ranges import Chip, Range

_LAST: Final = re.compile(r"([1-9][0-9]{0,3})d")


def parse_range(chip: Chip | None, start: str | None, end: str | None, tz: str) -> Range | None:
    """Returns the period of ``--range``, or of ``--from`` and ``--to``; ``None`` for neither.

    Raises:
        InvalidQueryError: A value is not valid, one of the two is missing, or the zone is unknown.
    """
    zone = parse_zone(tz)
    if start is None and end is None:
        return chip
    if start is None or end is None or chip is not None:
        message = "give both --from and --to, without --range"
        raise InvalidQueryError(message)
    return Between(_parse_time("--from", start, zone), _parse_time("--to", end, zone))


def parse_days(
    start: str | None, end: str | None, last: str | None, *, yesterday: bool, tz: str
) -> tuple[dt.date, dt.date]:
    """Returns the first day, and the day after the last one.

    Args:
        start: ``--from``, a date.
        end: ``--to``, a date.
        last: ``--last``; ``7d`` is the 7 days before today, and today.
        yesterday: ``--yesterday``.
        tz: The time zone that decides which day is today.

    Raises:
        InvalidQueryError: A value is not valid, or none or several of the options are given.
    """
    today = dt.datetime.now(parse_zone(tz)).date()
    has_window = start is not None or end is not None
    if sum((has_window, last is not None, yesterday)) != 1:
        message = "give either --from and --to, or --last, or --yesterday"
        raise InvalidQueryError(message)
    if yesterday:
        return today - dt.timedelta(days=1), today
    if last is not None:
        found = _LAST.fullmatch(last)
        if found is None:
            message = f"--last must be a number of days, such as 7d, got {last!r}"
            raise InvalidQueryError(message)
        return today - dt.timedelta(days=int(found[1])), today + dt.timedelta(days=1)
    if start is None or end is None:
        message = "give both --from and --to"
        raise InvalidQueryError(message)
    return _parse_date("--from", start), _parse_date("--to", end)


def parse_zone(name: str) -> dt.tzinfo:
    """Returns the time zone of a name.

    Raises:
        InvalidQueryError: The name is unknown, or the system has no time zone database.
    """
    try:
        return time_zone(name)
    except InvalidQueryError as error:
        message = f"--tz is {name!r}: {error}"
        raise InvalidQueryError(message) from None


def _parse_date(option: str, text: str) -> dt.date:

    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"{option} is {text!r}; give a date such as 2026-06-01"
        raise InvalidQueryError(message) from None


def _parse_time(option: str, text: str, zone: dt.tzinfo) -> dt.datetime:

    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        message = f"{option} is {text!r}; give a date or time such as 2026-06-01T12:00"
        raise InvalidQueryError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
