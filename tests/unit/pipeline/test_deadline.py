from __future__ import annotations

import asyncio
from typing import cast

import pytest

from loguro_async.pipeline.deadline import Deadline
from tests.virtual_time import VirtualTimeLoop, in_virtual_time


@in_virtual_time
async def test_a_deadline_comes_on_time() -> None:
    loop = asyncio.get_running_loop()
    expired = asyncio.Event()
    deadline = Deadline(loop.time() + 2.0, loop.time)
    deadline.start(expired.set)
    await expired.wait()
    assert (deadline.is_expired, loop.time()) == (True, 2.0)


@pytest.mark.parametrize("pass_seconds", [0.02, 0.5, 1.0])
def test_a_loop_that_is_always_slow_does_not_postpone_it_for_ever(pass_seconds: float) -> None:
    @in_virtual_time
    async def wait() -> None:
        loop = cast("VirtualTimeLoop", asyncio.get_running_loop())
        deadline = Deadline(loop.time() + 1.3, loop.time)
        deadline.start(lambda: None)
        while not deadline.is_expired:
            loop.block(pass_seconds)
            await asyncio.sleep(0)
            assert loop.time() < 1.3 + 20 * pass_seconds

    wait()
