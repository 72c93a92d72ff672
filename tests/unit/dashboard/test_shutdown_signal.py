"""Signals tell open responses that the host stops, and reach the host's own handler."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from loguro_async.dashboard.shutdown_signal import ShutdownSignal


async def test_a_signal_reaches_the_waiters_and_the_host() -> None:
    host, told = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    previous = signal.signal(
        signal.SIGTERM, lambda _number, _frame: loop.call_soon_threadsafe(host.set)
    )
    try:
        with ShutdownSignal().calling(told.set):
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(5):
                await host.wait()
                await told.wait()
    finally:
        signal.signal(signal.SIGTERM, previous)


async def test_a_handler_of_the_event_loop_is_called_as_well() -> None:
    host, told = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, host.set)
    try:
        with ShutdownSignal().calling(told.set):
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(5):
                await host.wait()
                await told.wait()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def test_handlers_are_as_before_when_no_response_is_open() -> None:
    def mine(_number: int, _frame: object) -> None: ...

    previous = signal.signal(signal.SIGTERM, mine)
    try:
        with ShutdownSignal().calling(lambda: None), ShutdownSignal().calling(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is not mine
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, previous)


async def test_a_handler_that_came_later_stays() -> None:
    def later(_number: int, _frame: object) -> None: ...

    previous = signal.getsignal(signal.SIGTERM)
    try:
        with ShutdownSignal().calling(lambda: None):
            signal.signal(signal.SIGTERM, later)
        assert signal.getsignal(signal.SIGTERM) is later
    finally:
        signal.signal(signal.SIGTERM, previous)


async def test_a_process_without_a_handler_still_ends_at_a_signal() -> None:
    previous = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with ShutdownSignal().calling(lambda: None):
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, previous)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_another_thread_signals_are_left_alone(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    told: list[bool] = []

    async def watch() -> None:
        event = asyncio.Event()
        shutdown = ShutdownSignal()
        with shutdown.calling(event.set):
            assert signal.getsignal(number) is before
            shutdown.begin()
            await event.wait()
            told.append(True)

    thread = threading.Thread(target=lambda: asyncio.run(watch()))
    thread.start()
    thread.join(5)
    assert told == [True]
