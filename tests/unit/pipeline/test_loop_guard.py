from __future__ import annotations

import asyncio

import pytest

from loguro_async.errors import ClientClosedError, ConfigurationError
from loguro_async.pipeline.loop_guard import LoopGuard


async def check(lifetime: LoopGuard) -> None:
    lifetime.check()


async def test_the_first_call_s_loop_may_call_again() -> None:
    lifetime = LoopGuard()
    assert lifetime.loop is None
    lifetime.check()
    lifetime.check()
    assert lifetime.loop is asyncio.get_running_loop()


def test_another_loop_is_refused_and_told_why() -> None:
    lifetime = LoopGuard()
    with asyncio.Runner() as first:
        first.run(check(lifetime))
        with asyncio.Runner() as second, pytest.raises(ConfigurationError, match="event loop"):
            second.run(check(lifetime))
        first.run(check(lifetime))


def test_nobody_is_let_in_after_the_end() -> None:
    lifetime = LoopGuard()
    lifetime.close()
    lifetime.close()
    assert lifetime.is_closed
    with asyncio.Runner() as runner, pytest.raises(ClientClosedError, match="make a new one"):
        runner.run(check(lifetime))


def test_the_end_is_known_without_a_loop() -> None:
    lifetime = LoopGuard()
    lifetime.close()
    with pytest.raises(ClientClosedError):
        lifetime.check()


async def test_the_end_forgets_the_loop_so_that_no_kept_answer_goes_out() -> None:
    lifetime = LoopGuard()
    lifetime.check()
    lifetime.close()
    assert lifetime.loop is None


async def test_a_client_at_work_in_another_loop_is_closed_there() -> None:
    lifetime = LoopGuard()
    lifetime.check()

    async def close() -> None:
        lifetime.close()

    with pytest.raises(ConfigurationError, match="close it there"):
        await asyncio.to_thread(asyncio.run, close())
    lifetime.check()
