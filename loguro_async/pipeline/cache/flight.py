"""One load that many callers wait for.

A load runs in a task of its own, without the context of whoever began it. A caller's cancellation
or deadline ends that caller's wait alone; when the last one leaves, the load is stopped. One of
very many loads runs in the task of its caller instead, which costs much less: where that caller
leaves, those who joined ask anew.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from typing import TYPE_CHECKING, Protocol, cast

from loguro_async.errors import ClientClosedError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.models.responses import Response
    from loguro_async.pipeline.cache.alarms import Alarms
    from loguro_async.pipeline.call import Call


class Flight(Protocol):
    """One load under way."""

    @property
    def call(self) -> Call:
        """The call as the load sees it."""
        ...

    @property
    def is_abandoned(self) -> bool:
        """Whether it ended without an answer or an error, and who still wants one asks anew."""
        ...

    def board(self, deadline: float) -> None:
        """Count a caller in; ``deadline`` is until when the answer is of use, by the clock."""
        ...

    def leave(self) -> None:
        """Count a caller out."""
        ...

    async def wait(self, seconds: float) -> bool:
        """Wait for the end of the load, for so many seconds. Whether it came."""
        ...

    async def ended(self) -> None:
        """Wait until the load is gone."""
        ...

    def answer(self) -> Response:
        """The answer of a load that has ended, or its error, as one of this caller's own."""
        ...

    def error(self) -> BaseException | None:
        """What the load that has ended failed with, if it did."""
        ...

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        ...


class Waiters:
    """Callers that wait for the same end, each with a future of its own."""

    __slots__ = ("_alarms", "_waiting")

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self, seconds: float) -> None:
        """Wait to be woken, for so many seconds."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._alarms.set(waiter, seconds, _wake)
        try:
            await waiter
        finally:
            self._alarms.clear(waiter)
            self._waiting.remove(waiter)

    def wake(self) -> None:
        """Wake all who wait."""
        for waiter in self._waiting:
            _wake(waiter)


class SharedFlight:
    """A load in a task of its own, for as long as anybody waits for it.

    Args:
        call: The call as the load sees it; its deadline is the latest of all who wait.
        load: Gives the answer.
        alarms: Keep the deadlines of those who wait.
        landed: Told when the load has ended, before anybody who waits is.
        left: Told when the last caller has left before the end.
    """

    __slots__ = ("_aboard", "_landed", "_left", "_task", "_waiters", "call")

    is_abandoned = False

    def __init__(
        self,
        call: Call,
        load: Callable[[Call], Coroutine[Any, Any, Response]],
        alarms: Alarms,
        *,
        landed: Callable[[Flight], None],
        left: Callable[[Flight], object],
    ) -> None:
        self.call = call
        self._landed = landed
        self._left = left
        self._aboard = 0
        self._waiters = Waiters(alarms)
        # An empty context: what the first caller carries must not reach the others.
        self._task = asyncio.get_running_loop().create_task(
            load(call), context=contextvars.Context()
        )
        self._task.add_done_callback(self._ended)

    def board(self, deadline: float) -> None:
        """Count a caller in; the load goes on until the latest deadline."""
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
        if not self._task.done():
            await self._waiters.wait(seconds)
        return self._task.done()

    async def ended(self) -> None:
        """Wait until the load's task is gone."""
        await asyncio.wait({self._task})

    def answer(self) -> Response:
        """The answer of a load that has ended, or its error, as one of this caller's own."""
        if (error := self.error()) is not None:
            raise _own(error)
        return self._task.result()

    def error(self) -> BaseException | None:
        """What the load that has ended failed with, if it did."""
        return closed_error() if self._task.cancelled() else self._task.exception()

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        self._task.cancel()

    def _ended(self, task: asyncio.Task[Response]) -> None:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told it never was
        self._landed(self)
        self._waiters.wake()


class OwnFlight:
    """A load in the task of the caller who began it, which is one of very many.

    Args:
        call: The call as the load sees it.
        alarms: Keep its deadline, and those of who joins.
        landed: Told when the load has ended, before anybody who waits is.
    """

    __slots__ = (
        "_alarms",
        "_error",
        "_has_ended",
        "_landed",
        "_response",
        "_task",
        "_waiters",
        "_was_rung",
        "call",
    )

    def __init__(self, call: Call, alarms: Alarms, *, landed: Callable[[Flight], None]) -> None:
        self.call = call
        self._alarms = alarms
        self._landed = landed
        self._task: asyncio.Task[Any] | None = None
        self._response: Response | None = None
        self._error: BaseException | None = None
        self._has_ended = False
        self._was_rung = False
        self._waiters: Waiters | None = None

    @property
    def is_abandoned(self) -> bool:
        """Whether its caller left before the end."""
        return self._has_ended and self._response is None and self._error is None

    async def fly(
        self, load: Callable[[Call], Coroutine[Any, Any, Response]], seconds: float
    ) -> bool:
        """Make the load, for so many seconds. Whether it ended in an answer or an error."""
        task = self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancellations = task.cancelling()
        self._alarms.set(self, seconds, OwnFlight._ring)
        try:
            self._response = await load(self.call)
        except asyncio.CancelledError:
            # The alarm's own cancellation is taken back; any other one is the caller's.
            if not self._was_rung or task.uncancel() > cancellations:
                raise
        except Exception as error:  # noqa: BLE001 - kept for all who wait, and raised by `answer`
            self._error = error
        finally:
            self._end()
        return not self.is_abandoned

    def _end(self) -> None:
        self._alarms.clear(self)
        self._has_ended = True
        self._landed(self)
        if self._waiters is not None:
            self._waiters.wake()

    def _ring(self) -> None:
        if self._task is not None and not (self._has_ended or self._was_rung):
            self._was_rung = True
            self._task.cancel()

    def board(self, deadline: float) -> None:
        """Nothing: whoever joins does not make it longer."""

    def leave(self) -> None:
        """Nothing: it goes on as long as its own caller waits."""

    async def wait(self, seconds: float) -> bool:
        """Wait for the end of the load, for so many seconds. Whether it came."""
        if not self._has_ended:
            self._waiters = self._waiters or Waiters(self._alarms)
            await self._waiters.wait(seconds)
        return self._has_ended

    async def ended(self) -> None:
        """Wait until the load is gone."""
        await self.wait(math.inf)

    def answer(self) -> Response:
        """The answer of a load that has ended, or its error, as one of this caller's own."""
        if self._response is None:
            raise _own(self._error or closed_error())
        return self._response

    def error(self) -> BaseException | None:
        """What the load that has ended failed with, if it did."""
        return self._error or (closed_error() if self._response is None else None)

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        self._error = self._error or closed_error()
        self._ring()


def _own(error: BaseException) -> BaseException:
    return error.for_another_waiter() if isinstance(error, LoguroError) else error


def closed_error() -> ClientClosedError:
    """What who waits is told when the client is closed."""
    message = "the client was closed while this call was under way; make a new client"
    return ClientClosedError(message)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
