"""Deadlines of many, kept by one timer."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from loguro_async.pipeline.cache.alarms import Alarms
from tests.virtual_time import in_virtual_time, run

if TYPE_CHECKING:
    from collections.abc import Callable


class Rung:
    """Notes who was called, and when."""

    def __init__(self) -> None:
        self.at: dict[object, float] = {}

    def __call__(self, who: object) -> None:
        self.at[who] = now()


def now() -> float:
    return asyncio.get_running_loop().time()


def timers() -> int:
    scheduled = vars(asyncio.get_running_loop())["_scheduled"]
    return sum(not handle.cancelled() for handle in scheduled)


@given(
    st.dictionaries(
        st.integers(0, 30), st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=30
    )
)
def test_each_who_was_not_cleared_is_called_once_at_its_time(
    waits: dict[int, tuple[int, bool]],
) -> None:
    async def main() -> None:
        alarms, rung = Alarms(now), Rung()
        for who, (seconds, _) in waits.items():
            alarms.set(who, seconds, rung)
        for who, (_, is_cleared) in waits.items():
            if is_cleared:
                alarms.clear(who)
        await asyncio.sleep(60)
        assert rung.at == {who: seconds for who, (seconds, cleared) in waits.items() if not cleared}
        assert timers() == 0

    run(main)


@in_virtual_time
async def test_a_thousand_waits_have_one_timer_and_none_is_left_over() -> None:
    alarms, rung = Alarms(now), Rung()
    for number in range(1000):
        alarms.set(number, 30.0 + number, rung)
    assert timers() == 1
    alarms.set("sooner", 1.0, rung)
    assert timers() == 1
    alarms.stop()
    assert timers() == 0


@in_virtual_time
async def test_one_who_waits_for_ever_is_never_called() -> None:
    alarms, rung = Alarms(now), Rung()
    alarms.set("patient", math.inf, rung)
    assert timers() == 0
    alarms.set("hasty", 1.0, rung)
    await asyncio.sleep(5)
    assert rung.at == {"hasty": 1.0}
    assert timers() == 0


@in_virtual_time
async def test_a_call_back_may_set_and_clear() -> None:
    alarms, rung = Alarms(now), Rung()

    def again(who: object) -> None:
        rung(who)
        alarms.clear("other")
        alarms.set("next", 2.0, rung)

    ring: Callable[[object], None] = again
    alarms.set("first", 1.0, ring)
    alarms.set("other", 1.5, rung)
    await asyncio.sleep(5)
    assert rung.at == {"first": 1.0, "next": 2.0}
