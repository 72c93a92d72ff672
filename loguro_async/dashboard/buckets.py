"""The buckets of a series for one metric: as the service has them, or joined to weeks or months."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loguro_async.dashboard.view_state import Interval, Metric
    from loguro_async.models.kpis import Timeseries

_WIDTHS: Final = {
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(weeks=1),
    "month": dt.timedelta(days=31),
}
_WEEKS_FROM_DAYS: Final = 100
_MONTHS_FROM_DAYS: Final = 750
# A step that is longer than this many widths has no data in it. A day may have 25 hours.
_GAP_WIDTHS: Final = 1.5


class Bucket(Struct, frozen=True):
    """One point of the chart.

    Attributes:
        start: When the bucket begins.
        count: The metric's count in it; ``None`` where that is not known.
        previous: The count in its counterpart of the period before, where that is known.
        follows_gap: Whether buckets are missing between the one before and this one.
        is_unfinished: Whether it is not over yet.
    """

    start: dt.datetime
    count: int | None
    previous: int | None
    follows_gap: bool = False
    is_unfinished: bool = False


def default_interval(series: Timeseries) -> str:
    """Returns the width of buckets that suits the length of a series."""
    if series.bucket != "day" or len(series.items) < 2:  # noqa: PLR2004 - a span needs two
        return series.bucket or "day"
    days = (series.items[-1].bucket - series.items[0].bucket).days
    if days > _MONTHS_FROM_DAYS:
        return "month"
    return "week" if days > _WEEKS_FROM_DAYS else "day"


def available_intervals(series: Timeseries) -> tuple[Interval, ...]:
    """Returns the widths that a series can be shown in, the narrowest first."""
    if series.bucket != "day" or not series.items:
        return ()
    days = (series.items[-1].bucket - series.items[0].bucket).days
    wider: tuple[tuple[Interval, int], ...] = (("week", 14), ("month", 60))
    return ("day", *(name for name, least in wider if days >= least))


def buckets_of(
    series: Timeseries, metric: Metric, interval: str, now: dt.datetime
) -> tuple[Bucket, ...]:
    """Returns the points of a chart, oldest first.

    Joined buckets hold the sum of their days, so that no peak is lost.

    Args:
        series: The service's.
        metric: What is counted.
        interval: The width of the buckets; another one than the service's joins days.
        now: The present moment.
    """
    start_of = _STARTS.get(interval) if series.bucket == "day" else None
    joined = _joined(
        (
            start_of(point.bucket) if start_of else point.bucket,
            getattr(point, metric),
            getattr(point, f"previous_{metric}"),
        )
        for point in sorted(series.items, key=lambda point: point.bucket)
    )
    width = _WIDTHS.get(interval) or _shortest_step(joined)
    found: list[Bucket] = []
    for start, count, previous in joined:
        gap = bool(found) and start - found[-1].start > width * _GAP_WIDTHS
        is_last = start == joined[-1][0]
        is_unfinished = is_last and start <= now < _end(start, interval, width)
        found.append(Bucket(start, count, previous, gap, is_unfinished))
    return tuple(found)


def _week(at: dt.datetime) -> dt.datetime:
    return at - dt.timedelta(days=at.weekday())


def _month(at: dt.datetime) -> dt.datetime:
    return at.replace(day=1)


_STARTS: Final[dict[str, Callable[[dt.datetime], dt.datetime]]] = {"week": _week, "month": _month}


def _end(start: dt.datetime, interval: str, width: dt.timedelta) -> dt.datetime:
    return _month(start + width) if interval == "month" else start + width


def _joined(
    points: Iterable[tuple[dt.datetime, int | None, int | None]],
) -> list[tuple[dt.datetime, int | None, int | None]]:
    found: dict[dt.datetime, tuple[int | None, int | None]] = {}
    for start, count, previous in points:
        total, before = found.get(start, (0, 0))
        found[start] = (_sum(total, count), _sum(before, previous))
    return [(start, *counts) for start, counts in found.items()]


def _sum(total: int | None, count: int | None) -> int | None:
    """Returns the sum; ``None`` where a part of it is not known."""
    return None if total is None or count is None else total + count


def _shortest_step(joined: Sequence[tuple[dt.datetime, int | None, int | None]]) -> dt.timedelta:
    steps = (later[0] - earlier[0] for earlier, later in pairwise(joined))
    return min(steps, default=dt.timedelta(days=1))
