"""The limiter: a permit for each attempt, and all calls held back by a Retry-After."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

import pytest

from loguro_async import Limits, QueryFailedError, RateLimitedError
from loguro_async.errors import error_for_status
from loguro_async.pipeline.limits import Limiter
from loguro_async.runtime import Runtime
from tests.calls import a_call
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.errors import LoguroError
    from loguro_async.pipeline.call import Call, Send


class Service:
    """Responds when told to; counts what it serves."""

    def __init__(self) -> None:
        self.serving = 0
        self.most = 0
        self.sent_at: list[float] = []
        self.error: LoguroError | None = None
        self.may_respond = asyncio.Event()

    async def send(self, _call: Call) -> bytes:
        self.sent_at.append(now())
        if self.error is not None:
            raise self.error
        self.serving += 1
        self.most = max(self.most, self.serving)
        try:
            await self.may_respond.wait()
        finally:
            self.serving -= 1
        return b"body"

    def limited(self, limits: Limits, random: float = 0.5) -> Send:
        runtime = Runtime(clock=now, random=lambda: random)
        return Limiter(limits, runtime, slow_seconds=10.0).limit(self.send)


def now() -> float:
    return asyncio.get_running_loop().time()


def call(*, deadline: float = 1e6, max_outage: float | None = None) -> Call:
    return a_call(deadline=deadline, clock=now, max_outage=max_outage)


async def pass_the_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@in_virtual_time
async def test_no_more_attempts_are_in_flight_than_there_are_permits() -> None:
    service = Service()
    send = service.limited(Limits(3))
    calls = [asyncio.ensure_future(send(call())) for _ in range(10)]
    await pass_the_loop()
    assert service.serving == 3
    service.may_respond.set()
    assert await asyncio.gather(*calls) == [b"body"] * 10
    assert service.most == 3


@pytest.mark.parametrize("adaptive", [False, True])
def test_a_permit_is_returned_after_an_error_or_a_cancellation(*, adaptive: bool) -> None:
    @in_virtual_time
    async def fail() -> None:
        service = Service()
        send = service.limited(Limits(1, adaptive=adaptive))
        service.error = error_for_status(500)
        with pytest.raises(QueryFailedError):
            await send(call())
        service.error = None
        cancelled = asyncio.ensure_future(send(call()))
        await pass_the_loop()
        assert service.serving == 1
        cancelled.cancel()
        await pass_the_loop()
        service.may_respond.set()
        assert await send(call()) == b"body"

    fail()


@in_virtual_time
async def test_an_attempt_takes_a_permit_of_its_own_and_then_a_shared_one() -> None:
    class Shared:
        def __init__(self) -> None:
            self.taken = self.returned = 0
            self.free = asyncio.Semaphore(1)

        @asynccontextmanager
        async def permit(
            self, *, deadline: float = inf, background: bool = False
        ) -> AsyncGenerator[None]:
            assert deadline < inf
            assert not background
            async with self.free:
                self.taken += 1
                try:
                    yield
                finally:
                    self.returned += 1

        async def aclose(self) -> None:
            raise AssertionError("the limiter does not close what it did not open")

    service, shared = Service(), Shared()
    send = service.limited(Limits(3, shared=shared))
    calls = [asyncio.ensure_future(send(call())) for _ in range(3)]
    await pass_the_loop()
    assert (service.serving, shared.taken) == (1, 1)
    calls[0].cancel()
    service.may_respond.set()
    assert await asyncio.gather(*calls[1:]) == [b"body"] * 2
    assert (service.most, shared.returned) == (1, 3)


class OneAtATime:
    """Shared permits: one for all."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(1)

    @asynccontextmanager
    async def permit(
        self,
        *,
        deadline: float = inf,  # noqa: ARG002
        background: bool = False,  # noqa: ARG002
    ) -> AsyncGenerator[None]:
        async with self.free:
            yield

    async def aclose(self) -> None:
        """Closes nothing."""


@in_virtual_time
async def test_background_work_is_patient_with_shared_permits() -> None:
    service = Service()
    send = service.limited(Limits(shared=OneAtATime()))
    first = asyncio.ensure_future(send(call()))
    await pass_the_loop()
    waiting = call(deadline=5.0, max_outage=300.0)
    second = asyncio.ensure_future(send(waiting))
    await asyncio.sleep(60.0)
    assert waiting.deadline.seconds_left > 1e6
    service.may_respond.set()
    await asyncio.gather(first, second)
    assert waiting.deadline.seconds_left == pytest.approx(5.0)
    assert "60.0 s waiting for a permit of the shared limits" in str(waiting.deadline_error(60.0))


@in_virtual_time
async def test_an_adaptive_limit_learns_nothing_from_waiting_for_a_shared_permit() -> None:
    async def send(_call: Call) -> bytes:
        await asyncio.sleep(1.0)
        return b"body"

    limits = Limits(64, adaptive=True, shared=OneAtATime())
    limiter = Limiter(limits, Runtime(clock=now), slow_seconds=10.0)
    before = limiter._permits.limit
    limited = limiter.limit(send)
    await asyncio.gather(*(limited(call()) for _ in range(200)))
    assert limiter._permits.limit >= before


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_back_the_whole_client(status: int) -> None:
    @in_virtual_time
    async def hold() -> None:
        service = Service()
        send = service.limited(Limits())
        service.error = error_for_status(status, retry_after=7.0)
        with pytest.raises(type(service.error)):
            await send(call())
        service.error = None
        service.may_respond.set()
        await send(call())
        assert service.sent_at[1] >= 7.0

    hold()


@in_virtual_time
async def test_retry_after_holds_back_calls_that_wait_for_a_permit() -> None:
    sent_at: list[float] = []

    async def send(_call: Call) -> bytes:
        sent_at.append(now())
        is_first = len(sent_at) == 1
        await asyncio.sleep(0.1)
        if is_first:
            raise error_for_status(429, retry_after=7.0)
        return b"body"

    limited = Limiter(Limits(2), Runtime(clock=now), slow_seconds=10.0).limit(send)
    calls = [limited(call()) for _ in range(20)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results].count(RateLimitedError) == 1
    assert sent_at[:2] == [0.0, 0.0]
    assert min(sent_at[2:]) >= 7.1


@in_virtual_time
async def test_a_500_with_retry_after_holds_back_no_other_call() -> None:
    service = Service()
    send = service.limited(Limits())
    service.error = error_for_status(500, retry_after=7.0)
    with pytest.raises(QueryFailedError):
        await send(call())
    service.error = None
    service.may_respond.set()
    await send(call())
    assert service.sent_at == [0.0, 0.0]


@in_virtual_time
async def test_calls_that_were_held_back_resume_spread_out() -> None:
    resumed: list[float] = []
    for random in (0.0, 0.5, 0.99):
        service = Service()
        send = service.limited(Limits(), random=random)
        service.error = error_for_status(429, retry_after=10.0)
        with pytest.raises(RateLimitedError):
            await send(call())
        service.error = None
        service.may_respond.set()
        began = now()
        await send(call())
        resumed.append(service.sent_at[1] - began)
    assert resumed == sorted(resumed)
    assert resumed[0] >= 10.0
    assert resumed[-1] - resumed[0] >= 0.4


@in_virtual_time
async def test_calls_that_begin_while_others_resume_are_spread_out_too() -> None:
    service = Service()
    send = service.limited(Limits(), random=0.5)
    service.error = error_for_status(429, retry_after=10.0)
    with pytest.raises(RateLimitedError):
        await send(call())
    service.error = None
    service.may_respond.set()
    await asyncio.sleep(10.1)
    await send(call())  # calls resume from 10.0 to 10.5
    assert service.sent_at[1] == pytest.approx(10.3)
    await asyncio.sleep(0.3)
    await send(call())
    assert service.sent_at[2] == pytest.approx(10.6)


@in_virtual_time
async def test_a_call_that_can_be_sent_while_others_resume_leaves_time_for_its_response() -> None:
    service = Service()
    send = service.limited(Limits(), random=0.9)
    service.error = error_for_status(429, retry_after=100.0)
    with pytest.raises(RateLimitedError):
        await send(call())
    service.error = None
    service.may_respond.set()
    await asyncio.sleep(100.0)
    await send(call(deadline=now() + 1.0))  # calls resume from 100.0 to 105.0
    assert service.sent_at[1] == pytest.approx(100.5)


@in_virtual_time
async def test_a_call_that_cannot_outlast_the_hold_fails_at_once_and_sends_nothing() -> None:
    service = Service()
    send = service.limited(Limits())
    service.error = error_for_status(429, retry_after=60.0)
    with pytest.raises(RateLimitedError):
        await send(call())
    with pytest.raises(RateLimitedError, match="Retry-After") as caught:
        await send(call(deadline=now() + 30.0))
    assert (len(service.sent_at), now()) == (1, 0.0)
    assert caught.value.retry_after == pytest.approx(61.5)


@in_virtual_time
async def test_background_work_outlasts_a_hold_that_is_longer_than_its_deadline() -> None:
    service = Service()
    send = service.limited(Limits())
    service.error = error_for_status(429, retry_after=60.0)
    with pytest.raises(RateLimitedError):
        await send(call())
    service.error = None
    service.may_respond.set()
    assert await send(call(deadline=now() + 5.0, max_outage=300.0)) == b"body"
    service.error = error_for_status(429, retry_after=400.0)
    with pytest.raises(RateLimitedError):
        await send(call())
    with pytest.raises(RateLimitedError):
        await send(call(max_outage=300.0))


@in_virtual_time
async def test_waiting_calls_and_short_deadlines_do_not_lower_an_adaptive_limit() -> None:
    service = Service()
    limiter = Limiter(Limits(4, adaptive=True), Runtime(clock=now), slow_seconds=10.0)
    send = limiter.limit(service.send)
    for _ in range(50):
        one = call(deadline=now() + 0.1)
        one.deadline.start(asyncio.ensure_future(send(one)).cancel)
        await asyncio.sleep(0.1)
    assert limiter._permits.limit == 4


@pytest.mark.parametrize("status", [429, 503])
def test_signs_of_overload_lower_an_adaptive_limit(status: int) -> None:
    @in_virtual_time
    async def overload() -> None:
        service = Service()
        limiter = Limiter(Limits(16, adaptive=True), Runtime(clock=now), slow_seconds=10.0)
        send = limiter.limit(service.send)
        before = limiter._permits.limit
        service.error = error_for_status(status)
        for _ in range(5):
            with pytest.raises(type(service.error)):
                await send(call())
        assert 1 <= limiter._permits.limit < before

    overload()


@in_virtual_time
async def test_a_retry_after_of_a_day_does_not_stop_the_client_for_a_day() -> None:
    service = Service()
    send = service.limited(Limits())
    service.error = error_for_status(503, retry_after=86_400.0)
    with pytest.raises(QueryFailedError):
        await send(call())
    service.error = None
    service.may_respond.set()
    await asyncio.sleep(601.0)
    assert await send(call(deadline=now() + 30.0)) == b"body"
