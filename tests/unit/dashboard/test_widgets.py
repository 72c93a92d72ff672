"""What a widget's template is given."""

from __future__ import annotations

import datetime as dt

from loguro_async import Timeseries, TimeseriesPoint
from loguro_async.dashboard.view import View
from loguro_async.dashboard.widgets import series_of
from loguro_async.query.filters import Filter


def view(*, compare: bool) -> View:
    return View(range="7d", wish=Filter(), filter=Filter(), compare=compare, typed="")


def point(day: int, pageviews: int, before: int | None = None) -> TimeseriesPoint:
    return TimeseriesPoint(
        bucket=dt.datetime(2026, 6, day, tzinfo=dt.UTC),
        pageviews=pageviews,
        visitors=pageviews // 2,
        sessions=pageviews,
        previous_pageviews=before,
        previous_visitors=before,
    )


SERIES = Timeseries(items=(point(1, 10, 40), point(2, 20)), bucket="day")


def test_a_series_has_a_line_and_a_column_for_each_count() -> None:
    found = series_of(SERIES, view(compare=False))
    assert [(line.name, line.points) for line in found.lines] == [
        ("Pageviews", "0.00,50.00 100.00,0.00"),
        ("Visitors", "0.00,75.00 100.00,50.00"),
    ]
    assert found.buckets == (("01 Jun 2026", (10, 5)), ("02 Jun 2026", (20, 10)))
    assert found.most == 20


def test_compared_it_has_those_of_the_period_before_as_far_as_they_are_known() -> None:
    found = series_of(SERIES, view(compare=True))
    names = ["Pageviews", "Visitors", "Pageviews before", "Visitors before"]
    assert [line.name for line in found.lines] == names
    assert found.lines[2].points == "0.00,0.00"
    assert found.buckets[1] == ("02 Jun 2026", (20, 10, None, None))
    assert found.most == 40


def test_nothing_is_drawn_of_a_period_before_that_nobody_knows() -> None:
    alone = Timeseries(items=(point(1, 10),), bucket="day")
    assert series_of(alone, view(compare=True)) == series_of(alone, view(compare=False))


def test_a_series_of_nothing_has_no_buckets() -> None:
    assert series_of(Timeseries(items=(), bucket="day"), view(compare=True)).buckets == ()


def test_a_long_series_is_thinned_out_in_its_picture_only() -> None:
    long = Timeseries(items=(point(1, 10, 10),) * 1_001, bucket="day")
    found = series_of(long, view(compare=True))
    assert len(found.buckets) == 1_001
    assert len(found.lines[0].points.split()) == 334
