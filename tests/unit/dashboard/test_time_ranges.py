"""Windows of time: which one each choice means, and what is before and after it."""

from __future__ import annotations

import datetime as dt

import pytest

from loguro_async import Between, InvalidQueryError
from loguro_async.dashboard.access import RANGE_NAMES, Access, ForbiddenError
from loguro_async.dashboard.time_ranges import TimeRange, requested_range

NOW = dt.datetime(2026, 6, 11, 22, 3, 30, tzinfo=dt.UTC)
EVERYTHING = Access(project="local", ranges=RANGE_NAMES, timezone="Europe/Bucharest")


def named(name: str, access: Access = EVERYTHING) -> TimeRange:
    return requested_range(name, "", "", access, NOW)


def dates(first: str, last: str, access: Access = EVERYTHING) -> TimeRange:
    return requested_range("", first, last, access, NOW)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def test_days_begin_at_midnight_of_the_viewer() -> None:
    # It is 1:03 on 12 June in Bucharest, three hours before UTC.
    assert named("today").value == Between(at(11, 21), at(11, 22, 5))
    assert named("yesterday").value == Between(at(10, 21), at(11, 21))
    assert named("month").first == dt.date(2026, 6, 1)
    assert dates("2026-06-02", "2026-06-03").value == Between(at(1, 21), at(3, 21))


@pytest.mark.parametrize("name", ["1h", "24h", "7d", "30d", "3m", "12m", "all"])
def test_chips_are_sent_unchanged(name: str) -> None:
    assert named(name).value == name
    assert named(name).query() == {"range": name}


def test_loads_within_five_minutes_share_a_window() -> None:
    later = requested_range("today", "", "", EVERYTHING, NOW + dt.timedelta(seconds=80))
    assert later == named("today")


def test_a_window_leads_to_those_beside_it() -> None:
    today = dt.date(2026, 6, 12)
    week = named("7d")
    assert week.before() == (dt.date(2026, 5, 30), dt.date(2026, 6, 5))
    assert week.after(today) is None
    past = dates("2026-05-30", "2026-06-05")
    assert past.after(today) == (dt.date(2026, 6, 6), today)
    assert named("month").before() == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert named("all").before() is None


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", "2026-06-01"),
        ("2026-06-03", "2026-06-01"),
        ("2026-02-30", "2026-06-01"),
        ("1e9", "x"),
        ("2027-01-01", "2027-01-02"),
        ("\N{ARABIC-INDIC DIGIT TWO}" * 10, ""),
    ],
)
def test_wrong_dates_are_refused(first: str, last: str) -> None:
    with pytest.raises(InvalidQueryError):
        dates(first, last)


@pytest.mark.parametrize("date", ["0001-01-01", "1999-12-31"])
def test_dates_before_all_data_are_refused(date: str) -> None:
    with pytest.raises(ForbiddenError):
        dates(date, "2026-06-01")


def test_custom_dates_reach_back_as_far_as_the_other_choices() -> None:
    access = Access(project="local", ranges=("7d", "30d", "custom"))
    assert dates("2026-05-12", "2026-05-13", access).first == dt.date(2026, 5, 12)
    with pytest.raises(ForbiddenError):
        dates("2026-05-11", "2026-05-13", access)
    with pytest.raises(ForbiddenError):
        dates("2026-06-10", "2026-06-11", Access(project="local", ranges=("7d",)))


def test_the_first_range_is_shown_where_none_is_requested() -> None:
    assert named("", Access(project="local", ranges=("30d", "7d"))).name == "30d"
    assert named("", Access(project="local", ranges=("custom",))).first == dt.date(2026, 6, 11)
