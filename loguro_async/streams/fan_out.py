"""One call for each of many projects, with bounded concurrency and memory."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Sized
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from loguro_async.checks import check_seconds, check_whole_number
from loguro_async.errors import (
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    InvalidQueryError,
    LoguroError,
)
from loguro_async.runtime import running_loop

ProjectT = TypeVar("ProjectT")
ValueT = TypeVar("ValueT")

Slugs: TypeAlias = Iterable[str] | AsyncIterable[str]
Progress: TypeAlias = Callable[[int, int | None], object]

_LOG: Final = logging.getLogger("loguro_async")
# Every other project would fail in the same way.
_FATAL: Final = (AuthenticationError, ClientClosedError, ConfigurationError)
_HEARTBEAT_SECONDS: Final = 1.0
_OUTAGE_SECONDS: Final = 1.0


class FanOutResult(Struct, Generic[ValueT], frozen=True):
    """The outcome of one project's call: a value, or an error.

    Attributes:
        slug: The project.
        value: What the call returned; ``None`` where it failed.
        error: What it failed with; ``None`` where it did not.
    """

    slug: str
    value: ValueT | None = None
    error: Exception | None = None

    def unwrap(self) -> ValueT:
        """Returns the value.

        Raises:
            Exception: The call's own error, where it failed.
        """
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # None only where the call returned None


def fan_out(
    project: Callable[[str], ProjectT],
    slugs: Slugs,
    call: Callable[[ProjectT], Awaitable[ValueT]],
    *,
    concurrency: int,
    ordered: bool,
    progress: Progress | None,
    outage_seconds: Callable[[], float],
) -> AsyncGenerator[FanOutResult[ValueT], None]:
    """Calls for each slug; see ``LoguroClient.fan_out``.

    Args:
        project: Returns the project of a slug.
        slugs: The slugs.
        call: Makes one project's call.
        concurrency: The maximum of concurrent calls.
        ordered: Whether results come in the order of the slugs.
        progress: Called with the number of results so far, and the total where it is known.
        outage_seconds: Returns for how long the service has been unavailable.

    Raises:
        InvalidQueryError: An argument is not allowed.
    """
    concurrency = check_whole_number("concurrency", concurrency, least=1, error=InvalidQueryError)
    if isinstance(slugs, str | bytes) or not isinstance(slugs, Iterable | AsyncIterable):
        message = f"slugs must be an iterable of slugs, got {slugs!r}"
        raise InvalidQueryError(message)
    total = len(slugs) if isinstance(slugs, Sized) else None
    order: _Order[ValueT] = _InOrder() if ordered else _AsFinished()
    run = _Run(project, slugs, call, concurrency, outage_seconds)
    return run.results(order, progress or _no_progress, total)


def check_max_outage(max_outage: float) -> float:
    """Returns the seconds for which a run waits for a service that is unavailable."""
    return check_seconds("max_outage", max_outage, error=InvalidQueryError)


def _no_progress(_done: int, _total: int | None) -> None:
    """Does nothing, for a run without a progress function."""


_Indexed: TypeAlias = tuple[int, FanOutResult[ValueT]]
"""The position of a slug among all, and its result."""


class _Order(Protocol[ValueT]):
    def after(self, indexed: _Indexed[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        """Returns the results that can be passed on, now that one more has come."""
        ...


class _AsFinished(Generic[ValueT]):
    def after(self, indexed: _Indexed[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        return (indexed[1],)


class _InOrder(Generic[ValueT]):
    """Holds a result back until all before it were passed on."""

    def __init__(self) -> None:
        self._early: dict[int, FanOutResult[ValueT]] = {}
        self._next = 0

    def after(self, indexed: _Indexed[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        index, result = indexed
        self._early[index] = result
        while self._next in self._early:
            yield self._early.pop(self._next)
            self._next += 1


class _Run(Generic[ProjectT, ValueT]):
    """One task reads the slugs and starts a task for each; results wait until they are taken.

    Slugs whose results were not taken yet are bounded by twice the concurrency.
    """

    def __init__(
        self,
        project: Callable[[str], ProjectT],
        slugs: Slugs,
        call: Callable[[ProjectT], Awaitable[ValueT]],
        concurrency: int,
        outage_seconds: Callable[[], float],
    ) -> None:
        self._project = project
        self._slugs = slugs
        self._call = call
        self._concurrency = concurrency
        self._outage_seconds = outage_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._found: deque[_Indexed[ValueT]] = deque()
        self._untaken = 0
        self._fatal: BaseException | None = None
        self._is_closing = False
        self._is_waiting_for_service = False
        self._has_room = asyncio.Event()
        self._has_changed = asyncio.Event()

    async def results(
        self, order: _Order[ValueT], progress: Progress, total: int | None
    ) -> AsyncGenerator[FanOutResult[ValueT], None]:
        """Yields every result."""
        done = 0
        reader = running_loop().create_task(self._read())
        reader.add_done_callback(lambda _: self._has_changed.set())
        try:
            while True:
                while self._found:
                    for result in order.after(self._found.popleft()):
                        done += 1
                        progress(done, total)
                        yield result
                        self._untaken -= 1
                        self._has_room.set()
                if self._fatal is not None:
                    raise self._fatal
                if reader.done() and not self._tasks and not self._found:
                    break
                await self._changed()
                if self._waits_for_service():
                    progress(done, total)
            reader.result()
        finally:
            await self._close(reader)

    async def _changed(self) -> None:
        """Waits for a result, the end, or the next heartbeat."""
        self._has_changed.clear()
        timer = asyncio.get_running_loop().call_later(_HEARTBEAT_SECONDS, self._has_changed.set)
        try:
            await self._has_changed.wait()
        finally:
            timer.cancel()

    def _waits_for_service(self) -> bool:
        """Whether the run is paused because the service is unavailable; logged once an outage."""
        seconds = self._outage_seconds()
        is_waiting = seconds >= _OUTAGE_SECONDS
        if is_waiting and not self._is_waiting_for_service:
            _LOG.warning("fan-out is paused: the service has been unavailable for %.0f s", seconds)
        elif self._is_waiting_for_service and not is_waiting:
            _LOG.warning("fan-out continues: the service is available again")
        self._is_waiting_for_service = is_waiting
        return is_waiting

    async def _read(self) -> None:
        """Reads the slugs in one task from beginning to end, as far as there is room."""
        index = 0
        if isinstance(self._slugs, AsyncIterable):
            source = aiter(self._slugs)
            try:
                async for slug in source:
                    self._start(index, slug)
                    index += 1
                    await self._wait_for_room(source)
            finally:
                await _close_source(source)
        else:
            for slug in self._slugs:
                self._start(index, slug)
                index += 1
                await self._wait_for_room(None)

    async def _wait_for_room(self, source: Any) -> None:  # noqa: ANN401 - an iterator, a generator or None
        """Waits until another call may start."""
        while len(self._tasks) >= self._concurrency or self._untaken >= 2 * self._concurrency:
            self._has_room.clear()
            try:
                await self._has_room.wait()
            except asyncio.CancelledError as error:
                # A time limit inside a generator cancels the task that reads it, also between two
                # items; the generator turns that into its TimeoutError.
                if self._is_closing or not hasattr(source, "athrow"):
                    raise
                await source.athrow(error)
                raise

    def _start(self, index: int, slug: str) -> None:
        self._untaken += 1
        task = asyncio.get_running_loop().create_task(self._call_one(index, slug))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._has_room.set()
        self._has_changed.set()

    async def _call_one(self, index: int, slug: str) -> None:
        try:
            value = await self._call(self._project(slug))
        except _FATAL as error:
            self._fatal = self._fatal or error
            return
        except asyncio.CancelledError:
            if self._is_closing:
                raise
            message = "the call was cancelled by code that it awaited, not by this run"
            result = FanOutResult[ValueT](slug, error=LoguroError(message).about(slug=slug))
        except Exception as error:  # noqa: BLE001 - one project's failure is that project's result
            result = FanOutResult[ValueT](slug, error=error)
        except BaseException as error:  # noqa: BLE001 - raised by the run, so that it is not lost
            self._fatal = self._fatal or error
            return
        else:
            result = FanOutResult(slug, value)
        self._found.append((index, result))

    async def _close(self, reader: asyncio.Task[None]) -> None:
        self._is_closing = True
        tasks = [reader, *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close_source(source: Any) -> None:  # noqa: ANN401 - an iterator or a generator
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()
