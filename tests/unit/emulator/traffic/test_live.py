from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async.emulator.cancellation import CancellationToken, WorkCancelledError
from loguro_async.emulator.ranges import DAY_MS, HOUR_MS
from loguro_async.emulator.store import Statement, Store
from loguro_async.emulator.traffic.live import LiveTraffic

if TYPE_CHECKING:
    from collections.abc import Iterator

START_MS = 1_781_172_000_000


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store({"local": [], "shop": []})
    yield store
    store.close()


def traffic(store: Store, per_minute: float, token: CancellationToken | None = None) -> LiveTraffic:
    return LiveTraffic(
        store,
        ("local", "shop"),
        events_per_minute=per_minute,
        seed=1,
        start_ms=START_MS,
        cancellation=token or CancellationToken(),
    )


async def times(store: Store, project: str) -> list[int]:
    source = store.source(project, 0, START_MS + 400 * DAY_MS, START_MS + 400 * DAY_MS)
    sql = f"SELECT epoch_ms(timestamp) AS ms, id FROM ({source.sql}) ORDER BY ms"  # noqa: S608 - its own
    rows = await store.rows(Statement(sql, source.parameters))
    assert len({row["id"] for row in rows}) == len(rows)
    return [row["ms"] for row in rows]


async def test_each_hour_has_its_events(store: Store) -> None:
    live = traffic(store, 0.5)
    assert live.covers(START_MS)
    assert not live.covers(START_MS + 1)
    live.extend(START_MS + 1)
    assert live.covers(START_MS + HOUR_MS)
    live.extend(START_MS + 3 * HOUR_MS)
    live.extend(START_MS + 2 * HOUR_MS)  # a clock that goes back adds nothing
    for project in ("local", "shop"):
        found = await times(store, project)
        assert all(START_MS <= time_ms < START_MS + 3 * HOUR_MS for time_ms in found)
        hours = [(time_ms - START_MS) // HOUR_MS for time_ms in found]
        assert [hours.count(hour) for hour in range(3)] == [30, 30, 30]
    assert await times(store, "local") != await times(store, "shop")


async def test_a_low_rate_is_met_over_several_hours(store: Store) -> None:
    live = traffic(store, 1 / 120)
    for hour in range(1, 9):
        live.extend(START_MS + hour * HOUR_MS)
    assert len(await times(store, "local")) == 4


async def test_several_hours_at_once_are_the_same_as_one_after_the_other(store: Store) -> None:
    steps = traffic(store, 1)
    for hour in range(1, 6):
        steps.extend(START_MS + hour * HOUR_MS)
    other = Store({"local": [], "shop": []})
    traffic(other, 1).extend(START_MS + 5 * HOUR_MS)
    assert await times(store, "local") == await times(other, "local")
    other.close()


async def test_a_jump_of_the_clock_gets_the_last_seven_days(store: Store) -> None:
    live = traffic(store, 0.05)
    end_ms = START_MS + 300 * DAY_MS
    live.extend(end_ms)
    found = await times(store, "local")
    assert len(found) == 0.05 * 60 * 24 * 7
    assert found[0] >= end_ms - 7 * DAY_MS


async def test_it_can_be_cancelled(store: Store) -> None:
    token = CancellationToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        traffic(store, 1, token).extend(START_MS + HOUR_MS)
    assert await times(store, "local") == []
