from __future__ import annotations

import datetime as dt
import itertools
import os
import subprocess
import sys
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import CHIPS, Between, iso, range_parameters

Odd: TypeAlias = Any  # a value that the signature does not allow

HOUR = dt.timedelta(hours=1)
BUCHAREST = ZoneInfo("Europe/Bucharest")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


def test_equal_instants_in_two_zones_are_one_window() -> None:
    here = Between(utc(2026, 6, 1, 9), utc(2026, 6, 2, 9))
    there = Between(
        dt.datetime(2026, 6, 1, 12, tzinfo=BUCHAREST), dt.datetime(2026, 6, 2, 12, tzinfo=BUCHAREST)
    )

    assert here == there
    assert hash(here) == hash(there)
    assert range_parameters(here) == range_parameters(there)
    assert there.start.tzinfo is dt.UTC


def test_a_window_cannot_be_changed() -> None:
    window = Between(utc(2026, 6, 1), utc(2026, 6, 2))
    with pytest.raises(AttributeError):
        window.start = utc(2026, 6, 3)  # type: ignore[misc]


class NowhereZone(dt.tzinfo):
    """A time zone that does not say how far from UTC it is."""

    def utcoffset(self, _moment: dt.datetime | None) -> None:
        return None

    dst = utcoffset

    def tzname(self, _moment: dt.datetime | None) -> str:
        return "nowhere"


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize("zone", [None, NowhereZone()])
def test_naive_datetimes_are_refused(name: str, zone: dt.tzinfo | None) -> None:
    moments = {"start": utc(2026, 6, 1), "end": utc(2026, 6, 2)}
    moments[name] = moments[name].replace(tzinfo=zone)
    with pytest.raises(InvalidQueryError, match=f"{name} .* has no time zone; add one"):
        Between(**moments)


@pytest.mark.parametrize("value", [None, "2026-06-01", 0, dt.date(2026, 6, 1)])
def test_only_datetimes_bound_a_window(value: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="give a timezone-aware datetime"):
        Between(value, utc(2026, 6, 2))
    with pytest.raises(InvalidQueryError, match="give a timezone-aware datetime"):
        Between(utc(2026, 6, 1), value)


@pytest.mark.parametrize("end", [utc(2026, 6, 1), utc(2026, 5, 31)])
def test_a_window_needs_an_end_after_its_start(end: dt.datetime) -> None:
    with pytest.raises(InvalidQueryError, match="not after its start"):
        Between(utc(2026, 6, 1), end)


@pytest.mark.parametrize(
    ("date", "zone", "hours"),
    [
        (dt.date(2026, 6, 11), "Europe/Bucharest", 24),
        (dt.date(2026, 3, 29), "Europe/Bucharest", 23),
        (dt.date(2026, 10, 25), "Europe/Bucharest", 25),
        (dt.date(2018, 11, 4), "America/Sao_Paulo", 23),  # its midnight never came
        (dt.date(2026, 11, 1), "America/Havana", 25),  # its midnight came twice
        (dt.date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (dt.date(2028, 2, 29), "UTC", 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(date: dt.date, zone: str, hours: float) -> None:
    window = Between.day(date, tz=zone)

    assert window.end - window.start == hours * HOUR
    assert window == Between.day(date, tz=ZoneInfo(zone))


def test_a_day_begins_at_its_zone_s_midnight() -> None:
    assert Between.day(dt.date(2026, 6, 11), tz="Europe/Bucharest").start == utc(2026, 6, 10, 21)
    assert Between.day(dt.date(2026, 6, 11)) == Between(utc(2026, 6, 11), utc(2026, 6, 12))
    fixed = dt.timezone(dt.timedelta(hours=-3))
    assert Between.day(dt.date(2026, 6, 11), tz=fixed).start == utc(2026, 6, 11, 3)


def test_a_day_that_a_zone_left_out_is_refused() -> None:
    with pytest.raises(InvalidQueryError, match="not after its start"):
        Between.day(dt.date(2011, 12, 30), tz="Pacific/Apia")


@pytest.mark.parametrize("date", [utc(2026, 6, 11), "2026-06-11", None])
def test_a_day_is_a_date(date: Odd) -> None:
    with pytest.raises(InvalidQueryError, match=r"give a datetime\.date"):
        Between.day(date)


@pytest.mark.parametrize(
    ("year", "month", "days"),
    [(2026, 1, 31), (2026, 2, 28), (2028, 2, 29), (2026, 4, 30), (2026, 12, 31), (1, 1, 31)],
)
def test_a_month_ends_where_the_next_begins(year: int, month: int, days: int) -> None:
    window = Between.month(year, month)

    assert window.start == utc(year, month, 1)
    assert window.end - window.start == dt.timedelta(days=days)


def test_a_month_with_a_change_of_the_clock() -> None:
    march = Between.month(2026, 3, tz="Europe/Bucharest")

    assert march.start == utc(2026, 2, 28, 22)
    assert march.end == utc(2026, 3, 31, 21)


@pytest.mark.parametrize(
    ("year", "month"),
    [(2026, 0), (2026, 13), (0, 1), (10_000, 1), (10**30, 1), (2026, "6"), (None, 6), (2026, 6.0)],
)
def test_a_month_that_is_none_is_refused(year: Odd, month: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="there is no month"):
        Between.month(year, month)


def test_the_calendar_s_ends() -> None:
    first = Between.day(dt.date.min)
    assert range_parameters(first)[0] == ("from", "0001-01-01T00:00:00.000Z")
    assert Between.day(dt.date(9999, 12, 30)).end == utc(9999, 12, 31)
    with pytest.raises(InvalidQueryError, match="past the calendar's end"):
        Between.day(dt.date.max)
    with pytest.raises(InvalidQueryError, match="past the calendar's end"):
        Between.month(9999, 12)
    with pytest.raises(InvalidQueryError, match=r"start .* outside the calendar"):
        Between.day(dt.date.min, tz="Asia/Tokyo")
    with pytest.raises(InvalidQueryError, match=r"end .* outside the calendar"):
        Between(utc(2026, 1, 1), dt.datetime.max.replace(tzinfo=ZoneInfo("America/New_York")))


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "Europe", "../UTC", "/etc/localtime", "\0", "x" * 300, None, 3, []]
)
def test_a_zone_that_is_none_is_refused(zone: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="is no time zone"):
        Between.day(dt.date(2026, 6, 11), tz=zone)


def test_calls_within_a_minute_share_the_time_just_gone() -> None:
    early = Between.last(2 * HOUR, now=utc(2026, 6, 11, 10, 5))
    late = Between.last(2 * HOUR, now=utc(2026, 6, 11, 10, 5, 59, 999_999))

    assert early == late == Between(utc(2026, 6, 11, 8, 5), utc(2026, 6, 11, 10, 5))
    assert early != Between.last(2 * HOUR, now=utc(2026, 6, 11, 10, 6))


def test_the_time_just_gone_ends_now() -> None:
    before = dt.datetime.now(dt.UTC)
    end = Between.last(HOUR).end
    after = dt.datetime.now(dt.UTC)

    assert before - dt.timedelta(minutes=1) < end <= after


@pytest.mark.parametrize("length", [dt.timedelta(0), -HOUR, 3600, None, "1h"])
def test_the_time_just_gone_has_a_length(length: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="give a timedelta above 0"):
        Between.last(length, now=utc(2026, 6, 11))


def test_the_time_just_gone_stays_in_the_calendar() -> None:
    with pytest.raises(InvalidQueryError, match="before the calendar's beginning"):
        Between.last(dt.timedelta.max, now=utc(2026, 6, 11))
    with pytest.raises(InvalidQueryError, match=r"now .* has no time zone"):
        Between.last(HOUR, now=dt.datetime(2026, 6, 11))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (utc(2026, 6, 1), "2026-06-01T00:00:00.000Z"),
        (utc(2026, 6, 1, 1, 2, 3, 45_000), "2026-06-01T01:02:03.045Z"),
        (utc(2026, 6, 1, 1, 2, 3, 45_001), "2026-06-01T01:02:03.045001Z"),
        (dt.datetime(2026, 6, 1, 1, tzinfo=BUCHAREST), "2026-05-31T22:00:00.000Z"),
        (utc(1, 1, 1), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_timestamps_are_written_as_the_reference_does(moment: dt.datetime, text: str) -> None:
    assert iso(moment) == text


def test_a_window_is_sent_as_the_reference_s_example() -> None:
    assert range_parameters(Between(utc(2026, 6, 1), utc(2026, 6, 8))) == (
        ("from", "2026-06-01T00:00:00.000Z"),
        ("to", "2026-06-08T00:00:00.000Z"),
    )


@pytest.mark.parametrize("chip", ["1h", "24h", "7d", "30d", "3m", "12m", "all"])
def test_a_chip_is_sent_as_it_is(chip: str) -> None:
    assert chip in CHIPS
    assert range_parameters(chip) == (("range", chip),)


@pytest.mark.parametrize("value", ["", "7D", "8d", " 7d", "7d ", 7, None, True, ["7d"], HOUR])
def test_an_unknown_chip_is_refused_and_the_known_are_named(value: object) -> None:
    with pytest.raises(InvalidQueryError, match="1h, 24h, 7d, 30d, 3m, 12m, all"):
        range_parameters(value)


NOW = utc(2026, 6, 10, 22, 30, 15)  # in Bucharest, the 11th has begun


@pytest.mark.parametrize(
    ("window", "first", "after_last"),
    [
        (Between.today(tz=BUCHAREST, now=NOW), dt.date(2026, 6, 11), dt.date(2026, 6, 12)),
        (Between.yesterday(tz=BUCHAREST, now=NOW), dt.date(2026, 6, 10), dt.date(2026, 6, 11)),
        (Between.week(tz=BUCHAREST, now=NOW), dt.date(2026, 6, 8), dt.date(2026, 6, 15)),
        (
            Between.week(dt.date(2026, 3, 1), tz=BUCHAREST),
            dt.date(2026, 2, 23),
            dt.date(2026, 3, 2),
        ),
        (Between.year(tz=BUCHAREST, now=NOW), dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
        (Between.year(2024, tz=BUCHAREST), dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
        (Between.last(days=14, tz=BUCHAREST, now=NOW), dt.date(2026, 5, 28), dt.date(2026, 6, 11)),
        (Between.last(days=1, tz=BUCHAREST, now=NOW), dt.date(2026, 6, 10), dt.date(2026, 6, 11)),
    ],
)
def test_windows_of_the_calendar_begin_and_end_at_midnight_of_their_zone(
    window: Between, first: dt.date, after_last: dt.date
) -> None:
    midnight = dt.time(tzinfo=BUCHAREST)
    assert window.start == dt.datetime.combine(first, midnight)
    assert window.end == dt.datetime.combine(after_last, midnight)


def test_windows_of_the_calendar_are_in_utc_and_about_now_where_nothing_is_said() -> None:
    before = dt.datetime.now(dt.UTC).date()
    windows = [Between.today(), Between.week(), Between.year()]
    after = dt.datetime.now(dt.UTC).date()

    assert windows[0] in {Between.day(before), Between.day(after)}
    assert all(one.start <= dt.datetime.now(dt.UTC) for one in windows)
    assert Between.last(days=1) == Between.yesterday()


@pytest.mark.parametrize("days", [0, -1, 1.5, "14", True])
def test_a_number_of_days_is_a_whole_one(days: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="days must be a whole number, 1 or greater"):
        Between.last(days=days)


def test_a_length_or_days_but_not_both() -> None:
    with pytest.raises(InvalidQueryError, match="not both"):
        Between.last(HOUR, days=1)
    with pytest.raises(InvalidQueryError, match="days=14"):
        Between.last()


@pytest.mark.parametrize("year", [0, 9_999, 10_000, "2026", 1.5])
def test_a_year_must_be_in_the_calendar(year: Odd) -> None:
    with pytest.raises(InvalidQueryError):
        Between.year(year)


@pytest.mark.parametrize("date", ["2026-06-01", utc(2026, 6, 1), 7])
def test_a_week_is_found_by_a_date(date: Odd) -> None:
    with pytest.raises(InvalidQueryError, match="is not a date"):
        Between.week(date)


def test_the_window_before_is_as_long_and_ends_where_this_one_starts() -> None:
    window = Between(utc(2026, 6, 8), utc(2026, 6, 15))

    assert window.previous() == Between(utc(2026, 6, 1), utc(2026, 6, 8))
    with pytest.raises(InvalidQueryError, match="before the calendar"):
        Between(utc(1, 1, 2), utc(2026, 1, 1)).previous()


def test_the_days_of_a_window_join_without_a_gap_and_the_outer_ones_are_cut() -> None:
    window = Between(utc(2026, 3, 27, 12), utc(2026, 3, 30, 12))
    days = window.days(BUCHAREST)

    assert [day.start.astimezone(BUCHAREST).date().day for day in days] == [27, 28, 29, 30]
    assert days[2].end - days[2].start == 23 * HOUR  # clocks go forward
    assert (days[0].start, days[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(days))
    assert window.days() == window.days("UTC")


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/Santiago", "Africa/Cairo"])
def test_days_go_on_where_a_midnight_or_a_whole_day_is_left_out(zone: str) -> None:
    window = Between(utc(2011, 1, 1), utc(2012, 1, 2))
    days = window.days(zone)

    assert len(days) in {366, 367}
    assert (days[0].start, days[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(days))


WITHOUT_A_DATABASE = """
import datetime as dt, sys
sys.modules["tzdata"] = None
from loguro_async import Between, InvalidQueryError
day = Between.day(dt.date(2026, 6, 1), tz="UTC")
assert day == Between.day(dt.date(2026, 6, 1))
try:
    Between.day(dt.date(2026, 6, 1), tz="Europe/Bucharest")
except InvalidQueryError as error:
    print(error)
"""


def test_without_a_time_zone_database_utc_works_and_a_name_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_A_DATABASE],
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "no time zone database; install one: pip install tzdata" in done.stdout
