"""Weeks and months of a window, in UTC."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, NamedTuple

from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def periods(
    start: dt.datetime, end: dt.datetime, by: Literal["day", "week", "month"]
) -> Iterator[Period]:
    """Yields the periods that a window touches, oldest first."""
    begin = _beginning(start.astimezone(dt.UTC), by)
    while begin < end:
        after = following(begin, by)
        inside = Between(max(begin, start), min(after, end))
        yield Period(begin, inside, start <= begin and after <= end)
        begin = after


def _beginning(moment: dt.datetime, by: Literal["day", "week", "month"]) -> dt.datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if by == "week":
        return midnight - dt.timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if by == "month" else midnight


def following(begin: dt.datetime, by: Literal["hour", "day", "week", "month"]) -> dt.datetime:
    """Returns the beginning of the next hour, day, week or month."""
    if by == "month":
        return (begin + dt.timedelta(days=31)).replace(day=1)
    length = {
        "hour": dt.timedelta(hours=1),
        "day": dt.timedelta(days=1),
        "week": dt.timedelta(days=7),
    }
    return begin + length[by]
