"""Several calls at once: all that they give, or the first failure."""

from __future__ import annotations

import asyncio

import anyio
import anyio.lowlevel
import pytest

from loguro_async.gather import gather
from tests.virtual_time import in_virtual_time


async def after(seconds: float, value: int, ended: list[int]) -> int:
    try:
        await asyncio.sleep(seconds)
    finally:
        ended.append(value)
    return value


async def failing(seconds: float) -> None:
    await asyncio.sleep(seconds)
    raise ZeroDivisionError(seconds)


@in_virtual_time
async def test_results_come_in_order() -> None:
    ended: list[int] = []
    assert await gather(after(2, 1, ended), after(1, 2, ended)) == [1, 2]
    assert ended == [2, 1]


@in_virtual_time
async def test_the_first_failure_stops_the_others_and_is_raised() -> None:
    ended: list[int] = []
    with pytest.raises(ZeroDivisionError, match="1"):
        await gather(after(60, 1, ended), failing(2), failing(1))
    assert ended == [1]
    assert asyncio.get_running_loop().time() == 1


@in_virtual_time
async def test_a_cancellation_stops_all() -> None:
    ended: list[int] = []
    task = asyncio.create_task(gather(after(60, 1, ended), after(60, 2, ended)))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [1, 2]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_does_not_cancel_a_task_group_of_anyio() -> None:
    async def ask() -> None:
        with pytest.raises(ZeroDivisionError):
            await gather(failing(0), failing(0), failing(0))

    task = asyncio.current_task()
    assert task is not None
    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        with anyio.CancelScope() as scope:
            await anyio.lowlevel.checkpoint()
            scope.cancel()
    assert task.cancelling() == 0
