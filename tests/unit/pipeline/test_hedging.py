from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from loguro_async.errors import LoguroError, error_for_status
from loguro_async.pipeline.hedging import Hedging
from tests.calls import a_call
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from loguro_async.pipeline.call import Call, Send


class Service:
    """Responds to each request after the given seconds, or after the usual time."""

    def __init__(self) -> None:
        self.requests = self.cancelled = 0
        self.usual = 0.2
        self.waiting = 0.0
        self.seconds: list[float | LoguroError] = []

    async def send(self, call: Call) -> bytes:
        await asyncio.sleep(self.waiting)
        call.sent_at = asyncio.get_running_loop().time()
        self.requests += 1
        number = self.requests
        taking = self.seconds.pop(0) if self.seconds else self.usual
        try:
            await asyncio.sleep(0.5 if isinstance(taking, LoguroError) else taking)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(taking, LoguroError):
            raise taking
        return b"body %d" % number

    def hedged(self) -> Send:
        return Hedging(asyncio.get_running_loop().time).hedge(self.send)


async def run(fetch: Send) -> bytes:
    return await fetch(a_call())


async def warmed_up(service: Service, times: int = 100) -> Send:
    """Returns the stage after a number of responses, each a little quicker than the one before."""
    fetch = service.hedged()
    for _ in range(times):
        service.usual -= 0.001
        await run(fetch)
    assert service.requests == times
    return fetch


@in_virtual_time
async def test_the_response_to_a_hedged_request_is_used_when_it_comes_first() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [60.0]
    began = asyncio.get_running_loop().time()
    assert await run(fetch) == b"body 102"
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.295)
    assert service.cancelled == 1


@in_virtual_time
async def test_the_response_to_the_first_request_is_used_when_it_comes_first() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [0.25, 60.0]
    assert await run(fetch) == b"body 101"
    assert (service.requests, service.cancelled) == (102, 1)


@in_virtual_time
async def test_when_one_request_fails_the_other_is_waited_for() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [2.0, error_for_status(500)]
    assert await run(fetch) == b"body 101"


@in_virtual_time
async def test_when_both_requests_fail_the_error_is_raised() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [error_for_status(503), error_for_status(500)]
    with pytest.raises(LoguroError):
        await run(fetch)
    assert service.requests == 102


@in_virtual_time
async def test_a_request_that_fails_early_is_not_hedged() -> None:
    service = Service()
    service.usual = 1.0
    fetch = await warmed_up(service)
    service.seconds = [error_for_status(503)]
    with pytest.raises(LoguroError):
        await run(fetch)
    assert service.requests == 101


@in_virtual_time
async def test_at_most_one_request_in_twenty_is_hedged() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.usual = 0.3
    for _ in range(400):
        service.usual *= 1.01  # each one late
        await run(fetch)
    extra = service.requests - 500
    assert 0 < extra <= 0.05 * 500


@in_virtual_time
async def test_nothing_is_hedged_before_enough_latencies_are_known() -> None:
    service = Service()
    fetch = await warmed_up(service, times=19)
    service.seconds = [60.0]
    assert await run(fetch) == b"body 20"


@in_virtual_time
async def test_a_cancelled_call_leaves_no_request_behind() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [60.0, 60.0]
    waiting = asyncio.create_task(run(fetch))
    await asyncio.sleep(1.0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (service.requests, service.cancelled) == (102, 2)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_a_request_is_slow_above_the_95th_percentile_of_the_last_200() -> None:
    service = Service()
    fetch = service.hedged()
    service.seconds = [*[99.0] * 500, *(float(seconds) for seconds in range(200))]
    tasks = [asyncio.create_task(run(fetch)) for _ in range(700)]
    await asyncio.gather(*tasks)
    service.seconds = [1000.0, 0.0]
    began = asyncio.get_running_loop().time()
    await run(fetch)
    assert asyncio.get_running_loop().time() - began == pytest.approx(190.0, abs=1.0)


@in_virtual_time
async def test_waiting_for_a_permit_is_not_latency() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.waiting = 60.0
    for _ in range(100):
        await run(fetch)
    assert service.requests == 200
    service.waiting = 0.0
    service.seconds = [60.0]
    began = asyncio.get_running_loop().time()
    await run(fetch)
    assert asyncio.get_running_loop().time() - began < 1.0
