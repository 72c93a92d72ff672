from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from loguro_async import Between, Count, Event, EventList, Timeseries, TimeseriesPoint
from loguro_async.endpoints import COUNT, EVENTS
from loguro_async.pipeline.cuts import Cut, EventSum, SeriesSum

if TYPE_CHECKING:
    from loguro_async.query.request import Query

NOON = dt.datetime(2026, 6, 4, 12, tzinfo=dt.UTC)
WEEK = Between(NOON, NOON + dt.timedelta(days=7))
TICK = dt.timedelta(milliseconds=1)
HALVES = Cut(NOON, WEEK, WEEK)


def day(number: int, pageviews: int, previous: int | None = None) -> TimeseriesPoint:
    bucket = dt.datetime(2026, 6, number, tzinfo=dt.UTC)
    return TimeseriesPoint(bucket, pageviews, pageviews, pageviews, previous, previous, previous)


def series(*days: TimeseriesPoint, bucket: str = "day") -> Timeseries:
    return Timeseries(days, bucket)


def an_event(name: str) -> Event:
    return Event(name, "pageview", "/", "https://a.example/", "v", "s", NOON)


class Counting:
    """Says how many events there are around each moment that is looked at."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.asked: list[Query] = []

    async def __call__(self, query: Query) -> Count:
        self.asked.append(query)
        return Count(self.counts.pop(0) if self.counts else 0)


async def test_events_are_cut_in_the_middle_where_nothing_happens_around_it() -> None:
    counting = Counting()
    cut = await EventSum(COUNT.query("local", (WEEK, "path:/a")), counting).cut(WEEK)
    middle = NOON + dt.timedelta(days=3.5)
    assert cut is not None
    assert cut.at == middle
    assert (cut.older, cut.newer) == (Between(WEEK.start, middle), Between(middle, WEEK.end))
    assert [query.window for query in counting.asked] == [Between(middle - TICK, middle + TICK)]
    assert ("filter", "path:/a") in counting.asked[0].sent


async def test_a_busy_moment_is_passed_over_for_the_next_quiet_one() -> None:
    counting = Counting(2, 1, 0)
    cut = await EventSum(COUNT.query("local", (WEEK, None)), counting).cut(WEEK)
    assert cut is not None
    assert cut.at > NOON + dt.timedelta(days=3.5)
    assert len(counting.asked) == 3


async def test_where_something_happens_all_the_time_there_is_no_cut() -> None:
    counting = Counting(*[1] * 20)
    assert await EventSum(COUNT.query("local", (WEEK, None)), counting).cut(WEEK) is None
    assert len(counting.asked) == 8


async def test_a_window_of_milliseconds_is_not_cut() -> None:
    window = Between(NOON, NOON + 2 * TICK)
    counting = Counting()
    assert await EventSum(COUNT.query("local", (window, None)), counting).cut(window) is None
    assert counting.asked == []


async def test_counts_add_up() -> None:
    rows = EventSum(COUNT.query("local", (WEEK, None)), Counting())
    assert await rows.add(Count(3), Count(4), HALVES) == Count(7)


async def test_lists_keep_their_limit_and_what_their_count_means() -> None:
    rows = EventSum(EVENTS.query("local", (WEEK, None, 3)), Counting())
    older, newer = EventList((), 0), EventList((), 0)
    assert await rows.add(older, newer, HALVES) == EventList((), 0)
    assert (await rows.add(EventList((), 12), EventList((), 30), HALVES)).count == 42


@pytest.mark.parametrize(("counted", "rows"), [(1, 2), (2, 1)])
async def test_older_rows_follow_only_a_list_that_is_whole(counted: int, rows: int) -> None:
    async def count(_query: Query) -> Count:
        return Count(counted)

    lists = EventSum(EVENTS.query("local", (WEEK, None, 3)), count)
    older, newer = (EventList((an_event(name),), 1) for name in ("older", "newer"))
    added = await lists.add(older, newer, HALVES)
    assert len(added.items) == added.count == rows


async def test_series_are_cut_at_the_beginning_of_a_day() -> None:
    cut = await SeriesSum().cut(WEEK)
    midnight = dt.datetime(2026, 6, 8, tzinfo=dt.UTC)
    assert cut is not None
    assert cut.at == midnight
    assert cut.older == Between(WEEK.start, midnight)
    assert cut.newer == Between(midnight - TICK, WEEK.end)


async def test_a_series_within_one_day_is_not_cut() -> None:
    assert await SeriesSum().cut(Between(NOON, NOON + dt.timedelta(hours=10))) is None


async def test_each_day_is_taken_from_the_side_that_has_it_whole() -> None:
    older = series(day(6, 1), day(7, 2), day(8, 9))
    newer = series(day(7, 9), day(8, 3), day(9, 4))
    midnight = dt.datetime(2026, 6, 8, tzinfo=dt.UTC)
    added = await SeriesSum().add(older, newer, Cut(midnight, WEEK, WEEK))
    assert [point.pageviews for point in added.items] == [1, 2, 3, 4]


async def test_hours_do_not_add_up_to_days() -> None:
    hours = series(day(8, 1), bucket="hour")
    assert await SeriesSum().add(series(day(7, 1)), hours, HALVES) is None


def test_the_period_before_is_asked_for_where_the_service_tells_of_one() -> None:
    sums = SeriesSum()
    assert sums.compared_with(series(day(8, 1)), WEEK) is None
    before = sums.compared_with(series(day(8, 1, previous=5)), WEEK)
    assert before == Between(NOON - dt.timedelta(days=7), NOON)


def test_each_day_gets_its_counterpart_of_the_period_before() -> None:
    answer = series(day(11, 1, 99), day(12, 2, 99))
    compared = SeriesSum().compare(answer, series(day(4, 7)), WEEK)
    assert [point.previous_pageviews for point in compared.items] == [7, 0]
    assert [point.visitors for point in compared.items] == [1, 2]


def test_without_whole_days_there_are_no_counterparts() -> None:
    window = Between(NOON, NOON + dt.timedelta(days=6, hours=5))
    assert SeriesSum().compare(series(day(11, 1, 2)), series(day(4, 7)), window) is None
