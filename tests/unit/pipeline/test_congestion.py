"""The number of places follows what the service bears: told against simulated services."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from typing import TYPE_CHECKING

import pytest

from loguro_async import Limits
from loguro_async.endpoints import KPIS
from loguro_async.errors import LoguroError, TransportError, error_for_status
from loguro_async.pipeline.call import Call, Runtime
from loguro_async.pipeline.congestion import Congestion
from loguro_async.pipeline.limits import PlaceLimit
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOST = 64
SIMULATED_SECONDS = 10.0
# Where times differ as much as that, what is a queue and what is chance is hard to tell.
SPREADS = [0.0, 0.3, 0.5, 1.0]
A_FIFTH, A_THIRD = 0.2, 1 / 3


def a_call(deadline: float = 1e9) -> Call:
    return Call(KPIS, KPIS.query("local", (None, None)), deadline)


class ServiceThatRefuses:
    """Answers up to ``bears`` requests at once, in about 50 ms, and the rest with 429.

    ``spread`` is the standard deviation of the times, as a share of their mean.
    """

    def __init__(self, bears: int, spread: float) -> None:
        self.bears = bears
        self.in_flight = 0
        self._chance = random.Random(7)  # noqa: S311 - a simulation
        self._sigma = math.sqrt(math.log(1 + spread**2))

    def seconds(self) -> float:
        return 0.05 * math.exp(self._chance.gauss(-(self._sigma**2) / 2, self._sigma))

    async def __call__(self, _call: Call) -> bytes:
        self.in_flight += 1
        try:
            if self.in_flight > self.bears:
                await asyncio.sleep(0.002)
                raise error_for_status(429)
            await asyncio.sleep(self.seconds())
        finally:
            self.in_flight -= 1
        return b"{}"


class ServiceThatQueues(ServiceThatRefuses):
    """Works on ``bears`` requests at once and lets the rest wait."""

    def __init__(self, bears: int, spread: float) -> None:
        super().__init__(bears, spread)
        self._places = asyncio.Semaphore(bears)

    async def __call__(self, _call: Call) -> bytes:
        async with self._places:
            await asyncio.sleep(self.seconds())
        return b"{}"


async def places_over_time(service: Callable[[Call], Awaitable[bytes]]) -> list[int]:
    """The number of requests in flight that many busy workers come to, at each quarter second."""
    loop = asyncio.get_running_loop()
    limit = PlaceLimit(Limits(MOST, adaptive=True), Runtime(clock=loop.time))
    in_flight = 0
    seen: list[int] = []

    async def counted(call: Call) -> bytes:
        nonlocal in_flight
        in_flight += 1
        try:
            return await service(call)
        finally:
            in_flight -= 1

    fetch = limit.around(counted)

    async def work() -> None:
        while loop.time() < SIMULATED_SECONDS:
            with contextlib.suppress(LoguroError):
                await fetch(a_call())

    async def look() -> None:
        while loop.time() < SIMULATED_SECONDS:
            await asyncio.sleep(0.25)
            seen.append(in_flight)

    await asyncio.gather(look(), *(work() for _ in range(3 * MOST)))
    return seen


def mean_in_flight(
    make: Callable[[int, float], Callable[[Call], Awaitable[bytes]]], bears: int, spread: float
) -> float:
    """How many are in flight in the last two of ten seconds."""
    loop = VirtualTimeLoop()
    try:
        seen = loop.run_until_complete(places_over_time(make(bears, spread)))
    finally:
        loop.close()
    return sum(seen[-8:]) / 8


@pytest.mark.parametrize("bears", [5, 10, 20, 40, 60])
@pytest.mark.parametrize("spread", SPREADS)
def test_comes_within_a_fifth_of_a_service_that_refuses_within_ten_seconds(
    bears: int, spread: float
) -> None:
    off = mean_in_flight(ServiceThatRefuses, bears, spread) / bears - 1
    assert abs(off) <= (A_FIFTH if spread < 1 else A_THIRD)


@pytest.mark.parametrize("bears", [5, 10, 20, 40])
@pytest.mark.parametrize("spread", SPREADS)
def test_comes_within_a_fifth_of_a_service_that_lets_requests_queue(
    bears: int, spread: float
) -> None:
    off = mean_in_flight(ServiceThatQueues, bears, spread) / bears - 1
    assert abs(off) <= (A_FIFTH if spread < 1 else A_THIRD)


@pytest.mark.parametrize("spread", SPREADS)
def test_an_undisturbed_service_gets_nearly_all_places_however_its_times_differ(
    spread: float,
) -> None:
    assert mean_in_flight(ServiceThatRefuses, 1000, spread) >= 0.8 * MOST


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def congested(most: int = 10) -> tuple[Congestion, Clock, list[int]]:
    clock, steps = Clock(), list[int]()
    congestion = Congestion(most, clock, steps.append)
    steps.clear()  # of the first step, down to a few
    return congestion, clock, steps


def test_it_begins_with_a_few_places() -> None:
    steps = list[int]()
    assert Congestion(64, Clock(), steps.append).places == 4
    assert steps == [-60]
    assert Congestion(2, Clock(), steps.append).places == 2


async def test_there_is_always_one_place() -> None:
    congestion, clock, _ = congested()

    async def refuse(_call: Call) -> bytes:
        raise error_for_status(503)

    attempt = congestion.watch(refuse)
    for _ in range(100):
        clock.time += 1.0
        with pytest.raises(LoguroError):
            await attempt(a_call())
    assert congestion.places == 1


async def test_one_round_of_failures_is_one_step_down() -> None:
    congestion, clock, steps = congested(most=100)
    release = asyncio.Event()

    async def break_off(_call: Call) -> bytes:
        await release.wait()
        raise TransportError("reset")

    attempt = congestion.watch(break_off)
    tasks = [asyncio.create_task(_bytes(attempt(a_call()))) for _ in range(20)]
    await asyncio.sleep(0)
    clock.time = 1.0
    release.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert steps == [-1]


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_a_refusal_that_is_not_about_load_changes_nothing(status: int) -> None:
    congestion, clock, steps = congested()

    async def refuse(_call: Call) -> bytes:
        raise error_for_status(status)

    clock.time = 1.0
    with pytest.raises(LoguroError):
        await congestion.watch(refuse)(a_call())
    assert steps == []


async def cancelled(congestion: Congestion, deadline: float) -> None:
    async def hang(_call: Call) -> bytes:
        await asyncio.Event().wait()
        return b""

    task = asyncio.create_task(_bytes(congestion.watch(hang)(a_call(deadline))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _bytes(attempt: Awaitable[bytes]) -> bytes:
    return await attempt


async def test_a_cancellation_changes_nothing() -> None:
    congestion, clock, steps = congested()
    clock.time = 1.0
    await cancelled(congestion, deadline=2.0)
    assert steps == []


async def test_a_deadline_that_passed_is_a_sign_of_overload() -> None:
    congestion, clock, steps = congested()
    clock.time = 3.0
    await cancelled(congestion, deadline=2.0)
    assert steps == [-1]


async def test_a_service_that_became_slower_for_good_is_not_taken_for_an_overloaded_one() -> None:
    congestion, clock, steps = congested(most=4)

    async def answer_after(seconds: float) -> None:
        async def answer(_call: Call) -> bytes:
            clock.time += seconds
            return b"{}"

        await congestion.watch(answer)(a_call())

    for _ in range(100):
        await answer_after(0.01)
    for _ in range(200):
        await answer_after(1.0)
    before = congestion.places
    for _ in range(50):
        await answer_after(1.0)
    assert congestion.places >= before
    assert steps  # it was suspicious at first
