from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from loguro_async.emulator.behaviour import Behaviour
from loguro_async.emulator.errors import ApiError
from loguro_async.emulator.ranges import (
    DAY_MS,
    HOUR_MS,
    Window,
    chip_window,
    custom_window,
    milliseconds,
    parse_time,
    recent_window,
    requested_chip,
    requested_seconds,
    time_text,
    whole_window,
)

NOW_MS = milliseconds(datetime(2026, 6, 11, 10, tzinfo=UTC))
DEFAULT = Behaviour()


def custom(start: str, end: str, behaviour: Behaviour = DEFAULT) -> Window:
    window = custom_window({"from": start, "to": end}, behaviour)
    assert window is not None
    return window


def test_the_range_of_the_reference() -> None:
    assert chip_window("7d", NOW_MS, DEFAULT).describe() == {
        "chip": "7d",
        "from": "2026-06-04T10:00:00.000Z",
        "to": "2026-06-11T10:00:00.000Z",
        "bucket": "day",
        "hasPrevious": True,
    }


@pytest.mark.parametrize(
    ("chip", "hours", "bucket", "buckets"),
    [
        ("1h", 1, "hour", 1),
        ("24h", 24, "hour", 24),
        ("7d", 7 * 24, "day", 8),
        ("30d", 30 * 24, "day", 31),
        ("3m", 90 * 24, "day", 91),
        ("12m", 365 * 24, "day", 366),
    ],
)
def test_each_chip_has_its_length_and_buckets(
    chip: str, hours: int, bucket: str, buckets: int
) -> None:
    window = chip_window(chip, NOW_MS, DEFAULT)
    assert window.length_ms == hours * HOUR_MS
    assert window.previous_start_ms == window.start_ms - hours * HOUR_MS
    assert (window.bucket, len(window.bucket_starts())) == (bucket, buckets)


def test_buckets_are_aligned_and_cover_the_window() -> None:
    starts = custom("2026-06-10T22:30:00Z", "2026-06-11T01:00:00Z").bucket_starts()
    assert [time_text(start_ms)[11:16] for start_ms in starts] == ["22:00", "23:00", "00:00"]


def test_an_event_at_the_end_needs_a_bucket_if_it_counts() -> None:
    window = custom("2026-06-10T22:30:00Z", "2026-06-11T01:00:00Z", Behaviour(to_inclusive=True))
    assert time_text(window.bucket_starts()[-1]) == "2026-06-11T01:00:00.000Z"


@pytest.mark.parametrize(("hours", "bucket"), [(48, "hour"), (49, "day")])
def test_a_custom_window_has_hours_up_to_two_days(hours: int, bucket: str) -> None:
    end = time_text(NOW_MS + hours * HOUR_MS)
    assert custom(time_text(NOW_MS), end).bucket == bucket
    assert custom(time_text(NOW_MS), end, Behaviour(hourly_up_to_hours=0)).bucket == "day"
    assert custom(time_text(NOW_MS), end, Behaviour(hourly_up_to_hours=100)).bucket == "hour"


@pytest.mark.parametrize(
    ("behaviour", "first_ms", "end_ms"),
    [
        (Behaviour(), 0, DAY_MS),
        (Behaviour(to_inclusive=True), 0, DAY_MS + 1),
        (Behaviour(from_inclusive=False), 1, DAY_MS),
        (Behaviour(from_inclusive=False, to_inclusive=True), 1, DAY_MS + 1),
    ],
)
def test_bounds_count_as_the_options_say(behaviour: Behaviour, first_ms: int, end_ms: int) -> None:
    window = custom(time_text(0), time_text(DAY_MS), behaviour)
    assert (window.start_ms, window.end_ms) == (first_ms, end_ms)
    assert (window.from_ms, window.to_ms) == (0, DAY_MS)
    assert window.start_ms - window.previous_start_ms == DAY_MS


def test_a_window_of_no_length_is_empty() -> None:
    midnight = time_text(NOW_MS // DAY_MS * DAY_MS)
    window = custom(midnight, midnight)
    assert window.start_ms == window.end_ms
    assert list(window.bucket_starts()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-11T09:59:02.000Z", "2026-06-11T09:59:02.000Z"),
        ("2026-06-11T12:59:02.1239+03:00", "2026-06-11T09:59:02.123Z"),
        ("2026-06-11", "2026-06-11T00:00:00.000Z"),
        ("2026-06-11T09:59", "2026-06-11T09:59:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_iso_timestamps_are_parsed(text: str, expected: str) -> None:
    time_ms = parse_time(text)
    assert time_ms is not None
    assert time_text(time_ms) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "1781172000",
        "2026-13-01",
        "2026-06-11T25:00Z",
        "2026-06-11T10:00 02:00",  # a plus sign that was not escaped
        "2026-06-11\0",
        "0001-01-01T00:00+01:00",
        "9999-12-31T23:59-01:00",
    ],
)
def test_an_invalid_time_is_none(text: str | None) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-06-01"},
        {"to": "2026-06-01"},
        {"from": "2026-06-01", "to": "soon"},
        {"from": "2026-06-02", "to": "2026-06-01"},
    ],
)
def test_bounds_that_are_not_both_valid_and_in_order_are_ignored(query: dict[str, str]) -> None:
    assert custom_window(query, Behaviour(strict=True)) is None


def test_a_window_that_leaves_out_both_bounds_does_not_end_before_it_starts() -> None:
    window = custom(time_text(NOW_MS), time_text(NOW_MS), Behaviour(from_inclusive=False))
    assert window.start_ms == window.end_ms


def test_an_unknown_chip_is_the_default_or_an_error() -> None:
    assert requested_chip({}, Behaviour(strict=True)) == "24h"
    assert requested_chip({"range": "all"}, Behaviour(strict=True)) == "all"
    assert requested_chip({"range": "2w"}, DEFAULT) == "24h"
    with pytest.raises(ApiError, match="Invalid range"):
        requested_chip({"range": "2w"}, Behaviour(strict=True))


def test_all_starts_at_the_first_event_and_has_no_previous_period() -> None:
    window = whole_window(NOW_MS - DAY_MS, NOW_MS, Behaviour(from_inclusive=False))
    assert (window.start_ms, window.end_ms) == (NOW_MS - DAY_MS, NOW_MS)
    assert window.previous_start_ms == window.start_ms
    assert window.describe()["hasPrevious"] is False


@pytest.mark.parametrize("first_ms", [None, NOW_MS + 1])
def test_all_without_events_is_empty(first_ms: int | None) -> None:
    window = whole_window(first_ms, NOW_MS, DEFAULT)
    assert window.start_ms == window.end_ms == NOW_MS
    assert len(window.bucket_starts()) <= 1


def test_recent_activity_ends_now() -> None:
    window = recent_window(60_000, NOW_MS, DEFAULT)
    assert (window.start_ms, window.end_ms) == (NOW_MS - 60_000, NOW_MS)


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ({}, 86_400.0),
        ({"range": "7d"}, 7 * 86_400.0),
        ({"range": "nonsense"}, 86_400.0),
        ({"range": "all"}, math.inf),
        ({"from": "2026-06-01T00:00:00Z", "to": "2026-06-01T00:00:01.5Z", "range": "7d"}, 1.5),
        ({"from": "2026-06-02T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, 86_400.0),
    ],
)
def test_the_length_of_the_window_of_a_request(query: dict[str, str], seconds: float) -> None:
    assert requested_seconds(query) == seconds
