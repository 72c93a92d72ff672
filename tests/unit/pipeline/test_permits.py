"""Permits: first come, first served, interactive calls before background work."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from loguro_async import DeadlineExceededError
from loguro_async.pipeline.permits import Permits
from tests.calls import a_call, a_request
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call


def permits_of(limit: int, rate: float | None = None) -> Permits:
    return Permits(limit, rate, asyncio.get_running_loop().time)


def call(*, deadline: float = 1e6, max_outage: float | None = None) -> Call:
    clock = asyncio.get_running_loop().time
    return a_call(deadline=deadline, clock=clock, max_outage=max_outage)


async def take(permits: Permits, order: list[str], name: str, one: Call | None = None) -> None:
    one = one or call(max_outage=300.0 if name.startswith("batch") else None)
    if not permits.try_acquire(one):
        await permits.acquire(one)
    order.append(name)


async def pass_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@in_virtual_time
async def test_a_free_permit_is_taken_at_once() -> None:
    permits = permits_of(1)
    assert permits.try_acquire(call())
    assert not permits.try_acquire(call())
    permits.release()
    assert permits.try_acquire(call())


@in_virtual_time
async def test_permits_go_to_those_who_came_first() -> None:
    permits, order = permits_of(2), list[str]()
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "abcd"]
    await pass_the_loop()
    assert order == ["a", "b"]
    for _ in range(2):
        permits.release()
    await asyncio.gather(*tasks)
    assert order == list("abcd")


@in_virtual_time
async def test_a_new_call_does_not_overtake_those_that_wait() -> None:
    permits, order = permits_of(1), list[str]()
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "ab"]
    await pass_the_loop()
    permits.release()
    assert not permits.try_acquire(call())
    await asyncio.gather(*tasks)
    assert order == ["a", "b"]


@in_virtual_time
async def test_background_work_comes_after_all_others() -> None:
    permits, order = permits_of(1), list[str]()
    names = ("first", "batch 1", "page 1", "batch 2", "page 2")
    tasks = [asyncio.create_task(take(permits, order, name)) for name in names]
    for _ in range(4):
        await pass_the_loop()
        permits.release()
    await asyncio.gather(*tasks)
    assert order == ["first", "page 1", "page 2", "batch 1", "batch 2"]


@in_virtual_time
async def test_a_cancelled_call_takes_no_permit() -> None:
    permits, order = permits_of(1), list[str]()
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "abc"]
    await pass_the_loop()
    tasks[1].cancel()
    await pass_the_loop()
    permits.release()
    await tasks[2]
    assert order == ["a", "c"]


@pytest.mark.parametrize("is_granted_first", [True, False])
def test_a_call_cancelled_as_it_gets_its_permit_passes_it_on(*, is_granted_first: bool) -> None:
    @in_virtual_time
    async def cancel() -> None:
        permits, order = permits_of(1), list[str]()
        tasks = [asyncio.create_task(take(permits, order, name)) for name in "abc"]
        await pass_the_loop()
        steps: list[Callable[[], object]] = [permits.release, tasks[1].cancel]
        for step in steps if is_granted_first else reversed(steps):
            step()
        await tasks[2]
        assert order == ["a", "c"]
        permits.release()
        assert permits.in_use == 0

    cancel()


@in_virtual_time
async def test_a_lower_limit_takes_effect_as_permits_are_returned() -> None:
    permits, order = permits_of(2), list[str]()
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "abc"]
    await pass_the_loop()
    permits.limit = 1
    permits.release()
    await pass_the_loop()
    assert order == ["a", "b"]
    permits.release()
    await asyncio.gather(*tasks)


@in_virtual_time
async def test_a_higher_limit_takes_effect_at_once() -> None:
    permits, order = permits_of(1), list[str]()
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "abc"]
    await pass_the_loop()
    permits.limit = 3
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c"]


@in_virtual_time
async def test_a_rate_spreads_permits_evenly() -> None:
    permits, times = permits_of(64, rate=4.0), list[float]()

    async def send() -> None:
        await take(permits, [], "a")
        times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(send() for _ in range(5)))
    assert times == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])


@in_virtual_time
async def test_interactive_calls_go_first_under_a_rate_too() -> None:
    permits, order = permits_of(64, rate=1.0), list[str]()
    batch = [asyncio.create_task(take(permits, order, f"batch {n}")) for n in range(20)]
    await asyncio.sleep(2.5)
    await take(permits, order, "page")
    assert order[-2:] == ["batch 2", "page"]
    assert asyncio.get_running_loop().time() == pytest.approx(3.0)
    for task in batch:
        task.cancel()


@in_virtual_time
async def test_a_turn_that_a_cancelled_call_did_not_use_is_given_back() -> None:
    permits, order = permits_of(64, rate=1.0), list[str]()
    await take(permits, order, "a")
    tasks = [asyncio.create_task(take(permits, order, name)) for name in "bc"]
    await pass_the_loop()
    tasks[0].cancel()
    await tasks[1]
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)


@in_virtual_time
async def test_a_permit_goes_only_to_a_call_that_can_still_finish() -> None:
    permits, order = permits_of(1), list[str]()
    permits.note_latency(a_request(), 2.0)
    await take(permits, order, "first")
    late = asyncio.create_task(take(permits, order, "late", call(deadline=11.0)))
    patient = asyncio.create_task(take(permits, order, "patient", call(deadline=100.0)))
    await asyncio.sleep(10.0)
    permits.release()
    with pytest.raises(DeadlineExceededError) as caught:
        await late
    await patient
    assert order == ["first", "patient"]
    assert re.search(r"10\.0 s waiting for a permit \(Limits\.concurrency=1\)", str(caught.value))
    assert "nothing was sent" in str(caught.value)


@in_virtual_time
async def test_a_call_that_finds_a_free_permit_gets_it_however_slow_the_service_was() -> None:
    permits = permits_of(1)
    permits.note_latency(a_request(), 50.0)
    assert permits.try_acquire(call(deadline=1.0))


@in_virtual_time
async def test_waiting_does_not_count_against_the_deadline_of_background_work() -> None:
    permits, order = permits_of(1), list[str]()
    batch = call(deadline=5.0, max_outage=300.0)
    await take(permits, order, "first")
    waiting = asyncio.create_task(take(permits, order, "batch", batch))
    await asyncio.sleep(60.0)
    permits.release()
    await waiting
    assert batch.deadline.seconds_left == pytest.approx(5.0)


@pytest.mark.parametrize("slow_range", ["12m", "24h"])
def test_a_slow_query_does_not_speak_for_quick_ones(slow_range: str) -> None:
    @in_virtual_time
    async def wait() -> None:
        permits, order = permits_of(1), list[str]()
        permits.note_latency(a_request(range=slow_range), 20.0)
        permits.note_latency(a_request(), 0.1)
        await take(permits, order, "first")
        second = asyncio.create_task(take(permits, order, "second", call(deadline=5.0)))
        await pass_the_loop()
        permits.release()
        await second
        assert order == ["first", "second"]

    wait()
