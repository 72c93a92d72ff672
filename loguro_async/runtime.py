"""Clock, sleep and random numbers of a client, passed in so that tests run in virtual time."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def running_loop() -> asyncio.AbstractEventLoop:
    """Returns the running event loop.

    Raises:
        RuntimeError: There is none in this thread.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        message = (
            "no asyncio event loop is running in this thread; await the call inside a coroutine "
            "that asyncio.run() runs"
        )
        raise RuntimeError(message) from None


class Runtime(Struct, frozen=True):
    """The clock, sleep and random numbers of a client.

    Attributes:
        clock: Returns seconds; never goes back.
        now: Returns the current time, in UTC.
        sleep: Waits for a number of seconds.
        random: Returns a random number, from 0 up to but not including 1.
    """

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], dt.datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
