"""Sends a second request when the first one is slow, and uses the response that comes first.

Source: "The Tail at Scale" (Dean, Barroso): hedged requests after the 95th percentile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call, Send

_SLOW: Final = 0.95
_HEDGED_SHARE: Final = 0.05
_MOST_TOKENS: Final = 10.0
_WINDOW: Final = 200
# With fewer latencies, the percentile is too uncertain.
_LEAST_LATENCIES: Final = 20
# Of clocks, in seconds.
_RESOLUTION: Final = 1e-6


class Hedging:
    """The latencies of each endpoint, and the tokens that pay for hedged requests.

    Args:
        clock: Returns seconds; never goes back.
    """

    __slots__ = ("_clock", "_latencies", "_tokens")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._latencies: dict[str, deque[float]] = {}
        # Each request adds a twentieth of a token, so that at most 5 % are hedged.
        self._tokens = 0.0

    def hedge(self, send: Send) -> Send:
        """The stage that hedges slow requests."""

        async def hedge(call: Call) -> bytes:
            self._tokens = min(_MOST_TOKENS, self._tokens + _HEDGED_SHARE)
            latencies = self._latencies.setdefault(call.request.endpoint, deque(maxlen=_WINDOW))
            began = self._clock()
            if len(latencies) < _LEAST_LATENCIES:
                body, took = await send(call), self._seconds_sent(call, began)
            else:
                slow_after = sorted(latencies)[int(_SLOW * len(latencies))]
                body, took = await self._first_of_two(send, call, began, slow_after)
            latencies.append(took)
            return body

        return hedge

    async def _first_of_two(
        self, send: Send, call: Call, began: float, slow_after: float
    ) -> tuple[bytes, float]:
        """Returns the first response, and for how long the first request had been sent."""
        tasks = {_start(send, call)}
        try:
            left = slow_after
            while left > _RESOLUTION and not (await asyncio.wait(tasks, timeout=left))[0]:
                left = slow_after - self._seconds_sent(call, began)
            took_before, now = self._seconds_sent(call, began), self._clock()
            if left <= _RESOLUTION and self._tokens >= 1:
                self._tokens -= 1
                tasks.add(_start(send, call))
            body = await _first_response(tasks)
            return body, took_before + self._clock() - now
        finally:
            for task in tasks:
                task.cancel()
            # Awaited, so that a permit and a connection are free again when this returns.
            await asyncio.gather(*tasks, return_exceptions=True)

    def _seconds_sent(self, call: Call, began: float) -> float:
        """Returns for how long the request has been sent: waiting for a permit is not latency."""
        sent_at = call.sent_at
        return 0.0 if sent_at is None or sent_at < began else self._clock() - sent_at


def _start(send: Send, call: Call) -> asyncio.Task[bytes]:
    async def request() -> bytes:
        return await send(call)

    return asyncio.get_running_loop().create_task(request())


async def _first_response(tasks: set[asyncio.Task[bytes]]) -> bytes:
    """Returns the first response; where all requests fail, the last error is raised."""
    pending = set(tasks)
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        responses = [task for task in done if not task.exception()]
        if responses or not pending:
            return (responses or list(done))[0].result()
