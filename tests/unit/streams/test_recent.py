"""Which recent events are new, and when a poll may have left some out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import pytest

from loguro_async import Between, Event, RecentEvent, RecentEvents
from loguro_async.decoding import decode
from loguro_async.endpoints import RECENT_EVENTS
from loguro_async.streams.recent import Gap, RecentTracker

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
TICK = dt.timedelta(milliseconds=1)


def poll(seconds: Iterable[int]) -> RecentEvents:
    events = [RecentEvent(id=f"e{n}", timestamp=NOW + n * SECOND) for n in sorted(seconds)]
    return RecentEvents(tuple(reversed(events)))


def without_ids(*visitors: str, now: int) -> RecentEvents:
    rows = [
        {"visitor_id": visitor, "timestamp": NOW.isoformat(), "secondsAgo": now}
        for visitor in visitors
    ]
    return decode(RECENT_EVENTS, msgspec.json.encode({"items": rows}))


def tracker(*first: RecentEvents) -> RecentTracker:
    made = RecentTracker(dt.timedelta(minutes=5))
    for recent in first:
        made.update(recent)
    return made


def test_rows_without_ids_are_known_by_the_fields_that_stay() -> None:
    made = tracker(without_ids("a", "b", now=0))
    assert made.update(without_ids("a", "b", now=5)).events == []
    assert [one.visitor_id for one in made.update(without_ids("c", "a", "b", now=6)).events] == [
        "c"
    ]


def test_equal_rows_without_ids_are_counted() -> None:
    made = tracker(without_ids("a", now=0))
    assert len(made.update(without_ids("a", "a", "a", now=5)).events) == 2
    assert made.update(without_ids("a", "a", now=6)).events == []


def test_a_row_that_is_listed_twice_comes_once() -> None:
    recent = poll([1, 2])
    assert len(tracker(poll([1])).update(RecentEvents(recent.items * 2)).events) == 1


@pytest.mark.parametrize("rows", [10, 200, 500])
def test_a_poll_without_any_known_row_leaves_a_gap_after_the_newest_known_one(rows: int) -> None:
    news = tracker(poll([0, 1, 2])).update(poll(range(40, 40 + rows)))
    assert news.gap == Gap(Between(NOW + 2 * SECOND, NOW + 40 * SECOND + TICK))
    assert len(news.events) == rows


def test_a_first_full_poll_after_empty_ones_may_have_left_out_the_window_before() -> None:
    news = tracker(poll([]), poll([])).update(poll(range(200)))
    assert news.gap == Gap(Between(NOW + 199 * SECOND - dt.timedelta(minutes=5), NOW + TICK))


def test_a_poll_that_reaches_down_to_what_is_known_leaves_no_gap() -> None:
    assert tracker(poll([0])).update(poll(range(500))).gap is None
    assert tracker(poll([])).update(poll(range(9))).gap is None
    assert tracker().update(poll(range(500))).gap is None


def test_an_event_of_the_future_does_not_hide_a_gap() -> None:
    news = tracker(poll([0, 999_999])).update(poll([*range(40, 100), 999_999]))
    assert news.gap == Gap(Between(NOW, NOW + 40 * SECOND + TICK))


def test_a_long_absence_leaves_a_gap_however_few_rows_came() -> None:
    made = tracker(poll([0]))
    gap = made.update(poll([400]), unseen_seconds=301).gap
    assert gap == Gap(Between(NOW, NOW + 400 * SECOND + TICK))


def test_rows_without_ids_leave_a_gap_that_cannot_be_read() -> None:
    made = tracker(without_ids("a", now=0))
    rows = without_ids(*[f"v{n}" for n in range(10)], now=1)
    assert made.update(rows).gap == Gap(None)


def test_a_missed_event_is_compared_as_recent_events_are() -> None:
    made = tracker(without_ids("a", now=0))
    fields = (None, "pageview", "/", "https://e.example/", "b", "s")
    missed = Event(*fields, NOW)
    assert made.add(missed) == RecentEvent(
        event_type="pageview",
        path="/",
        url="https://e.example/",
        visitor_id="b",
        session_id="s",
        timestamp=NOW,
    )
    assert made.add(missed) is None
