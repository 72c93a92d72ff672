"""Series in the time zone of a report. The service counts days in UTC."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec

from loguro_async.gather import gather
from loguro_async.models.kpis import Timeseries, TimeseriesPoint
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from loguro_async.models.kpis import Kpis
    from loguro_async.project import Project
    from loguro_async.query.filters import Filter

_SHORTEST: Final = dt.timedelta(hours=36)  # below it, hours say more than days
_LONGEST: Final = dt.timedelta(days=62)


def has_local_days(window: Between, tz: dt.tzinfo) -> bool:
    """Whether the days of a window are counted in its time zone: each takes two requests."""
    return tz is not dt.UTC and _SHORTEST < window.end - window.start <= _LONGEST


async def local_days(
    project: Project, window: Between, filter: Filter, tz: dt.tzinfo
) -> Timeseries:
    """Returns a point for each local day, with the same day of the period before.

    Args:
        project: The project to fetch.
        window: The window; its first and last day may be partial.
        filter: Which events count.
        tz: The time zone.
    """
    days = window.days(tz)
    earlier = [_earlier(day, tz, days=len(days)) for day in days]
    found = await gather(*(project.kpis(range=day, filter=filter) for day in (*days, *earlier)))
    now, before = found[: len(days)], found[len(days) :]
    points = (
        _point(day.start.astimezone(tz), *pair)
        for day, pair in zip(days, zip(now, before, strict=True), strict=True)
    )
    return Timeseries(tuple(points), "day")


def in_zone(series: Timeseries, tz: dt.tzinfo) -> Timeseries:
    """Returns a series by hour with its buckets in a time zone; days of UTC stay as they are."""
    if series.bucket != "hour" or tz is dt.UTC:
        return series
    points = (
        msgspec.structs.replace(point, bucket=point.bucket.astimezone(tz)) for point in series.items
    )
    return msgspec.structs.replace(series, items=tuple(points))


def _earlier(day: Between, tz: dt.tzinfo, *, days: int) -> Between:
    """Returns the same times of the clock, some days before."""
    length = dt.timedelta(days=days)
    return Between(day.start.astimezone(tz) - length, day.end.astimezone(tz) - length)


def _point(start: dt.datetime, now: Kpis, before: Kpis) -> TimeseriesPoint:
    return TimeseriesPoint(
        start,
        now.current.pageviews,
        now.current.visitors,
        now.current.sessions,
        before.current.pageviews,
        before.current.visitors,
        before.current.sessions,
    )
