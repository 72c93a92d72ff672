from __future__ import annotations

import datetime as dt
import pickle

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import Between, iso
from tests.calls import a_request

ZONES = (
    "UTC",
    "Europe/Bucharest",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Auckland",
)
zones = st.sampled_from(ZONES)
DAYS = dt.timedelta(days=2)
EARLIEST = dt.datetime.min  # noqa: DTZ901 - the strategy adds the zones
LATEST = dt.datetime.max  # noqa: DTZ901 - the same
# Some way away from the calendar's ends, where changing the zone leaves the calendar.
moments = st.datetimes(EARLIEST + DAYS, LATEST - DAYS, timezones=st.timezones() | st.just(dt.UTC))
dates = st.dates(dt.date(1980, 1, 1), dt.date(2090, 1, 1))


@given(moments, moments, st.timezones())
def test_equal_instants_make_equal_windows(
    one: dt.datetime, other: dt.datetime, zone: dt.tzinfo
) -> None:
    start, end = sorted((one.astimezone(dt.UTC), other.astimezone(dt.UTC)))
    assume(start < end)
    here = Between(start, end)
    there = Between(start.astimezone(zone), end.astimezone(zone))

    assert here == there
    assert hash(here) == hash(there)
    assert a_request(range=here) == a_request(range=there)
    assert pickle.loads(pickle.dumps(there)) == here  # noqa: S301 - made here


@given(moments, moments)
def test_a_window_has_its_end_after_its_start(one: dt.datetime, other: dt.datetime) -> None:
    start, end = one.astimezone(dt.UTC), other.astimezone(dt.UTC)
    if start < end:
        window = Between(one, other)
        assert (window.start, window.end) == (start, end)
        assert window.start.tzinfo is window.end.tzinfo is dt.UTC
    else:
        with pytest.raises(InvalidQueryError, match="not after its start"):
            Between(one, other)


@given(st.datetimes(), moments)
def test_naive_datetimes_are_refused(naive: dt.datetime, aware: dt.datetime) -> None:
    with pytest.raises(InvalidQueryError, match="no time zone"):
        Between(naive, aware)
    with pytest.raises(InvalidQueryError, match="no time zone"):
        Between(aware, naive)


@given(moments)
def test_a_written_timestamp_is_the_same_instant(moment: dt.datetime) -> None:
    text = iso(moment)

    assert dt.datetime.fromisoformat(text) == moment.astimezone(dt.UTC)
    assert text.endswith("Z")


@given(dates, zones)
def test_days_adjoin_and_begin_at_midnight(date: dt.date, zone: str) -> None:
    today = Between.day(date, tz=zone)
    tomorrow = Between.day(date + dt.timedelta(days=1), tz=zone)

    assert today.end == tomorrow.start
    assert dt.timedelta(hours=23) <= today.end - today.start <= dt.timedelta(hours=25)


@given(st.integers(1980, 2090), st.integers(1, 12), zones)
def test_a_month_is_all_of_its_days(year: int, month: int, zone: str) -> None:
    whole = Between.month(year, month, tz=zone)
    first = dt.date(year, month, 1)
    next_month = dt.date(year + month // 12, month % 12 + 1, 1)
    last = next_month - dt.timedelta(days=1)

    assert whole.start == Between.day(first, tz=zone).start
    assert whole.end == Between.day(last, tz=zone).end


@given(moments, st.timedeltas(dt.timedelta(microseconds=1), dt.timedelta(days=1)))
def test_between_last_ends_at_the_last_full_minute(now: dt.datetime, length: dt.timedelta) -> None:
    window = Between.last(length, now=now)

    assert window.end - window.start == length
    assert dt.timedelta(0) <= now.astimezone(dt.UTC) - window.end < dt.timedelta(minutes=1)
    assert window.end.second == window.end.microsecond == 0
    assert Between.last(length, now=window.end) == window
