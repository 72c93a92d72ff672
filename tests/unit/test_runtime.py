from __future__ import annotations

import datetime as dt
import time

import msgspec
import pytest

from loguro_async import ClientStats
from loguro_async.pipeline.stats import Counters
from loguro_async.runtime import Runtime


def test_by_default_the_clock_never_goes_back() -> None:
    assert Runtime().clock is time.monotonic


def test_by_default_now_is_the_present_moment_in_utc() -> None:
    before = dt.datetime.now(dt.UTC)
    now = Runtime().now()
    assert before <= now <= dt.datetime.now(dt.UTC)
    assert now.tzinfo is dt.UTC


async def test_by_default_chance_and_sleep_are_real() -> None:
    runtime = Runtime()
    draws = {runtime.random() for _ in range(20)}
    assert len(draws) > 1
    assert all(0 <= draw < 1 for draw in draws)
    await runtime.sleep(0)


def test_runtime_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Runtime().clock = time.time  # type: ignore[misc]


def test_counting_begins_at_nothing() -> None:
    assert {getattr(Counters(), name) for name in Counters.__slots__} == {0}


def test_everything_counted_is_in_the_statistics() -> None:
    counted = set(Counters.__slots__)
    told = {field.name for field in msgspec.structs.fields(ClientStats)}
    assert told - counted == {"cache_entries", "cache_bytes", "outage_seconds"}
    assert counted < told


def test_statistics_cannot_be_changed() -> None:
    stats = ClientStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    with pytest.raises(AttributeError):
        stats.requests = 0  # type: ignore[misc]
