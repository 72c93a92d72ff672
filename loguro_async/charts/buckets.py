"""The buckets of a series: as the service has them, or days joined to weeks or months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from loguro_async.charts.chart_options import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loguro_async.models.kpis import Timeseries, TimeseriesPoint

Interval: TypeAlias = Literal["hour", "day", "week", "month"]

METRICS: Final[dict[Metric, str]] = {
    "pageviews": "Pageviews",
    "visitors": "Visitors",
    "sessions": "Sessions",
}
"""The measures of a series, in the order in which they are drawn, and their names."""

_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
_WEEK: Final = dt.timedelta(weeks=1)
_WEEKS_FROM: Final = dt.timedelta(days=100)
_MONTHS_FROM: Final = dt.timedelta(days=750)
_LONGEST_HOUR: Final = dt.timedelta(hours=12)
# A longer step has no data in it. A day may have 25 hours.
_GAP: Final = 1.5


class Value(Struct, frozen=True):
    """A measure in one bucket.

    Attributes:
        count: The count; of joined days, their mean.
        low: The lowest of the days.
        high: The highest of the days.
    """

    count: float
    low: float
    high: float


class Bucket(Struct, frozen=True):
    """One bucket.

    Attributes:
        start: Its beginning, in the time zone of the series.
        now: The measures that are known.
        before: Those of its counterpart in the period before.
        is_unfinished: Whether it is not over yet.
        follows_gap: Whether buckets are missing before it.
    """

    start: dt.datetime
    now: Mapping[Metric, Value]
    before: Mapping[Metric, Value]
    is_unfinished: bool = False
    follows_gap: bool = False


def interval_of(series: Timeseries) -> Interval:
    """Returns the width of the buckets to draw, by the length of the series."""
    starts = sorted(point.bucket for point in series.items)
    if not _is_daily(series, starts):
        return "hour"
    span = starts[-1] - starts[0] if starts else dt.timedelta(0)
    if span > _MONTHS_FROM:
        return "month"
    return "week" if span > _WEEKS_FROM else "day"


def buckets_of(series: Timeseries, now: dt.datetime) -> tuple[Bucket, ...]:
    """Returns the buckets of a series, oldest first.

    A joined bucket has the mean of its days, because visitors of several days may be the same
    people and must not be added up, and their lowest and highest counts, so that no peak is lost.
    A day that is not over yet counts only where the bucket has no other.

    Args:
        series: The service's.
        now: The present moment.
    """
    interval = interval_of(series)
    start_of = _STARTS[interval]
    points = sorted(series.items, key=lambda point: point.bucket)
    width = _HOUR if interval == "hour" else _DAY
    buckets: list[Bucket] = []
    for start, group in groupby(points, key=lambda point: start_of(point.bucket)):
        days = list(group)
        finished = [point for point in days if not _is_open(point.bucket, width, now)]
        end = _end(start, interval)
        buckets.append(
            Bucket(
                start,
                _values(finished or days, ""),
                _values(days, "previous_"),
                is_unfinished=start <= now < end,
                follows_gap=bool(buckets) and start - buckets[-1].start > _longest_step(interval),
            )
        )
    return tuple(buckets)


def _is_daily(series: Timeseries, starts: Sequence[dt.datetime]) -> bool:
    if series.bucket in {"hour", "day"}:
        return series.bucket == "day"
    steps = (later - earlier for earlier, later in pairwise(starts))
    return min(steps, default=_DAY) > _LONGEST_HOUR


def _is_open(start: dt.datetime, width: dt.timedelta, now: dt.datetime) -> bool:
    return start <= now < start + width


def _values(points: Iterable[TimeseriesPoint], prefix: str) -> dict[Metric, Value]:
    found: dict[Metric, Value] = {}
    rows = list(points)
    for metric in METRICS:
        counts = [getattr(point, prefix + metric) for point in rows]
        known: list[int] = [count for count in counts if count is not None]
        if known:
            mean = known[0] if len(known) == 1 else sum(known) / len(known)
            found[metric] = Value(mean, min(known), max(known))
    return found


def _itself(at: dt.datetime) -> dt.datetime:
    return at


def _week(at: dt.datetime) -> dt.datetime:
    return at - dt.timedelta(days=at.weekday())


def _month(at: dt.datetime) -> dt.datetime:
    return at.replace(day=1)


_STARTS: Final[Mapping[Interval, Callable[[dt.datetime], dt.datetime]]] = {
    "hour": _itself,
    "day": _itself,
    "week": _week,
    "month": _month,
}


def _end(start: dt.datetime, interval: Interval) -> dt.datetime:
    if interval == "month":
        return _month(start + dt.timedelta(days=31))
    return start + {"hour": _HOUR, "day": _DAY, "week": _WEEK}[interval]


def _longest_step(interval: Interval) -> dt.timedelta:
    step = {"hour": _HOUR, "day": _DAY, "week": _WEEK, "month": dt.timedelta(days=31)}[interval]
    return step * _GAP
