from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from loguro_async.emulator.clock import Clock
from loguro_async.emulator.ranges import milliseconds

NOW = datetime(2026, 6, 11, 10, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)


def test_a_clock_with_a_time_stands_still_until_it_is_moved() -> None:
    clock = Clock(NOW)
    assert clock.now == clock.now == NOW
    clock.advance(90.5)
    assert clock.now == NOW + timedelta(seconds=90.5)
    clock.now = NOW - timedelta(days=1)
    assert clock.now == NOW - timedelta(days=1)


def test_a_clock_without_a_time_runs_on_after_it_is_moved() -> None:
    clock = Clock(None)
    earlier = datetime.now(UTC)
    assert earlier <= clock.now <= datetime.now(UTC)
    clock.advance(3_600)
    first = clock.now
    assert first - datetime.now(UTC) > timedelta(minutes=59)
    while clock.now == first:  # an ordinary clock goes on within microseconds
        pass


def test_setting_the_time_of_a_running_clock_makes_it_stand_still() -> None:
    clock = Clock(None)
    clock.now = NOW
    assert clock.now == clock.now == NOW


@pytest.mark.parametrize("seconds", [-1, -0.001, math.inf, math.nan])
def test_a_clock_advances_only_forward(seconds: float) -> None:
    clock = Clock(NOW)
    with pytest.raises(ValueError, match="seconds must be 0 or greater, got"):
        clock.advance(seconds)
    assert clock.now == NOW


def test_a_time_without_a_zone_is_an_error() -> None:
    clock = Clock(NOW)
    with pytest.raises(ValueError, match="pass an aware datetime"):
        Clock(NAIVE)
    with pytest.raises(ValueError, match="pass an aware datetime"):
        clock.now = NAIVE
    assert clock.now == NOW


def test_windows_end_after_an_event_of_the_same_millisecond() -> None:
    clock = Clock(NOW)
    now_ms = milliseconds(NOW)
    assert clock.window_end_ms() == now_ms
    assert clock.stamp_ms() == now_ms
    assert clock.window_end_ms() == now_ms + 1
    clock.advance(0.001)
    assert clock.window_end_ms() == now_ms + 1
    clock.advance(1)
    assert clock.window_end_ms() == now_ms + 1_001
