"""One call for each of many projects, so many at a time, in memory that does not grow with them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Sized
from typing import Final, Generic, Protocol, TypeAlias, TypeVar, cast

from msgspec import Struct

from loguro_async.errors import (
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    InvalidQueryError,
    LoguroError,
)
from loguro_async.together import together

ProjectT = TypeVar("ProjectT")
ValueT = TypeVar("ValueT")

Slugs: TypeAlias = Iterable[str] | AsyncIterable[str]
Progress: TypeAlias = Callable[[int, int | None], object]


# What is wrong with the whole run, and would be with every project.
_ENDING: Final = (AuthenticationError, ClientClosedError, ConfigurationError)


class FanOutResult(Struct, Generic[ValueT], frozen=True):
    """What came of one project's call: a value, or an error.

    Attributes:
        slug: The project.
        value: What the call gave; ``None`` where it failed.
        error: What it failed with; ``None`` where it did not.
    """

    slug: str
    value: ValueT | None = None
    error: Exception | None = None

    def unwrap(self) -> ValueT:
        """The value.

        Raises:
            Exception: The call's own error, where it failed.
        """
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # None only where the call gave None


def fan_out(
    project: Callable[[str], ProjectT],
    slugs: Slugs,
    call: Callable[[ProjectT], Awaitable[ValueT]],
    *,
    concurrency: int,
    ordered: bool,
    progress: Progress | None,
) -> AsyncGenerator[FanOutResult[ValueT], None]:
    """Call for each slug; see ``LoguroClient.fan_out``.

    Raises:
        InvalidQueryError: ``concurrency`` is no whole number above 0, or ``slugs`` is one slug.
    """
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        message = f"concurrency is {concurrency!r}; give a whole number of calls, 1 or above"
        raise InvalidQueryError(message)
    if isinstance(slugs, str | bytes) or not isinstance(slugs, Iterable | AsyncIterable):
        message = f"slugs is {slugs!r}; give a list of slugs"
        raise InvalidQueryError(message)
    total = len(slugs) if isinstance(slugs, Sized) else None
    due: _Due[ValueT] = _InOrder() if ordered else _AsTheyCome()
    run = _Run(project, _source_of(slugs), call, concurrency)
    return run.results(due, progress or _untold, total)


def _untold(_done: int, _total: int | None) -> None:
    """Nobody asked for progress."""


_Numbered: TypeAlias = tuple[int, FanOutResult[ValueT]]
"""The place of a slug among all, and its result."""


class _Source(Protocol):
    async def take(self) -> tuple[int, str] | None:
        """The next slug, with its place among all; ``None`` at the end."""
        ...


class _AtHand:
    """Slugs of an ordinary iterable."""

    def __init__(self, slugs: Iterable[str]) -> None:
        self._numbered = enumerate(slugs)

    async def take(self) -> tuple[int, str] | None:
        return next(self._numbered, None)


class _Arriving:
    """Slugs of an async iterable, which can be asked for one at a time only."""

    def __init__(self, slugs: AsyncIterable[str]) -> None:
        self._slugs = aiter(slugs)
        self._taken = 0
        self._lock = asyncio.Lock()

    async def take(self) -> tuple[int, str] | None:
        async with self._lock:
            try:
                slug = await anext(self._slugs)
            except StopAsyncIteration:
                return None
            self._taken += 1
            return self._taken - 1, slug


def _source_of(slugs: Slugs) -> _Source:
    return _Arriving(slugs) if isinstance(slugs, AsyncIterable) else _AtHand(slugs)


class _Due(Protocol[ValueT]):
    def after(self, numbered: _Numbered[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        """The results that are due, now that one more is there."""
        ...


class _AsTheyCome(Generic[ValueT]):
    def after(self, numbered: _Numbered[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        return (numbered[1],)


class _InOrder(Generic[ValueT]):
    """Holds a result back until all before it were due."""

    def __init__(self) -> None:
        self._early: dict[int, FanOutResult[ValueT]] = {}
        self._next = 0

    def after(self, numbered: _Numbered[ValueT]) -> Iterable[FanOutResult[ValueT]]:
        place, result = numbered
        self._early[place] = result
        while self._next in self._early:
            yield self._early.pop(self._next)
            self._next += 1


class _Run(Generic[ProjectT, ValueT]):
    """Workers that take slugs from one source, and put what comes of them where it is taken.

    ``_most_ahead`` bounds how many slugs are taken whose results are not; a worker that meets this
    bound waits until half of them are, so that few of its waits are for a single place.
    """

    def __init__(
        self,
        project: Callable[[str], ProjectT],
        source: _Source,
        call: Callable[[ProjectT], Awaitable[ValueT]],
        concurrency: int,
    ) -> None:
        self._project = project
        self._call = call
        self._concurrency = concurrency
        self._source = source
        self._ahead = 0
        self._most_ahead = 2 * concurrency
        self._has_room = asyncio.Event()
        self._found: deque[_Numbered[ValueT]] = deque()
        self._has_found = asyncio.Event()

    async def results(
        self, due: _Due[ValueT], progress: Progress, total: int | None
    ) -> AsyncGenerator[FanOutResult[ValueT], None]:
        """Every result, when it is due."""
        done = 0
        workers = [self._work() for _ in range(self._concurrency)]
        everybody = asyncio.create_task(together(*workers))
        everybody.add_done_callback(lambda _: self._has_found.set())
        try:
            while True:
                while self._found:
                    for result in due.after(self._found.popleft()):
                        done += 1
                        progress(done, total)
                        yield result
                        self._fall_back()
                if everybody.done():
                    break
                self._has_found.clear()
                await self._has_found.wait()
            everybody.result()
        finally:
            everybody.cancel()
            # Not awaited itself: what it still fails with is nobody's concern any more.
            await asyncio.gather(everybody, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            while self._ahead >= self._most_ahead:
                self._has_room.clear()
                await self._has_room.wait()
            self._ahead += 1
            taken = await self._source.take()
            if taken is None:
                self._fall_back()
                return
            place, slug = taken
            self._found.append((place, await self._result(slug)))
            self._has_found.set()

    def _fall_back(self) -> None:
        self._ahead -= 1
        if self._ahead == self._concurrency:
            self._has_room.set()

    async def _result(self, slug: str) -> FanOutResult[ValueT]:
        try:
            return FanOutResult(slug, await self._call(self._project(slug)))
        except _ENDING:
            raise
        except asyncio.CancelledError:
            if cast("asyncio.Task[None]", asyncio.current_task()).cancelling():
                raise
            message = "the call was cancelled by something that it waited for, not by this run"
            return FanOutResult(slug, error=LoguroError(message).about(slug=slug))
        except Exception as error:  # noqa: BLE001 - one project's failure is that project's result
            return FanOutResult(slug, error=error)
