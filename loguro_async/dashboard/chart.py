"""The chart as SVG geometry: axes with round numbers, lines with gaps, and a table of all points.

The picture is 100 wide and 100 high and stretches to any size: lines are in percent of it, and
texts keep their size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.dashboard.buckets import available_intervals, buckets_of, default_interval

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from loguro_async.dashboard.buckets import Bucket
    from loguro_async.dashboard.locale import Locale
    from loguro_async.dashboard.view_state import ViewState
    from loguro_async.models.kpis import Timeseries

_Y_TICKS: Final = 4
_X_TICKS: Final = 8
_TICK_DISTANCE: Final = 9  # in percent
_DAYS_WITHOUT_YEAR: Final = 300
# Lines are in thousandths of the picture, which is finer than any screen.
_SCALE: Final = 1_000
_MAX_DOTS: Final = 45


class Tick(Struct, frozen=True):
    """A label of an axis, at a distance in percent of its length."""

    at: float
    text: str


class ChartPoint(Struct, frozen=True):
    """A point of the chart, and its row in the table.

    Attributes:
        x: In percent from the left.
        y: In percent from the top; ``None`` where the count is not known.
        when: The bucket.
        count: The metric's count; a dash where it is not known.
        previous: The count in the period before; empty where it is not shown or not known.
        previous_y: Where that is, in percent from the top.
        is_alone: Whether no line leads to it.
        is_unfinished: Whether the bucket is not over yet.
    """

    x: float
    y: float | None
    when: str
    count: str
    previous: str
    previous_y: float | None
    is_alone: bool
    is_unfinished: bool


class Chart(Struct, frozen=True):
    """The chart, as its template gets it.

    Attributes:
        points: All points, oldest first.
        y_ticks: Round numbers.
        x_ticks: Dates, or hours with their day.
        line: The line of this period, as an SVG path.
        area: The area below it.
        unfinished: The dashed line to a bucket that is not over yet.
        previous: The line of the period before.
        has_previous: Whether the period before is shown.
        shows_dots: Whether each point is marked, because there are few.
        interval: The width of the buckets.
        intervals: The widths to choose from.
        is_sum: Whether visitors of several days were added up, who may be the same people.
    """

    points: tuple[ChartPoint, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    line: str = ""
    area: str = ""
    unfinished: str = ""
    previous: str = ""
    has_previous: bool = False
    shows_dots: bool = False
    interval: str = "day"
    intervals: tuple[str, ...] = ()
    is_sum: bool = False


def chart_of(series: Timeseries, state: ViewState, locale: Locale, now: dt.datetime) -> Chart:
    """Returns the chart of a series.

    Args:
        series: The service's.
        state: What is shown.
        locale: The viewer's.
        now: The present moment.
    """
    intervals = available_intervals(series)
    interval = default_interval(series)
    if state.interval in intervals:
        interval = str(state.interval)
    buckets = buckets_of(series, state.metric, interval, now)
    if not buckets:
        return Chart(interval=interval, intervals=intervals)
    shows_previous = state.compare and any(bucket.previous is not None for bucket in buckets)
    top, y_ticks = _y_axis(buckets, locale, shows_previous=shows_previous)
    points = tuple(_points(buckets, top, interval, locale, shows_previous=shows_previous))
    return Chart(
        points=points,
        y_ticks=y_ticks,
        x_ticks=_x_axis(buckets, points, interval, locale),
        line=_path(points, buckets, lambda point: point.y, until_unfinished=True),
        area=_area(points, buckets),
        unfinished=_last_step(points, buckets),
        previous=_path(points, buckets, lambda point: point.previous_y),
        has_previous=shows_previous,
        shows_dots=len(points) <= _MAX_DOTS,
        interval=interval,
        intervals=intervals,
        is_sum=state.metric == "visitors" and interval != series.bucket,
    )


def nice_step(most: float, ticks: int = _Y_TICKS) -> int:
    """Returns a round step, 1, 2 or 5 times a power of ten, for an axis up to ``most``."""
    rough = max(most / ticks, 1)
    power = 10 ** math.floor(math.log10(rough))
    return next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough)


def _y_axis(
    buckets: Sequence[Bucket], locale: Locale, *, shows_previous: bool
) -> tuple[int, tuple[Tick, ...]]:
    counts = [bucket.count for bucket in buckets]
    if shows_previous:
        counts += [bucket.previous for bucket in buckets]
    most = max((count for count in counts if count is not None), default=0)
    step = nice_step(most)
    top = max(math.ceil(most / step), 1) * step
    ticks = (Tick(_down(count, top), locale.compact(count)) for count in range(0, top + 1, step))
    return top, tuple(ticks)


def _down(count: int, top: int) -> float:
    return round(100 - 100 * count / top, 2)


def _points(
    buckets: Sequence[Bucket], top: int, interval: str, locale: Locale, *, shows_previous: bool
) -> Iterator[ChartPoint]:
    first, last = buckets[0].start, buckets[-1].start
    span = (last - first).total_seconds()
    for before, bucket, after in zip((None, *buckets), buckets, (*buckets[1:], None), strict=False):
        shown = bucket.previous if shows_previous else None
        yield ChartPoint(
            x=round(100 * (bucket.start - first).total_seconds() / span, 2) if span else 50.0,
            y=None if bucket.count is None else _down(bucket.count, top),
            when=_when(bucket, interval, locale),
            count=locale.number(bucket.count),
            previous="" if shown is None else locale.number(shown),
            previous_y=None if shown is None else _down(shown, top),
            is_alone=not _is_line(before, bucket) and not _is_line(bucket, after),
            is_unfinished=bucket.is_unfinished,
        )


def _is_line(bucket: Bucket | None, after: Bucket | None) -> bool:
    """Whether a line leads from a bucket to the one after it."""
    if bucket is None or after is None or after.follows_gap:
        return False
    return bucket.count is not None and after.count is not None


def _when(bucket: Bucket, interval: str, locale: Locale) -> str:
    match interval:
        case "day":
            return locale.day(bucket.start)
        case "week":
            return locale.text("Week of {date}", date=locale.date(bucket.start))
        case "month":
            return locale.month(bucket.start)
        case _:
            return locale.hour(bucket.start)


def _x_axis(
    buckets: Sequence[Bucket], points: Sequence[ChartPoint], interval: str, locale: Locale
) -> tuple[Tick, ...]:
    """Returns labels for some of the buckets, so far apart that none covers another."""
    step = max(math.ceil(len(buckets) / _X_TICKS), 1)
    ticks: list[Tick] = []
    labelled: Bucket | None = None
    for bucket, point in list(zip(buckets, points, strict=True))[::step]:
        if not ticks or point.x - ticks[-1].at >= _TICK_DISTANCE:
            ticks.append(Tick(point.x, _tick_text(bucket, labelled, buckets, interval, locale)))
            labelled = bucket
    return tuple(ticks)


def _tick_text(
    bucket: Bucket,
    labelled: Bucket | None,
    buckets: Sequence[Bucket],
    interval: str,
    locale: Locale,
) -> str:
    """Returns the label of a bucket; hours have their day where it is another than before."""
    if interval in {"day", "week", "month"}:
        days = (buckets[-1].start - buckets[0].start).days
        has_year = interval == "month" or days > _DAYS_WITHOUT_YEAR
        return locale.month(bucket.start) if has_year else locale.short_day(bucket.start)
    day = locale.short_day(bucket.start, local=True)
    if labelled is not None and locale.short_day(labelled.start, local=True) == day:
        return locale.time(bucket.start)
    return f"{day}, {locale.time(bucket.start)}"


def _coordinate(percent: float) -> str:
    return f"{percent * _SCALE / 100:g}"


def _path(
    points: Sequence[ChartPoint],
    buckets: Sequence[Bucket],
    height: Callable[[ChartPoint], float | None],
    *,
    until_unfinished: bool = False,
) -> str:
    """Returns a line through all points; it begins anew after a gap."""
    steps: list[str] = []
    is_drawing = False
    for point, bucket in zip(points, buckets, strict=True):
        y = height(point)
        if y is None or (until_unfinished and point.is_unfinished):
            is_drawing = False
            continue
        command = "L" if is_drawing and not bucket.follows_gap else "M"
        steps.append(f"{command}{_coordinate(point.x)} {_coordinate(y)}")
        is_drawing = True
    return "".join(steps)


def _last_step(points: Sequence[ChartPoint], buckets: Sequence[Bucket]) -> str:
    if len(points) < 2 or not points[-1].is_unfinished or not _is_line(*buckets[-2:]):  # noqa: PLR2004
        return ""
    return _path(points[-2:], buckets[-2:], lambda point: point.y)


def _area(points: Sequence[ChartPoint], buckets: Sequence[Bucket]) -> str:
    runs: list[list[tuple[float, float]]] = [[]]
    for point, bucket in zip(points, buckets, strict=True):
        if bucket.follows_gap or point.y is None:
            runs.append([])
        if point.y is not None:
            runs[-1].append((point.x, point.y))
    return "".join(
        f"M{_coordinate(run[0][0])} {_SCALE}"
        + "".join(f"L{_coordinate(x)} {_coordinate(y)}" for x, y in run)
        + f"L{_coordinate(run[-1][0])} {_SCALE}Z"
        for run in runs
        if len(run) > 1
    )
