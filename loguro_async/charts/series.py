"""A line chart of a series, with the period before it drawn behind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loguro_async.charts.buckets import METRICS, buckets_of, interval_of
from loguro_async.charts.chart_options import AVAILABLE, COUNT_LABELS, empty
from loguro_async.charts.formatting import day, number, zone_name
from loguro_async.charts.time_axis import time_axis
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loguro_async.charts.buckets import Bucket, Interval, Value
    from loguro_async.charts.chart_options import ChartOptions, Metric, Spec
    from loguro_async.models.kpis import Timeseries, TimeseriesPoint

_HEIGHT_PX: Final = 240
NOW: Final = "this period"
UNFINISHED: Final = "not over yet"
BEFORE: Final = "period before"
_DASHES: Final = {NOW: [1, 0], UNFINISHED: [2, 3], BEFORE: [6, 4]}
_POINTS_UP_TO: Final = 31  # beyond it the line alone is clearer
_LINE_PX: Final = 2.25
_THIN_LINE_PX: Final = 1.5
_BEFORE_PX: Final = 1.25
# A line under another one is wider by this, so that it shows on both sides of the other.
_WIDER_PX: Final = 2.75
# Lines that are closer than this share of the axis cannot be told apart.
_COINCIDING: Final = 0.015
_LEGEND: Final = {
    "symbolType": "stroke",
    "symbolSize": 300,
    "columnPadding": 18,  # fonts differ, and labels must not run into each other
    "columns": {"expr": f"{AVAILABLE} < 450 ? 1 : 0"},
}
_INTERVALS: Final[dict[Interval, str]] = {
    "hour": "by hour",
    "day": "by day",
    "week": "mean day of each week, with the lowest and the highest",
    "month": "mean day of each month, with the lowest and the highest",
}


def with_previous(series: Timeseries, previous: Timeseries) -> Timeseries:
    """Returns the series with another one as its period before, bucket by bucket.

    Buckets of ``previous`` beyond the series' last one are left out.
    """
    before = (*previous.items, *[None] * len(series.items))
    points = zip(series.items, before, strict=False)
    return msgspec.structs.replace(series, items=tuple(_joined(now, then) for now, then in points))


def _joined(now: TimeseriesPoint, before: TimeseriesPoint | None) -> TimeseriesPoint:
    return msgspec.structs.replace(
        now,
        previous_pageviews=before and before.pageviews,
        previous_visitors=before and before.visitors,
        previous_sessions=before and before.sessions,
    )


def check_metric(metric: object) -> None:
    """Refuses a measure that a series does not have.

    Raises:
        InvalidQueryError: There is no such measure.
    """
    if metric is not None and metric not in METRICS:
        message = f"metric must be one of {', '.join(METRICS)}, got {metric!r}"
        raise InvalidQueryError(message)


def series_chart(series: Timeseries, options: ChartOptions) -> Spec:
    """Draws a line for each measure; dashed, the period before and what is not over yet."""
    buckets = buckets_of(series, _now(series, options.now))
    metrics: list[Metric] = [
        metric
        for metric in METRICS
        if options.metric in {None, metric} and any(metric in bucket.now for bucket in buckets)
    ]
    if not metrics:
        return empty(options)
    interval = interval_of(series)
    rows = [row for metric in metrics for row in _rows(buckets, metric, interval)]
    return {
        "description": _text_alternative(buckets, metrics, interval),
        "width": options.width_px,
        "height": options.height or _HEIGHT_PX,
        "data": {"values": rows},
        "encoding": _encoding(buckets, metrics, interval, options),
        "layer": list(_layers(buckets, metrics, rows)),
    }


def _now(series: Timeseries, until: dt.datetime | None) -> dt.datetime:
    """Returns the moment up to which the series reaches."""
    try:
        fetched = series.fetched_at
    except AttributeError:  # made by hand
        fetched = dt.datetime.now(dt.UTC)
    return fetched if until is None else min(fetched, until)


def _rows(
    buckets: Sequence[Bucket], metric: Metric, interval: Interval
) -> Iterator[dict[str, Any]]:
    few = len(buckets) <= _POINTS_UP_TO
    for period in (BEFORE, NOW):
        line = list(_line(buckets, metric, period))
        lengths = Counter(part for _, _, part in line)
        for index, (bucket, value, part) in enumerate(line):
            row = _row(bucket, metric, interval) | _counts(value) | {"part": part}
            row |= {"period": period, "dot": lengths[part] == 1 or (few and period == NOW)}
            if period == NOW and bucket.is_unfinished:
                if index and line[index - 1][2] == part:
                    earlier, count, _ = line[index - 1]
                    yield (
                        row
                        | _row(earlier, metric, interval)
                        | _counts(count)
                        | {
                            "period": UNFINISHED,
                            "dot": False,
                        }
                    )
                row["period"] = UNFINISHED
            yield row


def _line(
    buckets: Sequence[Bucket], metric: Metric, period: str
) -> Iterator[tuple[Bucket, Value, int]]:
    """Returns the points of a line, and the number of its part: a gap begins a new one."""
    part = 0
    for bucket in buckets:
        value = (bucket.now if period == NOW else bucket.before).get(metric)
        if value is None or bucket.follows_gap:
            part += 1
        if value is not None:
            yield bucket, value, part


def _row(bucket: Bucket, metric: Metric, interval: Interval) -> dict[str, Any]:
    return {
        "at": f"{bucket.start:%Y-%m-%dT%H:%M:%SZ}",
        "when": _when(bucket.start, interval),
        "metric": METRICS[metric],
    }


def _counts(value: Value) -> dict[str, Any]:
    span = "" if value.low == value.high else f" ({number(value.low)} to {number(value.high)})"
    text = f"{number(value.count)}{span}"
    return {"count": value.count, "low": value.low, "high": value.high, "text": text}


def _when(start: dt.datetime, interval: Interval) -> str:
    match interval:
        case "hour":
            return f"{day(start)}, {start:%H:%M} {zone_name(start.tzinfo)}"
        case "week":
            return f"week of {day(start)}"
        case "month":
            return f"{start:%b %Y}"
        case _:
            return day(start)


def _text_alternative(
    buckets: Sequence[Bucket], metrics: Sequence[Metric], interval: Interval
) -> str:
    first, last = buckets[0].start, buckets[-1].start
    spans: list[str] = []
    for metric in metrics:
        values = [bucket.now[metric] for bucket in buckets if metric in bucket.now]
        low, high = min(one.low for one in values), max(one.high for one in values)
        spans.append(f"{METRICS[metric]} {number(low)} to {number(high)}")
    return f"{_axis_title(buckets, interval)}, {day(first)} to {day(last)}: {'; '.join(spans)}"


def _axis_title(buckets: Sequence[Bucket], interval: Interval) -> str:
    return f"{_INTERVALS[interval]} ({zone_name(buckets[0].start.tzinfo)})"


def _layers(
    buckets: Sequence[Bucket], metrics: Sequence[Metric], rows: Sequence[dict[str, Any]]
) -> Iterator[Spec]:
    periods = {row["period"] for row in rows}
    base = _LINE_PX if len(buckets) <= _POINTS_UP_TO else _THIN_LINE_PX
    under = _lines_under(buckets, metrics)
    if any(row["low"] != row["high"] for row in rows):
        yield {
            "transform": [{"filter": f"datum.period != '{BEFORE}'"}],
            "mark": {"type": "area", "opacity": 0.16, "line": False},
            "encoding": {
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "strokeDash": {"value": [1, 0]},
            },
        }
    for period in (BEFORE, NOW, UNFINISHED):
        if period in periods:
            px, wider = (_BEFORE_PX, _BEFORE_PX) if period == BEFORE else (base, _WIDER_PX)
            for lines in sorted(set(under), reverse=True):
                names = [METRICS[one] for one, n in zip(metrics, under, strict=True) if n == lines]
                yield _line_layer(period, names, px + wider * lines)
    dotted = {row["period"] for row in rows if row["dot"]}
    for is_before in (True, False):
        if {BEFORE} & dotted if is_before else dotted - {BEFORE}:
            compared = "==" if is_before else "!="
            yield {
                "transform": [{"filter": f"datum.dot && datum.period {compared} '{BEFORE}'"}],
                "mark": {"type": "point", "filled": not is_before, "size": 36, "opacity": 1},
                "encoding": {"strokeDash": {"value": [1, 0]}},
            }


def _line_layer(period: str, names: Sequence[str], width_px: float) -> Spec:
    return {
        "transform": [
            {
                "filter": {
                    "and": [
                        {"field": "period", "equal": period},
                        {"field": "metric", "oneOf": names},
                    ]
                }
            }
        ],
        "mark": {
            "type": "line",
            "opacity": 0.65 if period == BEFORE else 1,
            "strokeWidth": width_px,
        },
    }


def _lines_under(buckets: Sequence[Bucket], metrics: Sequence[Metric]) -> list[int]:
    """Returns for each measure how many lines are drawn on top of its own."""
    highs = (value.high for bucket in buckets for value in bucket.now.values())
    nearest = max(highs, default=0) * _COINCIDING
    return [
        sum(_coincide(buckets, metric, other, nearest) for other in metrics[index + 1 :])
        for index, metric in enumerate(metrics)
    ]


def _coincide(buckets: Sequence[Bucket], metric: Metric, other: Metric, nearest: float) -> bool:
    """Whether two lines coincide between any two buckets."""

    def near(bucket: Bucket) -> bool:
        one, two = bucket.now.get(metric), bucket.now.get(other)
        return one is not None and two is not None and abs(one.count - two.count) <= nearest

    return any(near(earlier) and near(later) for earlier, later in pairwise(buckets))


def _encoding(
    buckets: Sequence[Bucket], metrics: Sequence[Metric], interval: Interval, options: ChartOptions
) -> dict[str, Any]:
    theme = options.theme
    colours = dict(zip(METRICS, theme.series, strict=True))
    highs = [
        one.high for bucket in buckets for one in (*bucket.now.values(), *bucket.before.values())
    ]
    top = max(highs, default=0)
    has_before = any(bucket.before for bucket in buckets)
    has_unfinished = any(bucket.is_unfinished for bucket in buckets)
    periods = [NOW, *[UNFINISHED] * has_unfinished, *[BEFORE] * has_before]
    return {
        "x": {
            "field": "at",
            "type": "temporal",
            "scale": {"type": "utc"},
            "axis": time_axis([bucket.start for bucket in buckets], interval)
            | {"title": _axis_title(buckets, interval), "titleColor": theme.faint},
        },
        "y": {
            "field": "count",
            "type": "quantitative",
            "scale": {"domainMin": 0, **({} if top else {"domainMax": 1})},
            "axis": {"labelExpr": COUNT_LABELS, "tickCount": max(1, min(round(top), 5))},
        },
        "detail": {"field": "part"},
        "color": {
            "field": "metric",
            "type": "nominal",
            "scale": {
                "domain": [METRICS[metric] for metric in metrics],
                "range": [colours[metric] for metric in metrics],
            },
            "legend": {**_LEGEND, "symbolOpacity": 1, "symbolStrokeWidth": 3},
        },
        "strokeDash": {
            "field": "period",
            "type": "nominal",
            "scale": {"domain": periods, "range": [_DASHES[period] for period in periods]},
            "legend": _LEGEND if len(periods) > 1 else None,
        },
        "tooltip": [
            {"field": "when", "title": "When"},
            {"field": "metric", "title": "Measure"},
            {"field": "period", "title": "Period"},
            {"field": "text", "title": "Count"},
        ],
    }
