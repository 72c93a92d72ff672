"""Signals that end a command."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from loguro_async.cli.signals import Interruption, StoppedError


def test_the_first_signal_cancels_and_what_is_open_is_closed() -> None:
    interruption, closed = Interruption(), list[str]()

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            closed.append("file")

    with interruption.handled(), pytest.raises(StoppedError):
        interruption.run(work())
    assert closed == ["file"]
    assert interruption.status == 143


def test_work_that_ends_in_order_gives_its_value() -> None:
    interruption = Interruption()

    async def work() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 7
        return 0

    with interruption.handled():
        assert interruption.run(work()) == 7
    assert interruption.status == 130


def test_a_second_signal_does_not_wait() -> None:
    interruption = Interruption()

    async def stubborn() -> None:
        while True:
            os.kill(os.getpid(), signal.SIGINT)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    with interruption.handled(), pytest.raises(KeyboardInterrupt):
        interruption.run(stubborn())


def test_outside_of_a_coroutine_a_signal_interrupts() -> None:
    interruption = Interruption()
    with pytest.raises(KeyboardInterrupt), interruption.handled():
        os.kill(os.getpid(), signal.SIGHUP)
    assert interruption.status == 129


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption().handled():
            os.kill(os.getpid(), signal.SIGHUP)  # as under nohup
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_leaves_the_handlers_of_the_program() -> None:
    seen: list[object] = []

    def inside() -> None:
        with Interruption().handled():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [before]
