"""The series, and the period before it."""

from __future__ import annotations

from typing import Any

import pytest

from loguro_async import Timeseries
from loguro_async.charts import chart, to_svg
from loguro_async.charts.series import with_previous
from tests.unit.charts.samples import series


def texts(spec: dict[str, Any]) -> list[str]:
    return [row["text"] for row in spec["data"]["values"] if "text" in row]


@pytest.mark.parametrize("buckets", [1, 2, 31, 32, 400])
def test_each_bucket_has_a_row_for_each_figure_and_period(buckets: int) -> None:
    spec = chart(series(buckets))
    assert len(spec["data"]["values"]) == buckets * 3 * 2
    assert to_svg(spec).startswith("<svg")


def test_without_buckets_it_says_so() -> None:
    assert texts(chart(series(0))) == ["No data in this range"]


def test_without_a_period_before_there_is_one_layer_and_no_legend_of_periods() -> None:
    spec = chart(series(3, previous=False))
    assert len(spec["layer"]) == 1
    assert spec["encoding"]["strokeDash"]["legend"] is None


def test_the_period_before_is_drawn_behind() -> None:
    spec = chart(series(3))
    behind, before = (layer["transform"][0]["filter"]["equal"] for layer in spec["layer"])
    assert (behind, before) == ("the one before", "this period")


def test_another_series_can_be_the_period_before_bucket_by_bucket() -> None:
    now, before = series(3, previous=False), series(2, previous=False, scale=2)
    joined = with_previous(now, before)
    assert [point.previous_visitors for point in joined.items] == [
        before.items[0].visitors,
        before.items[1].visitors,
        None,
    ]
    assert [point.visitors for point in joined.items] == [point.visitors for point in now.items]
    assert chart(now, previous=before) == chart(joined)


def test_what_the_period_before_has_more_of_has_no_counterpart() -> None:
    joined = with_previous(series(2), series(9, previous=False, scale=3))
    assert len(joined.items) == 2
    assert joined.items[1].previous_pageviews == series(9, scale=3).items[1].pageviews


def test_it_takes_the_place_of_what_the_series_said_itself() -> None:
    joined = with_previous(series(3), Timeseries((), "day"))
    assert {point.previous_sessions for point in joined.items} == {None}


def test_a_single_bucket_is_a_point_and_many_are_a_line() -> None:
    few, many = chart(series(31)), chart(series(32))
    assert few["layer"][1]["mark"]["point"]
    assert "point" not in many["layer"][1]["mark"]
    assert chart(series(1))["layer"][0]["mark"]["point"]


def test_where_nothing_happened_the_axis_still_has_a_top() -> None:
    assert chart(series(3, scale=0))["encoding"]["y"]["scale"] == {"domainMin": 0, "domainMax": 1}


@pytest.mark.parametrize(
    ("shown", "clock"),
    [
        (series(24, hourly=True), "%H:%M"),
        (series(30), "%d %b"),
        (series(400), "%b %Y"),
    ],
)
def test_the_time_axis_says_what_tells_buckets_apart(shown: Timeseries, clock: str) -> None:
    assert chart(shown)["encoding"]["x"]["axis"]["format"] == clock


def test_hours_are_those_of_utc_wherever_it_is_drawn() -> None:
    spec = chart(series(2, hourly=True))
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}
    assert spec["data"]["values"][0]["at"] == "2026-06-04T00:00:00Z"
    assert spec["data"]["values"][0]["when"] == "04 Jun 2026, 00:00 UTC"
