"""How many requests may be in flight at once, and how many may be sent in a second."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from loguro_async.config import Limits, SharedLimits
    from loguro_async.pipeline.call import Call, Fetch, Surroundings
    from loguro_async.pipeline.congestion import Congestion


class Places:
    """So many places; their number can change at any time.

    They are given first come, first served, to those in the background after all others.
    """

    __slots__ = ("_free", "_in_background", "_waiting")

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._in_background: deque[asyncio.Future[None]] = deque()

    async def take(self, *, background: bool = False) -> None:
        """Wait for a place, and take it."""
        if self._free > 0:  # then nobody waits: places that come free are given out at once
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        queue = self._in_background if background else self._waiting
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.add(1)
            elif turn in queue:  # else it was passed over, being cancelled already
                queue.remove(turn)
            raise

    def add(self, count: int) -> None:
        """Give places back, or add some; a negative count takes some away as they come free."""
        self._free += count
        while self._free > 0 and (queue := self._waiting or self._in_background):
            turn = queue.popleft()
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

    __slots__ = ("_congestion", "_pace", "_places", "_shared")

    def __init__(self, limits: Limits, surroundings: Surroundings) -> None:
        self._places = Places(limits.concurrency)
        self._pace = _pace(limits.rate)
        self._shared = limits.shared
        self._congestion = (
            _congestion(limits, surroundings, self._places) if limits.adaptive else None
        )

    def around(self, send: Fetch) -> Fetch:
        """The stage that waits for a place and its turn, then calls ``send``."""
        places, pace = self._places, self._pace
        attempt = self._congestion.watch(send) if self._congestion else send
        if self._shared is not None:
            attempt = _with_shared_permit(self._shared, attempt)

        async def fetch(call: Call) -> bytes:
            await places.take(background=call.background)
            try:
                if pace is not None:
                    async with pace:
                        pass
                return await attempt(call)
            finally:
                places.add(1)

        return fetch


def _with_shared_permit(shared: SharedLimits, attempt: Fetch) -> Fetch:
    async def fetch(call: Call) -> bytes:
        async with shared.permit(deadline=call.deadline, background=call.background):
            return await attempt(call)

    return fetch


def _congestion(limits: Limits, surroundings: Surroundings, places: Places) -> Congestion:
    from loguro_async.pipeline.congestion import Congestion  # noqa: PLC0415 - only now needed

    return Congestion(limits.concurrency, surroundings.clock, places.add)


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
