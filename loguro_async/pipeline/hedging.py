"""Sends a request a second time when its answer is late, and takes whichever comes first."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call, Fetch

_LATE: Final = 0.95
_EXTRA_LOAD: Final = 0.05
_MOST_SAVED_UP: Final = 10.0
_REMEMBERED: Final = 200
# Fewer say nothing of what is late.
_LEAST_REMEMBERED: Final = 20


class Punctuality:
    """How long the last answers of one endpoint took, in seconds."""

    __slots__ = ("_in_order", "_sorted")

    def __init__(self) -> None:
        self._in_order: deque[float] = deque()
        self._sorted: list[float] = []

    def took(self, seconds: float) -> None:
        """Remember one answer, in the place of the oldest."""
        if len(self._in_order) == _REMEMBERED:
            oldest = self._in_order.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]
        self._in_order.append(seconds)
        insort(self._sorted, seconds)

    def late_after(self) -> float | None:
        """Seconds within which 95 in 100 answers came; ``None`` while too few have come."""
        known = len(self._sorted)
        return self._sorted[int(_LATE * known)] if known >= _LEAST_REMEMBERED else None


class Hedging:
    """What one view of a client knows of late answers, and how many requests it may add.

    Args:
        clock: Seconds, never going back.
    """

    __slots__ = ("_clock", "_endpoints", "_savings")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._endpoints: dict[str, Punctuality] = {}
        # Each request saves up a twentieth of a second one, so that the load stays within that.
        self._savings = 0.0

    def around(self, send: Fetch) -> Fetch:
        """The stage that sends late requests again."""

        async def fetch(call: Call) -> bytes:
            self._savings = min(_MOST_SAVED_UP, self._savings + _EXTRA_LOAD)
            punctuality = self._endpoints.setdefault(call.query.endpoint, Punctuality())
            began = self._clock()
            late_after = punctuality.late_after()
            if late_after is None:
                body = await send(call)
            else:
                body = await self._first_of_two(send, call, late_after)
            punctuality.took(self._clock() - began)
            return body

        return fetch

    async def _first_of_two(self, send: Fetch, call: Call, late_after: float) -> bytes:
        tasks = {_begin(send, call)}
        try:
            done, _ = await asyncio.wait(tasks, timeout=late_after)
            if not done and self._savings >= 1:
                self._savings -= 1
                tasks.add(_begin(send, call))
            return await _first_answer(tasks)
        finally:
            for task in tasks:
                task.cancel()
            # Waited for, so that a place and a connection are free again when this returns.
            await asyncio.gather(*tasks, return_exceptions=True)


def _begin(send: Fetch, call: Call) -> asyncio.Task[bytes]:
    async def request() -> bytes:
        return await send(call)

    return asyncio.get_running_loop().create_task(request())


async def _first_answer(tasks: set[asyncio.Task[bytes]]) -> bytes:
    """The first answer; where all fail, the error of the last to do so."""
    pending = set(tasks)
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        answers = [task for task in done if not task.exception()]
        if answers or not pending:
            return (answers or list(done))[0].result()
