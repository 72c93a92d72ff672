"""A series over time, with the period before it behind."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loguro_async.charts.frame import nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.kpis import Timeseries, TimeseriesPoint

_HEIGHT_PX: Final = 240
_FIGURES: Final = {"pageviews": "Pageviews", "visitors": "Visitors", "sessions": "Sessions"}
_NOW: Final = "this period"
_BEFORE: Final = "the one before"
_MOST_OF_A_YEAR: Final = dt.timedelta(days=300)
_POINTS_UP_TO: Final = 31  # beyond it the line alone is clearer


def with_previous(series: Timeseries, previous: Timeseries) -> Timeseries:
    """The series with another one as its period before, bucket by bucket from the first.

    What ``previous`` has beyond the series' last bucket has no counterpart there.
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


def series_chart(series: Timeseries, frame: Frame) -> Spec:
    """A line for pageviews, visitors and sessions; dashed, those of the period before."""
    if not series.items:
        return nothing(frame)
    hourly = series.bucket == "hour"
    rows = [row for point in series.items for row in _rows(point, hourly=hourly)]
    has_previous = any(row["period"] == _BEFORE for row in rows)
    buckets = len(series.items)
    before = _line(
        _BEFORE,
        {"strokeWidth": 1.5, "opacity": 0.6, "point": {"filled": False} if buckets == 1 else False},
    )
    now = _line(_NOW, _look(buckets))
    return {
        "width": frame.width,
        "height": frame.height or _HEIGHT_PX,
        "data": {"values": rows},
        "encoding": _encoding(rows, frame, _clock(series), legend=has_previous),
        "layer": [before, now] if has_previous else [now],
    }


def _rows(point: TimeseriesPoint, *, hourly: bool) -> Iterator[dict[str, Any]]:
    at = f"{point.bucket:%Y-%m-%dT%H:%M:%SZ}"
    when = f"{point.bucket:%d %b %Y, %H:%M} UTC" if hourly else f"{point.bucket:%d %b %Y}"
    for field, figure in _FIGURES.items():
        counts = {_NOW: getattr(point, field), _BEFORE: getattr(point, f"previous_{field}")}
        for period, count in counts.items():
            if count is not None:
                yield {"at": at, "when": when, "figure": figure, "period": period, "count": count}


def _look(buckets: int) -> dict[str, Any]:
    """Fewer buckets have more room: a single one would not be seen without its point."""
    if buckets <= _POINTS_UP_TO:
        return {"strokeWidth": 2.5, "point": {"filled": True, "size": 36}}
    return {"strokeWidth": 1.5}


def _clock(series: Timeseries) -> str:
    """How the time axis is labelled, in d3's directives."""
    if series.bucket == "hour":
        return "%H:%M"
    span = series.items[-1].bucket - series.items[0].bucket
    return "%d %b" if span < _MOST_OF_A_YEAR else "%b %Y"


def _line(period: str, look: dict[str, Any]) -> dict[str, Any]:
    return {
        "transform": [{"filter": {"field": "period", "equal": period}}],
        "mark": {"type": "line", "interpolate": "monotone", **look},
    }


def _encoding(
    rows: list[dict[str, Any]], frame: Frame, clock: str, *, legend: bool
) -> dict[str, Any]:
    top = max(row["count"] for row in rows)
    dashes = {"domain": [_NOW, _BEFORE], "range": [[1, 0], [4, 3]]}
    return {
        "x": {
            "field": "at",
            "type": "temporal",
            "scale": {"type": "utc"},
            "axis": {
                "format": clock,
                "grid": False,
                "labelOverlap": True,
                "tickCount": max(2, min(len({row["at"] for row in rows}), frame.width // 80)),
            },
        },
        "y": {
            "field": "count",
            "type": "quantitative",
            "scale": {"domainMin": 0, **({} if top else {"domainMax": 1})},
            "axis": {"format": "~s", "tickCount": min(top, 5) or 1},
        },
        "color": {
            "field": "figure",
            "type": "nominal",
            "scale": {"domain": list(_FIGURES.values()), "range": list(frame.theme.series)},
            "legend": {"symbolOpacity": 1},
        },
        "strokeDash": {
            "field": "period",
            "type": "nominal",
            "scale": dashes,
            "legend": {"symbolType": "stroke", "symbolSize": 300} if legend else None,
        },
        "tooltip": [{"field": name} for name in ("when", "figure", "period", "count")],
    }
