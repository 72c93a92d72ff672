from __future__ import annotations

import asyncio
import math
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from loguro_async import Limits
from loguro_async.errors import error_for_status
from loguro_async.pipeline.call import Surroundings
from loguro_async.pipeline.limits import PlaceLimit, Places
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.pipeline.call import Call


class Service:
    """Answers when told to; counts who is being served."""

    def __init__(self) -> None:
        self.serving = 0
        self.most = 0
        self.began_at: list[float] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, _call: Call) -> bytes:
        self.began_at.append(asyncio.get_running_loop().time())
        self.serving += 1
        self.most = max(self.most, self.serving)
        try:
            await self.may_answer.wait()
        finally:
            self.serving -= 1
        return b"answer"


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def taking(places: Places, order: list[int], number: int) -> None:
    await places.take()
    order.append(number)


async def test_a_free_place_is_taken_at_once() -> None:
    places = Places(1)
    coroutine = places.take()
    with pytest.raises(StopIteration):
        coroutine.send(None)


async def test_places_go_to_those_who_came_first() -> None:
    places, order = Places(0), list[int]()
    tasks = [asyncio.create_task(taking(places, order, number)) for number in range(4)]
    await settle()
    assert order == []
    places.add(2)
    await settle()
    assert order == [0, 1]
    places.add(2)
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3]


async def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    places, order = Places(0), list[int]()
    first = asyncio.create_task(taking(places, order, 1))
    await settle()
    places.add(1)
    second = asyncio.create_task(taking(places, order, 2))
    await settle()
    assert order == [1]
    places.add(1)
    await asyncio.gather(first, second)


async def test_who_leaves_the_queue_takes_no_place() -> None:
    places, order = Places(0), list[int]()
    leaver = asyncio.create_task(taking(places, order, 1))
    stayer = asyncio.create_task(taking(places, order, 2))
    await settle()
    leaver.cancel()
    await settle()
    assert len(places._waiting) == 1
    places.add(1)
    await stayer
    assert order == [2]


async def test_who_is_cancelled_just_when_given_a_place_passes_it_on() -> None:
    places, order = Places(0), list[int]()
    leaver = asyncio.create_task(taking(places, order, 1))
    stayer = asyncio.create_task(taking(places, order, 2))
    await settle()
    places.add(1)
    leaver.cancel()
    await stayer
    assert order == [2]


async def test_a_place_is_not_given_to_one_whose_cancellation_is_on_its_way() -> None:
    places, order = Places(0), list[int]()
    leaver = asyncio.create_task(taking(places, order, 1))
    await settle()
    leaver.cancel()
    places.add(1)
    await settle()
    await asyncio.wait_for(places.take(), 1)
    assert order == []


async def test_places_taken_away_go_as_they_come_free() -> None:
    places, order = Places(2), list[int]()
    await places.take()
    await places.take()
    places.add(-1)
    waiting = asyncio.create_task(taking(places, order, 1))
    places.add(1)
    await settle()
    assert order == []
    places.add(1)
    await waiting


async def test_those_in_the_background_come_after_all_others() -> None:
    places, order = Places(0), list[str]()

    async def take(name: str, *, background: bool) -> None:
        await places.take(background=background)
        order.append(name)

    tasks = [
        asyncio.create_task(take(name, background=name.startswith("batch")))
        for name in ("batch 1", "person 1", "batch 2", "person 2")
    ]
    await settle()
    places.add(4)
    await asyncio.gather(*tasks)
    assert order == ["person 1", "person 2", "batch 1", "batch 2"]


async def test_one_cancelled_just_before_its_turn_is_passed_over() -> None:
    places = Places(0)
    first, second = (asyncio.create_task(places.take()) for _ in range(2))
    await settle()
    first.cancel()
    places.add(1)
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    places.add(1)
    await places.take()


async def test_an_attempt_takes_a_place_of_its_own_and_then_a_shared_one(call: Call) -> None:
    class Shared:
        def __init__(self) -> None:
            self.taken = self.given_back = 0
            self.free = asyncio.Semaphore(1)

        @asynccontextmanager
        async def permit(
            self, *, deadline: float = math.inf, background: bool = False
        ) -> AsyncGenerator[None]:
            assert (deadline, background) == (call.deadline, call.background)
            async with self.free:
                self.taken += 1
                try:
                    yield
                finally:
                    self.given_back += 1

        async def aclose(self) -> None:
            raise AssertionError("the limits do not close what they did not open")

    service, shared = Service(), Shared()
    fetch = PlaceLimit(Limits(3, shared=shared), Surroundings()).around(service)
    calls = [asyncio.ensure_future(fetch(call)) for _ in range(3)]
    await settle()
    assert (service.serving, shared.taken) == (1, 1)
    calls[0].cancel()
    service.may_answer.set()
    assert await asyncio.gather(*calls[1:]) == [b"answer"] * 2
    assert (service.most, shared.given_back) == (1, 3)


async def test_no_more_are_served_at_once_than_there_are_places(call: Call) -> None:
    service = Service()
    fetch = PlaceLimit(Limits(3), Surroundings()).around(service)
    calls = [asyncio.ensure_future(fetch(call)) for _ in range(10)]
    await settle()
    assert service.serving == 3
    service.may_answer.set()
    assert await asyncio.gather(*calls) == [b"answer"] * 10
    assert service.most == 3


@pytest.mark.parametrize("adaptive", [False, True])
async def test_a_place_comes_free_after_an_error_or_a_cancellation(
    call: Call, *, adaptive: bool
) -> None:
    service = Service()

    async def refuse(_call: Call) -> bytes:
        raise error_for_status(500)

    limit = PlaceLimit(Limits(1, adaptive=adaptive), Surroundings())
    with pytest.raises(Exception, match="500"):
        await limit.around(refuse)(call)
    cancelled = asyncio.ensure_future(limit.around(service)(call))
    await settle()
    assert service.serving == 1
    cancelled.cancel()
    await settle()
    service.may_answer.set()
    assert await limit.around(service)(call) == b"answer"


@in_virtual_time
async def test_a_rate_spreads_requests_evenly(call: Call) -> None:
    service = Service()
    service.may_answer.set()
    fetch = PlaceLimit(Limits(rate=4.0), Surroundings()).around(service)
    await asyncio.gather(*(fetch(call) for _ in range(5)))
    assert service.began_at == pytest.approx([0, 0.25, 0.5, 0.75, 1.0], abs=0.01)


@in_virtual_time
async def test_a_call_cancelled_while_it_waits_for_its_turn_gives_its_place_back(
    call: Call,
) -> None:
    service = Service()
    service.may_answer.set()
    fetch = PlaceLimit(Limits(1, rate=0.1), Surroundings()).around(service)
    await fetch(call)
    waiting = asyncio.ensure_future(fetch(call))
    await settle()
    waiting.cancel()
    await settle()
    await fetch(call)
    assert service.began_at == pytest.approx([0, 10], abs=0.1)


def test_a_rate_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiolimiter", None)
    with pytest.raises(ImportError, match=r"loguro-async\[rate\]"):
        PlaceLimit(Limits(rate=1.0), Surroundings())


def test_without_a_rate_the_extra_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiolimiter", None)
    PlaceLimit(Limits(), Surroundings())
