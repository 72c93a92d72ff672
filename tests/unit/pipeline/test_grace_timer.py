from __future__ import annotations

import asyncio

import pytest

from loguro_async.pipeline.grace_timer import GraceTimer
from tests.virtual_time import VirtualTimeLoop, in_virtual_time


def block(seconds: float) -> None:
    """Keep the running loop from doing anything for a while."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.block(seconds)


async def expiry(when: float, *blocked: tuple[float, float]) -> float:
    """The time at which a timer expires, while the loop is blocked at times for some seconds."""
    loop = asyncio.get_running_loop()
    expired: asyncio.Future[float] = loop.create_future()
    timer = GraceTimer(loop, when, lambda: expired.set_result(loop.time()))
    for begin, seconds in blocked:
        loop.call_at(begin, block, seconds)
    at = await expired
    assert timer.has_expired
    return at


@in_virtual_time
async def test_expires_a_moment_after_its_time() -> None:
    assert await expiry(1.0) == pytest.approx(1.01)


@in_virtual_time
async def test_a_loop_that_was_blocked_gets_as_long_again() -> None:
    assert await expiry(1.0, (0.5, 2.0)) == pytest.approx(2.5 + 1.5 + 0.01)


@in_virtual_time
async def test_a_loop_that_was_blocked_before_changes_nothing() -> None:
    assert await expiry(1.0, (0.2, 0.7)) == pytest.approx(1.01)


@in_virtual_time
async def test_a_loop_that_is_blocked_again_gets_more() -> None:
    assert await expiry(1.0, (0.5, 1.0), (1.6, 1.0)) == pytest.approx(2.6 + 0.59 + 0.01)


@in_virtual_time
async def test_a_cancelled_timer_never_expires() -> None:
    loop = asyncio.get_running_loop()
    expired: list[float] = []
    for cancelled_at in (0.5, 1.005):
        timer = GraceTimer(loop, loop.time() + 1.0, lambda: expired.append(loop.time()))
        loop.call_later(cancelled_at, timer.cancel)
        await asyncio.sleep(5)
        assert not timer.has_expired
    assert expired == []
