"""The time axis of a series: readable dates, hours with their day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.charts.buckets import Interval

_MOST_TICKS: Final = 12
_HOUR_STEPS: Final = (1, 2, 3, 4, 6, 12, 24)


def time_axis(starts: Sequence[dt.datetime], interval: Interval) -> dict[str, Any]:
    """Returns the axis of buckets that begin at these moments, oldest first."""
    # The labels are a table: Vega's interpreter, which pages use, cannot format dates.
    spans_years = starts[0].year != starts[-1].year
    ticks = _ticks(starts, interval)
    labels = {
        str(_wall_ms(start)): _tick_label(start, interval, spans_years=spans_years)
        for start in ticks
    }
    return {
        "grid": False,
        "labelExpr": f"{msgspec.json.encode(labels).decode()}[+datum.value]",
        "labelOverlap": True,
        "labelSeparation": 6,
        "values": [_date_time(start) for start in ticks],
    }


def _tick_label(start: dt.datetime, interval: Interval, *, spans_years: bool) -> list[str]:
    if interval == "hour":
        return [f"{start:%H:%M}", f"{start:%d %b}"]
    if interval == "month":
        return [f"{start:%b %Y}"]
    return [f"{start:%d %b}", f"{start:%Y}"] if spans_years else [f"{start:%d %b}"]


def _ticks(starts: Sequence[dt.datetime], interval: Interval) -> Sequence[dt.datetime]:
    step = -(-len(starts) // _MOST_TICKS)
    if interval != "hour":
        return starts[::step]
    hours = next((one for one in _HOUR_STEPS if one >= step), -(-step // 24) * 24)
    if hours > _HOUR_STEPS[-1]:
        return [start for start in starts if start.hour == 0][:: hours // 24]
    return [start for start in starts if start.hour % hours == 0] or starts[:1]


def _date_time(at: dt.datetime) -> dict[str, Any]:
    """Returns the local time in Vega-Lite's format."""
    return {
        "year": at.year,
        "month": at.month,
        "date": at.day,
        "hours": at.hour,
        "minutes": at.minute,
        "utc": True,
    }


def _wall_ms(at: dt.datetime) -> int:
    """Returns the local time as milliseconds since 1970, as if it were in UTC."""
    return round(at.replace(tzinfo=dt.UTC).timestamp() * 1000)
