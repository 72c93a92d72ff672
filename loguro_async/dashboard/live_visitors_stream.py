"""The number of live visitors as server-sent events.

Pings prevent proxies from closing quiet connections. The stream ends when the host stops, when the
client closes, and when the host no longer allows it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from loguro_async.dashboard.live_visitors import put_latest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.dashboard.live_visitors import Numbers
    from loguro_async.dashboard.shutdown_signal import ShutdownSignal

_PING_SECONDS: Final = 15.0


async def live_visitors_stream(
    watched: AbstractAsyncContextManager[Numbers],
    shutdown: ShutdownSignal,
    may_watch: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[bytes, None]:
    """Yields each number as a server-sent event.

    Args:
        watched: Gives the numbers.
        shutdown: Ends the stream when the host stops.
        may_watch: Returns whether the host still allows the stream; called before each number.
    """
    async with watched as numbers:
        with shutdown.calling(lambda: put_latest(numbers, None)):
            while True:
                try:
                    async with asyncio.timeout(_PING_SECONDS):
                        number = await numbers.get()
                except TimeoutError:
                    yield b": ping\n\n"
                    continue
                if number is None or not await may_watch():
                    return
                yield f"data: {number}\n\n".encode()
