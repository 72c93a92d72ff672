"""One load that many callers wait for.

A load runs in a task of its own, without the context of whoever began it. A caller's cancellation
or deadline ends that caller's wait alone; when the last one leaves, the load is stopped. One of
very many loads runs in the task of its caller instead, which costs much less: where that caller
leaves, those who joined ask anew.
"""

from __future__ import annotations

import asyncio
import contextvars
from abc import ABC, abstractmethod
from math import inf
from typing import TYPE_CHECKING, cast

from loguro_async.errors import ClientClosedError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.models.responses import Response
    from loguro_async.pipeline.cache.answers import SharedAnswers
    from loguro_async.pipeline.cache.entry import CacheKey
    from loguro_async.pipeline.call import Call


class Flight(ABC):
    """One load under way, and how it ended.

    Args:
        key: What its answer belongs to.
        call: The call as the load sees it.
        fresh_seconds: How long its answer stays fresh; ``None`` where it is not kept.
        answers: Of whose loads it is one.
        landed: Told when the load has ended, before anybody who waits is.
    """

    __slots__ = (
        "_answers",
        "_error",
        "_has_ended",
        "_landed",
        "_response",
        "_waiting",
        "call",
        "fresh_seconds",
        "key",
    )

    def __init__(
        self,
        key: CacheKey,
        call: Call,
        fresh_seconds: float | None,
        answers: SharedAnswers,
        *,
        landed: Callable[[Flight], None],
    ) -> None:
        self.key = key
        self.call = call
        self.fresh_seconds = fresh_seconds
        self._answers = answers
        self._landed = landed
        self._has_ended = False
        self._response: Response | None = None
        self._error: BaseException | None = None
        # Callers that wait for the end, each with a future of its own.
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def is_abandoned(self) -> bool:
        """Whether its caller left before the end, so that who still wants an answer asks anew."""
        return False

    @abstractmethod
    def board(self, deadline: float) -> None:
        """Count a caller in; ``deadline`` is until when the answer is of use, by the clock."""

    @abstractmethod
    def leave(self) -> None:
        """Count a caller out."""

    @abstractmethod
    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""

    async def wait(self, deadline: float) -> bool:
        """Wait for the end of the load until a time of the clock. Whether it came."""
        if not self._has_ended:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            self._answers.alarms.set(waiter, deadline, _wake)
            try:
                await waiter
            finally:
                self._answers.alarms.clear(waiter)
                self._waiting.remove(waiter)
        return self._has_ended

    async def ended(self) -> None:
        """Wait until the load is gone."""
        await self.wait(inf)

    def answer(self) -> Response:
        """The answer of a load that has ended, or its error, as one of this caller's own."""
        if self._response is None:
            raise _own(self._error or closed_error())
        return self._response

    def error(self) -> BaseException | None:
        """What the load that has ended failed with, if it did."""
        return self._error or (closed_error() if self._response is None else None)

    def _end(self) -> None:
        self._has_ended = True
        self._landed(self)
        for waiter in self._waiting:
            _wake(waiter)


class SharedFlight(Flight):
    """A load in a task of its own, for as long as anybody waits for it.

    Args:
        load: Gives the answer to the call, whose deadline is the latest of all who wait.
    """

    __slots__ = ("_aboard", "_task")

    def __init__(
        self,
        key: CacheKey,
        call: Call,
        fresh_seconds: float | None,
        answers: SharedAnswers,
        *,
        landed: Callable[[Flight], None],
        load: Callable[[Call], Coroutine[Any, Any, Response]],
    ) -> None:
        super().__init__(key, call, fresh_seconds, answers, landed=landed)
        self._aboard = 0
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
            self._answers.left(self)
            self._task.cancel()

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        self._task.cancel()

    def _ended(self, task: asyncio.Task[Response]) -> None:
        if not task.cancelled():
            self._error = task.exception()
            self._response = None if self._error else task.result()
        self._end()


class OwnFlight(Flight):
    """A load in the task of the caller who began it, which is one of very many."""

    __slots__ = ("_task", "_was_rung")

    _task: asyncio.Task[Any]
    _was_rung: bool

    @property
    def is_abandoned(self) -> bool:
        """Whether its caller left before the end."""
        return self._has_ended and self._response is None and self._error is None

    async def fly(self, load: Callable[[Call], Coroutine[Any, Any, Response]]) -> bool:
        """Make the load, until its deadline. Whether it ended in an answer or an error."""
        task = self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancellations = task.cancelling()
        self._was_rung = False
        self._answers.alarms.set(self, self.call.deadline, OwnFlight._ring)
        try:
            self._response = await load(self.call)
        except asyncio.CancelledError:
            # The alarm's own cancellation is taken back; any other one is the caller's.
            if not self._was_rung or task.uncancel() > cancellations:
                raise
        except Exception as error:  # noqa: BLE001 - kept for all who wait, and raised by `answer`
            self._error = error
        finally:
            self._answers.alarms.clear(self)
            self._end()
        return not self.is_abandoned

    def board(self, deadline: float) -> None:
        """Nothing: whoever joins does not make it longer."""

    def leave(self) -> None:
        """Nothing: it goes on as long as its own caller waits."""

    def stop(self) -> None:
        """End the load at once; who waits is told that the client was closed."""
        self._error = self._error or closed_error()
        self._ring()

    def _ring(self) -> None:
        if not (self._has_ended or self._was_rung):
            self._was_rung = True
            self._task.cancel()


def _own(error: BaseException) -> BaseException:
    return error.for_another_waiter() if isinstance(error, LoguroError) else error


def closed_error() -> ClientClosedError:
    """What who waits is told when the client is closed."""
    message = "the client was closed while this call was under way; make a new client"
    return ClientClosedError(message)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
