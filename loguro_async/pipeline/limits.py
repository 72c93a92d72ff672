"""How many requests may be in flight at once, and how many may be sent in a second."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from loguro_async.pipeline.congestion import Congestion

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from loguro_async.config import Limits
    from loguro_async.pipeline.call import Call, Fetch, Surroundings


class Places:
    """So many places, given first come, first served; their number can change at any time."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place, and take it."""
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.add(1)
            else:
                self._waiting.remove(turn)
            raise

    def add(self, count: int) -> None:
        """Give places back, or add some; a negative count takes some away as they come free."""
        self._free += count
        while self._free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)


class PlaceLimit:
    """Gives each attempt a place. It is held for that attempt alone, never during back-off.

    Args:
        limits: How many places there are, and how fast requests may follow each other.
        surroundings: The clock by which congestion is told.

    Raises:
        ImportError: ``limits.rate`` is set and the extra that it needs is not installed.
    """

    __slots__ = ("_congestion", "_pace", "_places")

    def __init__(self, limits: Limits, surroundings: Surroundings) -> None:
        self._places = Places(limits.concurrency)
        self._pace = _pace(limits.rate)
        self._congestion = (
            Congestion(limits.concurrency, surroundings.clock, self._places.add)
            if limits.adaptive
            else None
        )

    def around(self, send: Fetch) -> Fetch:
        """The stage that waits for a place and its turn, then calls ``send``."""
        places, pace = self._places, self._pace
        attempt = self._congestion.watch(send) if self._congestion else send

        async def fetch(call: Call) -> bytes:
            await places.take()
            try:
                if pace is not None:
                    async with pace:
                        pass
                return await attempt(call)
            finally:
                places.add(1)

        return fetch


def _pace(rate: float | None) -> AbstractAsyncContextManager[None] | None:
    if rate is None:
        return None
    try:
        from aiolimiter import AsyncLimiter  # noqa: PLC0415 - only with a rate
    except ImportError as error:
        message = 'Limits.rate needs an extra: pip install "loguro-async[rate]"'
        raise ImportError(message) from error
    # One request at a time, evenly spread: a burst is what a rate is there to prevent.
    return AsyncLimiter(1, 1 / rate)
