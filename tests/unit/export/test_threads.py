"""Blocking work, off the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from loguro_async.export.threads import in_thread


async def test_it_gives_what_the_work_gave() -> None:
    assert await in_thread(threading.get_ident) != threading.get_ident()


async def test_a_cancellation_waits_for_the_work() -> None:
    begun, go_on, done = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        done.set()

    waiting = asyncio.create_task(in_thread(work))
    await begun.wait()
    for _ in range(2):
        waiting.cancel()
        await asyncio.sleep(0)
    assert not waiting.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done.is_set()


async def test_a_failure_after_a_cancellation_is_ignored() -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        raise OSError("the disk is full")

    waiting = asyncio.create_task(in_thread(work))
    await begun.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
