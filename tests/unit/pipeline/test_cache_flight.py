"""A load in the task of its caller: its end, its deadline, and those who join it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from loguro_async import ClientClosedError, Count, LoguroClient, QueryFailedError
from loguro_async.endpoints import COUNT
from loguro_async.pipeline.cache import SharedAnswers
from loguro_async.pipeline.cache.entry import CacheKey
from loguro_async.pipeline.cache.flight import Flight, OwnFlight
from loguro_async.pipeline.cache.store import Store
from loguro_async.pipeline.call import Call
from tests.unit.wire import Reply, Wire, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from loguro_async.models.responses import Response

SEVEN = Reply(body=b'{"count":7}', seconds=1.0)


class Landing:
    def __init__(self, deadline: float = 10.0) -> None:
        query = COUNT.query("local", (None, None))
        clock = asyncio.get_running_loop().time
        store = Store(max_bytes=10**6, max_entries=10, clock=clock)
        self.landed: list[Flight] = []
        self.flight = OwnFlight(
            CacheKey(
                "https://logu.ro", b"token", query.slug, query.endpoint, query.path, query.meant
            ),
            Call(COUNT, query, deadline),
            None,
            SharedAnswers(store, clock),
            landed=self.landed.append,
        )


async def seven_in_a_second(_call: Call) -> Response:
    await asyncio.sleep(1.0)
    return Count(7)


@in_virtual_time
async def test_who_joins_gets_the_same_answer() -> None:
    landing = Landing()
    flying = asyncio.create_task(landing.flight.fly(seven_in_a_second))
    await asyncio.sleep(0)
    assert await landing.flight.wait(10.0)
    assert await flying
    assert landing.flight.answer() == Count(7)
    assert landing.landed == [landing.flight]


@in_virtual_time
async def test_each_gets_an_error_of_its_own() -> None:
    async def fail(_call: Call) -> Response:
        raise QueryFailedError(500)

    flight = Landing().flight
    assert await flight.fly(fail)
    errors: list[BaseException] = []
    for _ in range(2):
        with pytest.raises(QueryFailedError) as caught:
            flight.answer()
        errors.append(caught.value)
    assert errors[0] is not errors[1]


@in_virtual_time
async def test_its_deadline_abandons_it_and_leaves_its_caller_uncancelled() -> None:
    flight = Landing(deadline=0.5).flight
    assert not await flight.fly(seven_in_a_second)
    assert flight.is_abandoned
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(5)


@in_virtual_time
async def test_a_cancellation_of_its_caller_goes_on_to_its_caller() -> None:
    landing = Landing()
    flying = asyncio.create_task(landing.flight.fly(seven_in_a_second))
    await asyncio.sleep(0.1)
    flying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flying
    assert landing.flight.is_abandoned
    assert landing.landed == [landing.flight]


@in_virtual_time
async def test_a_stopped_one_was_closed_for_all() -> None:
    flight = Landing().flight
    flying = asyncio.create_task(flight.fly(seven_in_a_second))
    await asyncio.sleep(0.1)
    flight.stop()
    await flight.ended()
    assert await flying
    with pytest.raises(ClientClosedError):
        flight.answer()


@in_virtual_time
async def test_who_joined_a_run_that_was_stopped_gets_an_answer() -> None:
    wire = Wire()
    wire.answers("/count", SEVEN)
    with wire.in_place():
        async with LoguroClient("pat_made-up", _runtime=in_loop_time()) as client:

            async def run() -> None:
                async for _ in client.fan_out(["local"], lambda project: project.count()):
                    pass

            running = asyncio.create_task(run())
            await asyncio.sleep(0.5)
            joined = asyncio.create_task(client.project("local").count())
            await asyncio.sleep(0.1)
            running.cancel()
            assert await joined == Count(7)
            assert len(wire.asked) == 2
            assert client.stats.coalesced == 1
