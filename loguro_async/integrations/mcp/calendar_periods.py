"""Days, weeks and months of a window, in UTC."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Iterator


PeriodName: TypeAlias = Literal["day", "week", "month"]

_HOUR: Final = dt.timedelta(hours=1)
_LONGEST: Final[dict[PeriodName, dt.timedelta]] = {
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
    "month": dt.timedelta(days=31),
}


class Period(NamedTuple):
    """A day, week or month, as far as a window holds it.

    Attributes:
        start: Its beginning, which may lie before the window.
        window: What of it is inside.
        is_complete: Whether that is the whole of it.
    """

    start: dt.datetime
    window: Between
    is_complete: bool


def latest_periods(
    start: dt.datetime, end: dt.datetime, by: PeriodName, most: int
) -> tuple[list[Period], bool]:
    """Returns the latest periods that a window touches, oldest first, and whether there are more.

    Args:
        start: The beginning of the window.
        end: Its end.
        by: The length of a period.
        most: The most periods to return.
    """
    # Enough time for one more, so that a window of any length costs the same.
    first = max(start, end - (most + 1) * _LONGEST[by])
    touched = list(_periods(start, first, end, by))
    return touched[-most:], len(touched) > most


def following(begin: dt.datetime, by: Literal["hour"] | PeriodName) -> dt.datetime:
    """Returns the beginning of the next hour, day, week or month."""
    try:
        after = begin + (_HOUR if by == "hour" else _LONGEST[by])
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)
    return after.replace(day=1) if by == "month" else after


def _periods(
    start: dt.datetime, first: dt.datetime, end: dt.datetime, by: PeriodName
) -> Iterator[Period]:
    begin = _beginning(first.astimezone(dt.UTC), by)
    while begin < end:
        after = following(begin, by)
        inside = Between(max(begin, start), min(after, end))
        yield Period(begin, inside, start <= begin and after <= end)
        begin = after


def _beginning(moment: dt.datetime, by: PeriodName) -> dt.datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if by == "week":
        return midnight - dt.timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if by == "month" else midnight
