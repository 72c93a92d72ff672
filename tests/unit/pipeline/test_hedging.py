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
    """Answers each request after so many seconds; the usual time where none are told."""

    def __init__(self) -> None:
        self.requests = self.cancelled = 0
        self.usual = 0.2
        self.seconds: list[float | LoguroError] = []

    async def send(self, _call: Call) -> bytes:
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
        return b"answer %d" % number

    def hedged(self) -> Send:
        return Hedging(asyncio.get_running_loop().time).hedge(self.send)


async def ask(fetch: Send) -> bytes:
    return await fetch(a_call())


async def warmed_up(service: Service, times: int = 100) -> Send:
    """The stage after so many answers, each a little quicker than the one before."""
    fetch = service.hedged()
    for _ in range(times):
        service.usual -= 0.001
        await ask(fetch)
    assert service.requests == times
    return fetch


@in_virtual_time
async def test_a_late_answer_is_overtaken_by_a_second_request() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [60.0]
    began = asyncio.get_running_loop().time()
    assert await ask(fetch) == b"answer 102"
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.295)
    assert service.cancelled == 1


@in_virtual_time
async def test_the_first_may_still_win() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [0.25, 60.0]
    assert await ask(fetch) == b"answer 101"
    assert (service.requests, service.cancelled) == (102, 1)


@in_virtual_time
async def test_when_one_fails_the_other_is_waited_for() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [2.0, error_for_status(500)]
    assert await ask(fetch) == b"answer 101"


@in_virtual_time
async def test_when_both_fail_the_error_is_raised() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [error_for_status(503), error_for_status(500)]
    with pytest.raises(LoguroError):
        await ask(fetch)
    assert service.requests == 102


@in_virtual_time
async def test_what_fails_in_time_is_not_sent_twice() -> None:
    service = Service()
    service.usual = 1.0
    fetch = await warmed_up(service)
    service.seconds = [error_for_status(503)]
    with pytest.raises(LoguroError):
        await ask(fetch)
    assert service.requests == 101


@in_virtual_time
async def test_at_most_one_request_in_twenty_is_sent_twice() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.usual = 0.3
    for _ in range(400):
        service.usual *= 1.01  # each one late
        await ask(fetch)
    extra = service.requests - 500
    assert 0 < extra <= 0.05 * 500


@in_virtual_time
async def test_before_enough_is_known_nothing_is_sent_twice() -> None:
    service = Service()
    fetch = await warmed_up(service, times=19)
    service.seconds = [60.0]
    assert await ask(fetch) == b"answer 20"


@in_virtual_time
async def test_a_cancelled_call_leaves_no_request_behind() -> None:
    service = Service()
    fetch = await warmed_up(service)
    service.seconds = [60.0, 60.0]
    waiting = asyncio.create_task(ask(fetch))
    await asyncio.sleep(1.0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (service.requests, service.cancelled) == (102, 2)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_slow_is_what_takes_longer_than_95_in_100_of_the_last_200() -> None:
    service = Service()
    fetch = service.hedged()
    service.seconds = [99.0] * 500 + [float(seconds) for seconds in range(200)]
    tasks = [asyncio.create_task(ask(fetch)) for _ in range(700)]
    await asyncio.gather(*tasks)
    service.seconds = [1000.0, 0.0]
    began = asyncio.get_running_loop().time()
    await ask(fetch)
    assert asyncio.get_running_loop().time() - began == pytest.approx(190.0, abs=1.0)
