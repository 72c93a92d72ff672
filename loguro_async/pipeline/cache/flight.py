"""One load that many callers wait for.

A load runs in a task of its own, without the context of whoever began it. A caller's cancellation
or deadline ends that caller's wait alone; when the last one leaves, the load is stopped.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING

from loguro_async.errors import ClientClosedError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.models.responses import Response
    from loguro_async.pipeline.call import Call


class Flight:
    """One load under way.

    Args:
        call: The call as the load sees it; its deadline is the latest of all who wait.
        load: Gives the answer.
        landed: Told when the load has ended, before anybody who waits is.
        left: Told when the last caller has left before the end.
    """

    __slots__ = ("_aboard", "_landed", "_left", "_task", "_waiting", "call")

    def __init__(
        self,
        call: Call,
        load: Callable[[Call], Coroutine[Any, Any, Response]],
        *,
        landed: Callable[[Flight], None],
        left: Callable[[Flight], None],
    ) -> None:
        self.call = call
        self._landed = landed
        self._left = left
        self._aboard = 0
        self._waiting: set[asyncio.Future[None]] = set()
        # An empty context: what the first caller carries must not reach the others.
        self._task = asyncio.get_running_loop().create_task(
            load(call), context=contextvars.Context()
        )
        self._task.add_done_callback(self._ended)

    def board(self, deadline: float) -> None:
        """Count a caller in; ``deadline`` is until when the answer is of use, by the clock."""
        self._aboard += 1
        self.call.deadline = max(self.call.deadline, deadline)

    def leave(self) -> None:
        """Count a caller out. The last one to leave stops a load that has not ended."""
        self._aboard -= 1
        if self._aboard == 0 and not self._task.done():
            self._left(self)
            self._task.cancel()

    async def wait(self, seconds: float) -> bool:
        """Wait for the end of the load, for so many seconds. Whether it came."""
        if self._task.done():
            return True
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiting.add(waiter)
        alarm = loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            alarm.cancel()
            self._waiting.discard(waiter)
        return self._task.done()

    def answer(self) -> Response:
        """The answer of a load that has ended, or its error, as one of this caller's own."""
        error = self.error()
        if isinstance(error, LoguroError):
            raise error.for_another_waiter()
        if error is not None:
            raise error
        return self._task.result()

    def error(self) -> BaseException | None:
        """What the load that has ended failed with, if it did."""
        if self._task.cancelled():
            message = "the client was closed while this call was under way; make a new client"
            return ClientClosedError(message)
        return self._task.exception()

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        self._task.cancel()

    async def ended(self) -> None:
        """Wait until the load's task is gone."""
        await asyncio.wait({self._task})

    def _ended(self, task: asyncio.Task[Response]) -> None:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told it never was
        self._landed(self)
        for waiter in self._waiting:
            _wake(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
