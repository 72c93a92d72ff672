"""Periods and time zones of the options."""

from __future__ import annotations

import datetime as dt
import sys
import zoneinfo

import pytest

from loguro_async import Between, InvalidQueryError
from loguro_async.cli.periods import parse_days, parse_range, parse_zone


def test_a_chip_is_a_range() -> None:
    assert parse_range("7d", None, None, "UTC") == "7d"


def test_nothing_is_the_endpoint_s_own() -> None:
    assert parse_range(None, None, None, "UTC") is None


def test_dates_are_midnights_of_the_zone() -> None:
    assert parse_range(None, "2026-06-01", "2026-06-08", "Europe/Bucharest") == Between(
        dt.datetime(2026, 5, 31, 21, tzinfo=dt.UTC), dt.datetime(2026, 6, 7, 21, tzinfo=dt.UTC)
    )


def test_a_time_with_an_offset_is_what_it_says() -> None:
    assert parse_range(
        None, "2026-06-01T00:00Z", "2026-06-01T12:30+02:00", "Asia/Tokyo"
    ) == Between(
        dt.datetime(2026, 6, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, 10, 30, tzinfo=dt.UTC)
    )


@pytest.mark.parametrize(
    ("start", "end", "tz", "message"),
    [
        ("2026-06-01", None, "UTC", "give both --from and --to"),
        (None, "2026-06-01", "UTC", "give both --from and --to"),
        ("soon", "2026-06-01", "UTC", "--from is 'soon'"),
        ("2026-06-01", "2026-06-02", "../etc/passwd", "--tz is"),
        (None, None, "Nowhere/Nope", "--tz is 'Nowhere/Nope'"),
        ("2026-06-02", "2026-06-01", "UTC", "not after its start"),
    ],
)
def test_what_cannot_be_read_is_refused(
    start: str | None, end: str | None, tz: str, message: str
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        parse_range(None, start, end, tz)


def days(*options: str | None, yesterday: bool = False, tz: str = "UTC") -> tuple[dt.date, dt.date]:
    start, end, last = options
    return parse_days(start, end, last, yesterday=yesterday, tz=tz)


def test_days_are_those_of_the_options() -> None:
    first, after = dt.date(2026, 6, 1), dt.date(2026, 6, 4)
    assert days("2026-06-01", "2026-06-04", None) == (first, after)


@pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_last_and_yesterday_are_counted_from_today_in_the_zone(tz: str) -> None:
    today = dt.datetime.now(zoneinfo.ZoneInfo(tz)).date()
    tomorrow = today + dt.timedelta(days=1)
    assert days(None, None, "7d", tz=tz) == (today - dt.timedelta(days=7), tomorrow)
    assert days(None, None, None, yesterday=True, tz=tz) == (today - dt.timedelta(days=1), today)


@pytest.mark.parametrize(
    ("start", "end", "last", "message"),
    [
        (None, None, None, "give either"),
        ("2026-06-01", "2026-06-02", "7d", "give either"),
        ("2026-06-01", None, None, "give both --from and --to"),
        ("1 June", "2026-06-02", None, "--from is '1 June'"),
        (None, None, "0d", "--last must be a number of days, such as 7d, got '0d'"),
        (None, None, "7", "--last must be"),
        (None, None, "\u0661d", "--last must be"),
    ],
)
def test_days_that_cannot_be_read_are_refused(
    start: str | None, end: str | None, last: str | None, message: str
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        days(start, end, last)


def test_utc_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tzdata.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(())
    zoneinfo.ZoneInfo.clear_cache()
    try:
        assert parse_zone("UTC") is dt.UTC
        with pytest.raises(InvalidQueryError, match=r"no time zone database.*tzdata"):
            parse_zone("Europe/Bucharest")
    finally:
        zoneinfo.reset_tzpath(before)
