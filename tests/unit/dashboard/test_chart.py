"""The chart's geometry: round axes, gaps, single points, peaks, and buckets that are not over."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import Timeseries, TimeseriesPoint
from loguro_async.dashboard.access import Access
from loguro_async.dashboard.chart import Chart, chart_of, nice_step
from loguro_async.dashboard.locale import Locale
from loguro_async.dashboard.view_state import view_state
from loguro_async.text import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
TODAY = NOW.replace(hour=0)


def series(
    counts: Mapping[int, int | None], before: int | None = None, bucket: str = "day"
) -> Timeseries:
    """A series of visitors by how many buckets ago."""
    width = dt.timedelta(**{f"{bucket}s": 1})
    start = TODAY if bucket == "day" else NOW
    return Timeseries(
        items=tuple(
            TimeseriesPoint(
                bucket=start - ago * width,
                visitors=count,
                pageviews=count and 2 * count,
                sessions=count,
                previous_visitors=before,
            )
            for ago, count in sorted(counts.items(), reverse=True)
        ),
        bucket=bucket,
    )


def chart(made: Timeseries, **asked: str) -> Chart:
    access = Access(project="local", ranges=("all",))
    return chart_of(made, view_state(asked, access, {}, NOW), Locale("en-GB", "UTC"), NOW)


def test_axes_have_round_numbers_and_readable_dates() -> None:
    found = chart(series({ago: 10 * ago for ago in range(30)}))
    assert [tick.text for tick in found.y_ticks] == ["0", "100", "200", "300"]
    assert [tick.at for tick in found.y_ticks] == pytest.approx([100, 66.67, 33.33, 0])
    assert found.x_ticks[0].text == "13 May"
    assert len(found.x_ticks) <= 8
    assert found.points[0].when == "Wed, 13 May 2026"


def test_hours_have_their_day() -> None:
    found = chart(series(dict.fromkeys(range(24), 5), bucket="hour"))
    texts = [tick.text for tick in found.x_ticks]
    assert texts[0] == "10 Jun, 11:00"
    assert sum("11 Jun" in text for text in texts) == 1
    assert found.points[-1].when == "Thu 11 Jun, 10:00"
    assert found.intervals == ()


def test_labels_of_uneven_buckets_keep_their_distance() -> None:
    found = chart(series({29: 1, 28: 1, 27: 1, 12: 1, 11: 1, 10: 1, 1: 1}))
    places = [tick.at for tick in found.x_ticks]
    assert len(places) > 2
    assert all(later - earlier >= 9 for earlier, later in pairwise(places))


def test_labels_of_years_have_the_year() -> None:
    found = chart(series(dict.fromkeys(range(1, 1_101), 10)), interval="day")
    assert found.x_ticks[0].text == "Jun 2023"


@given(most=st.integers(1, 10**15))
def test_steps_are_round_and_few(most: int) -> None:
    step = nice_step(most)
    assert str(step).strip("0") in {"1", "2", "5"}
    assert 1 <= -(-most // step) <= 5


def test_figures_of_twelve_digits_fit_the_axis() -> None:
    found = chart(series({1: 123_456_789_012, 2: 5}))
    assert [tick.text for tick in found.y_ticks] == ["0", "50B", "100B", "150B"]
    assert found.points[1].count == "123,456,789,012"


def test_a_peak_is_never_lost() -> None:
    for ago in (3, 121, 400, 600, 1_099):
        found = chart(series({**dict.fromkeys(range(1, 1_101), 10), ago: 5_000}))
        assert found.interval == "month"
        assert min(point.y for point in found.points if point.y is not None) < 20
        assert len(found.points) < 40
        days = chart(series({**dict.fromkeys(range(1, 1_101), 10), ago: 5_000}), interval="day")
        assert [point.count for point in days.points].count("5,000") == 1


def test_days_are_joined_by_what_they_sum_to() -> None:
    found = chart(series(dict.fromkeys(range(200), 10), before=4), interval="week", compare="1")
    assert found.is_sum
    assert (found.points[3].count, found.points[3].previous) == ("70", "28")
    assert found.points[3].when.startswith("Week of ")
    assert not chart(series({1: 1, 200: 1}), metric="pageviews").is_sum


def test_a_count_that_is_not_known_is_a_gap_and_never_0() -> None:
    found = chart(series({5: 10, 4: 20, 3: None, 2: 10, 1: 20, 0: None}))
    assert [point.count for point in found.points] == ["10", "20", NOTHING, "10", "20", NOTHING]
    assert [point.y for point in found.points] == [50.0, 0.0, None, 50.0, 0.0, None]
    assert found.line == "M0 500L200 0M600 500L800 0"
    assert found.area == "M0 1000L0 500L200 0L200 1000ZM600 1000L600 500L800 0L800 1000Z"
    assert found.unfinished == ""
    lonely = chart(series({3: None, 2: 10, 1: None}))
    assert [point.is_alone for point in lonely.points if point.y is not None] == [True]
    assert [point.count for point in chart(series({2: None, 1: None})).points] == [NOTHING, NOTHING]


def test_joined_days_with_one_that_is_not_known_are_not_known() -> None:
    days = {**dict.fromkeys(range(70), 10), **dict.fromkeys(range(14, 35)), 40: None}
    counts = [point.count for point in chart(series(days), interval="week").points]
    assert NOTHING in counts
    assert not {"0", "60"} & set(counts)  # no sum of a part of the days
    assert "70" in counts


def test_a_single_bucket_is_a_visible_point() -> None:
    found = chart(series({1: 10}))
    assert [(point.x, point.is_alone) for point in found.points] == [(50.0, True)]
    assert found.shows_dots


def test_gaps_stay_gaps_and_points_between_them_are_marked() -> None:
    found = chart(series({29: 10, 28: 20, 15: 5, 2: 10, 1: 10}))
    assert found.line.count("M") == 3
    assert [point.is_alone for point in found.points] == [False, False, True, False, False]
    assert found.points[1].x == pytest.approx(100 / 28, abs=0.01)


def test_a_day_of_25_hours_is_no_gap() -> None:
    made = series({3: 1, 2: 1, 1: 1})
    moved = tuple(
        TimeseriesPoint(
            bucket=point.bucket + (dt.timedelta(hours=1) if place == 2 else dt.timedelta()),
            visitors=1,
            pageviews=1,
            sessions=1,
        )
        for place, point in enumerate(made.items)
    )
    assert chart(Timeseries(items=moved, bucket="day")).line.count("M") == 1


def test_buckets_of_an_unknown_width_have_gaps_where_steps_are_longer() -> None:
    minutes = (0, 15, 30, 90, 105)
    points = tuple(
        TimeseriesPoint(
            bucket=TODAY + dt.timedelta(minutes=minute), visitors=1, pageviews=1, sessions=1
        )
        for minute in minutes
    )
    assert chart(Timeseries(items=points, bucket="quarter")).line.count("M") == 2


def test_a_bucket_that_is_not_over_is_dashed() -> None:
    found = chart(series({2: 10, 1: 10, 0: 3}))
    assert [point.is_unfinished for point in found.points] == [False, False, True]
    assert found.line.count("L") == 1
    assert found.unfinished.startswith("M500 ")


def test_the_period_before_is_drawn_if_it_is_requested_and_known() -> None:
    assert chart(series({2: 1, 1: 1}, before=40)).previous == ""
    found = chart(series({2: 10, 1: 10}, before=40), compare="1")
    assert found.has_previous
    assert found.previous == "M0 0L1000 0"
    assert not chart(series({2: 10, 1: 10}), compare="1").has_previous


def test_nothing_and_noughts() -> None:
    assert chart(Timeseries(items=(), bucket="day")).points == ()
    found = chart(series({2: 0, 1: 0}))
    assert [tick.text for tick in found.y_ticks] == ["0", "1"]
    assert found.line == "M0 1000L1000 1000"
