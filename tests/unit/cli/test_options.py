"""Options that several commands share."""

from __future__ import annotations

import datetime as dt

import pytest

from loguro_async import Between, InvalidQueryError
from loguro_async.cli.options import asked_date, asked_days, asked_range


def test_a_chip_is_a_range() -> None:
    assert asked_range("7d", None, None, "UTC") == "7d"


def test_nothing_is_the_endpoint_s_own() -> None:
    assert asked_range(None, None, None, "UTC") is None


def test_dates_are_midnights_of_the_zone() -> None:
    assert asked_range(None, "2026-06-01", "2026-06-08", "Europe/Bucharest") == Between(
        dt.datetime(2026, 5, 31, 21, tzinfo=dt.UTC), dt.datetime(2026, 6, 7, 21, tzinfo=dt.UTC)
    )


def test_a_time_with_an_offset_is_what_it_says() -> None:
    assert asked_range(
        None, "2026-06-01T00:00Z", "2026-06-01T12:30+02:00", "Asia/Tokyo"
    ) == Between(
        dt.datetime(2026, 6, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, 10, 30, tzinfo=dt.UTC)
    )


@pytest.mark.parametrize(
    ("start", "end", "tz", "message"),
    [
        ("2026-06-01", None, "UTC", "belong together"),
        (None, "2026-06-01", "UTC", "belong together"),
        ("soon", "2026-06-01", "UTC", "--from is 'soon'"),
        ("2026-06-01", "2026-06-02", "../etc/passwd", "--tz is"),
        ("2026-06-02", "2026-06-01", "UTC", "not after its start"),
    ],
)
def test_what_cannot_be_read_is_refused(
    start: str | None, end: str | None, tz: str, message: str
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        asked_range(None, start, end, tz)


def test_a_date_is_a_date() -> None:
    assert asked_date("--from", "2026-06-01") == dt.date(2026, 6, 1)
    with pytest.raises(InvalidQueryError, match="--from is '1 June'"):
        asked_date("--from", "1 June")


@pytest.mark.parametrize(
    ("start", "end", "last", "yesterday", "message"),
    [
        (None, None, None, False, "give either --from and --to"),
        ("2026-06-01", "2026-06-02", "7d", False, "give either --from and --to"),
        (None, None, "7d", True, "give either --from and --to"),
        ("2026-06-01", None, None, False, "--from and --to belong together"),
        (None, None, "0d", False, "--last must be a number of days, such as 7d, got '0d'"),
        (None, None, "1h", False, "--last must be a number of days, such as 7d, got '1h'"),
    ],
)
def test_days_are_asked_for_in_one_way(
    start: str | None,
    end: str | None,
    last: str | None,
    yesterday: bool,  # noqa: FBT001 - a parameter of the test
    message: str,
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        asked_days(start, end, last, yesterday=yesterday, tz="UTC")
