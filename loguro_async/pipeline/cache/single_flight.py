"""Shares one load between callers that make the same call at the same time (singleflight).

A load runs in a task and a context of its own and ends at the deadline it was started with.
Callers that join do not extend it; a caller that has time left when it ends by its deadline starts
or joins the next one. The last waiter to leave cancels it, unless it is a refresh.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from math import inf
from typing import TYPE_CHECKING, Any

from loguro_async.errors import ClientClosedError, LoguroError, TransportError
from loguro_async.pipeline.deadline import Deadline
from loguro_async.runtime import running_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from loguro_async.models.response_base import Response
    from loguro_async.pipeline import call as pipeline_call
    from loguro_async.pipeline.call import Call


class Load:
    """One load, in progress or finished.

    Args:
        call: The call that is run.
        clock: Returns seconds; never goes back.
        on_finished: Called with the load when it has ended, before its waiters continue.
        is_stored: Whether the response is cached.

    Attributes:
        call: The call that is run.
        is_stored: Whether the response is cached.
        is_refresh: Whether it continues without waiters.
        is_done: Whether it has ended.
        is_expired: Whether it ended because its deadline came.
        response: The response, where there is one.
        error: What it failed with, where it did.
        latest_deadline: The latest deadline of those who waited when it ended by its own.
        task: The task that it runs in.
    """

    __slots__ = (
        "_clock",
        "_is_started",
        "_on_finished",
        "_waiters",
        "call",
        "error",
        "is_done",
        "is_expired",
        "is_refresh",
        "is_stored",
        "latest_deadline",
        "response",
        "task",
    )

    task: asyncio.Task[None]

    def __init__(
        self,
        call: Call,
        clock: Callable[[], float],
        on_finished: Callable[[Load], None],
        *,
        is_stored: bool,
    ) -> None:
        self.call = call
        self.is_stored = is_stored
        self.is_refresh = False
        self.is_done = False
        self.is_expired = False
        self.response: Response | None = None
        self.error: BaseException | None = None
        self.latest_deadline = 0.0
        self._clock = clock
        self._on_finished = on_finished
        self._is_started = False
        self._waiters: dict[asyncio.Future[None], float] = {}

    @property
    def was_abandoned(self) -> bool:
        """Whether it was cancelled because the last waiter left."""
        return self.is_done and self.response is None and self.error is None

    def start(self, load: pipeline_call.Load) -> None:
        """Starts the task; ``load`` is the stage after the cache."""
        self.call.deadline.start(self._expire)
        self.task = _create_task(self._run(load))

    async def _run(self, load: pipeline_call.Load) -> None:
        self._is_started = True
        try:
            self.response = await load(self.call)
        except asyncio.CancelledError:
            self._note_cancellation()
        except Exception as error:  # noqa: BLE001 - raised again for each waiter
            self.error = error
        self._finish()

    def _note_cancellation(self) -> None:
        if self.is_done or self.error is not None:
            return
        if self.call.deadline.is_expired:
            self.is_expired = True
            self.error = self.call.deadline_error(self._clock() - self.call.started_at)
        else:
            self.error = TransportError("the request was cancelled from outside; try again")

    def _expire(self) -> None:
        self.task.cancel()
        if not self._is_started:  # then the task ends without having run
            self._note_cancellation()
            self._finish()

    def _finish(self) -> None:
        if self.is_done:
            return
        self.is_done = True
        self.call.deadline.stop()
        self.latest_deadline = max(self._waiters.values(), default=0.0)
        self._on_finished(self)
        for waiter in self._waiters:
            _wake(waiter)

    async def wait(self, deadline: float) -> bool:
        """Waits for the end of the load.

        Args:
            deadline: Until when, by the clock. The load itself may end earlier by its own deadline.

        Returns:
            Whether it ended.
        """
        if self.is_done:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = deadline
        timer = None
        if deadline < self.call.deadline.at or (self.call.is_background and deadline < inf):
            timer = Deadline(deadline, self._clock)
            timer.start(lambda: _wake(waiter))
        try:
            await waiter
        finally:
            if timer is not None:
                timer.stop()
            del self._waiters[waiter]
            has_ended = self.is_done
            if not (has_ended or self._waiters or self.is_refresh):
                self.task.cancel()
                self._finish()  # at once: a caller that comes now starts a new load
        return has_ended

    def close(self) -> None:
        """Cancels the load because the client is closed; its waiters get ``ClientClosedError``."""
        if not self.is_done:
            message = "the client was closed while this call was in progress; make a new client"
            self.error = ClientClosedError(message)
            self.task.cancel()
            self._finish()

    def result(self) -> Response:
        """Returns the response of a load that has ended.

        Raises:
            LoguroError: It failed; each caller gets an error of its own.
        """
        if self.response is not None:
            return self.response
        error = self.error
        assert error is not None  # noqa: S101 - an abandoned load has no waiters
        raise error.for_another_waiter() if isinstance(error, LoguroError) else error


class SingleFlight:
    """The loads in progress of a client: by key, at most one that callers can join.

    Attributes:
        is_closed: Whether no load can be started any more.
    """

    __slots__ = ("_by_slug", "_cancelled", "_in_flight", "is_closed")

    def __init__(self) -> None:
        # Those that can be joined and whose responses may be stored, by project and key.
        self._by_slug: dict[str, dict[str, Load]] = {}
        self._in_flight: set[Load] = set()
        self._cancelled: set[asyncio.Task[None]] = set()
        self.is_closed = False

    @property
    def refreshes(self) -> bool:
        """Whether loads without waiting callers are in progress."""
        return any(load.is_refresh for load in self._in_flight)

    def get(self, slug: str, key: str) -> Load | None:
        """Returns the load that a caller may join, where there is one."""
        loads = self._by_slug.get(slug)
        return None if loads is None else loads.get(key)

    def add(self, load: Load) -> None:
        """Adds a load that is about to start; one that is stored replaces the one before it.

        Raises:
            ClientClosedError: The client was closed.
        """
        if self.is_closed:
            message = "the client was closed while this call was in progress; make a new client"
            raise ClientClosedError(message)
        self._in_flight.add(load)
        if load.is_stored:
            request = load.call.request
            self._by_slug.setdefault(request.slug, {})[request.key] = load

    def remove(self, load: Load) -> bool:
        """Removes a load that has ended; returns whether its response may be stored."""
        self._in_flight.discard(load)
        if load.was_abandoned:
            self._cancelled.add(load.task)
            load.task.add_done_callback(self._cancelled.discard)
        request = load.call.request
        loads = self._by_slug.get(request.slug)
        if loads is None or loads.get(request.key) is not load:
            return False
        del loads[request.key]
        if not loads:
            del self._by_slug[request.slug]
        return True

    def slugs(self) -> Iterable[str]:
        """Returns the projects of the loads whose responses may be stored."""
        return self._by_slug.keys()

    def forget(self, slug: str | None = None, key: str | None = None) -> None:
        """Makes loads in progress unavailable to further callers, and their responses not stored.

        Args:
            slug: Those of one project; by default all.
            key: The one for this key only.
        """
        if slug is None:
            self._by_slug.clear()
        elif key is None:
            self._by_slug.pop(slug, None)
        elif (loads := self._by_slug.get(slug)) is not None:
            loads.pop(key, None)

    async def drain(self, seconds: float) -> None:
        """Waits for the loads in progress, then closes those that take longer."""
        loop = running_loop()
        until = loop.time() + seconds
        try:
            while (tasks := [load.task for load in self._in_flight]) and loop.time() < until:
                await asyncio.wait(tasks, timeout=until - loop.time())
        finally:
            self.is_closed = True
            tasks = [load.task for load in self._in_flight]
            for load in tuple(self._in_flight):
                load.close()
        if rest := {*tasks, *self._cancelled}:
            await asyncio.wait(rest)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _create_task(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Starts a task in an empty context, because other callers share it."""
    context = contextvars.Context()
    if sys.version_info >= (3, 12):
        # Eager: runs at once up to the first wait, which saves a pass of the event loop.
        loop = asyncio.get_running_loop()
        return asyncio.Task(coroutine, loop=loop, context=context, eager_start=True)
    return asyncio.get_running_loop().create_task(coroutine, context=context)
