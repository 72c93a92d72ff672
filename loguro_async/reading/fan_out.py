"""One call for each of many projects, so many at a time, in memory that does not grow with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Sized
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from msgspec import Struct

from loguro_async.errors import (
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    InvalidQueryError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    if isinstance(slugs, str):
        message = f"slugs is the text {slugs!r}; give a list of slugs"
        raise InvalidQueryError(message)
    run = _Run(project, slugs, call, concurrency)
    results = _in_order(run.results()) if ordered else _as_they_come(run.results())
    return _reported(results, progress, len(slugs) if isinstance(slugs, Sized) else None)


class _Numbered(Struct, Generic[ValueT], frozen=True):
    """A result, and the place of its slug among all."""

    place: int
    result: FanOutResult[ValueT]
    release: Callable[[], None]


class _Run(Generic[ProjectT, ValueT]):
    """Workers that take slugs from one source and put results into one queue.

    ``_window`` bounds how far the workers are ahead of whoever takes the results.
    """

    def __init__(
        self,
        project: Callable[[str], ProjectT],
        slugs: Slugs,
        call: Callable[[ProjectT], Awaitable[ValueT]],
        concurrency: int,
    ) -> None:
        self._project = project
        self._call = call
        self._concurrency = concurrency
        self._source = aiter(slugs if isinstance(slugs, AsyncIterable) else _each(slugs))
        self._source_lock = asyncio.Lock()
        self._taken = 0
        self._window = asyncio.Semaphore(2 * concurrency)
        self._queue: asyncio.Queue[_Numbered[ValueT] | None] = asyncio.Queue()

    async def results(self) -> AsyncGenerator[_Numbered[ValueT], None]:
        """Every result, numbered, as the calls end."""
        everybody = asyncio.create_task(self._work_together())
        everybody.add_done_callback(lambda _: self._queue.put_nowait(None))
        try:
            while (numbered := await self._queue.get()) is not None:
                yield numbered
            everybody.result()
        finally:
            everybody.cancel()
            # Not awaited itself: what it still fails with is nobody's concern any more.
            await asyncio.gather(everybody, return_exceptions=True)

    async def _work_together(self) -> None:
        failures: BaseExceptionGroup[Exception] | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(self._work())
        except* Exception as group_of_failures:  # noqa: BLE001 - raised just below
            failures = group_of_failures
        if failures is not None:
            raise failures.exceptions[0]

    async def _work(self) -> None:
        while True:
            await self._window.acquire()
            async with self._source_lock:
                slug = await anext(self._source, None)
                place = self._taken
                self._taken += 1
            if slug is None:
                self._window.release()
                return
            result = await self._result(slug)
            self._queue.put_nowait(_Numbered(place, result, self._window.release))

    async def _result(self, slug: str) -> FanOutResult[ValueT]:
        try:
            return FanOutResult(slug, await self._call(self._project(slug)))
        except _ENDING:
            raise
        except Exception as error:  # noqa: BLE001 - one project's failure is that project's result
            return FanOutResult(slug, error=error)


async def _each(slugs: Iterable[str]) -> AsyncIterator[str]:
    for slug in slugs:
        yield slug


async def _as_they_come(
    results: AsyncGenerator[_Numbered[ValueT], None],
) -> AsyncGenerator[FanOutResult[ValueT], None]:
    try:
        async for numbered in results:
            yield numbered.result
            numbered.release()
    finally:
        await results.aclose()


async def _in_order(
    results: AsyncGenerator[_Numbered[ValueT], None],
) -> AsyncGenerator[FanOutResult[ValueT], None]:
    early: dict[int, _Numbered[ValueT]] = {}
    due = 0
    try:
        async for numbered in results:
            early[numbered.place] = numbered
            while due in early:
                ready = early.pop(due)
                yield ready.result
                ready.release()
                due += 1
    finally:
        await results.aclose()


async def _reported(
    results: AsyncGenerator[FanOutResult[ValueT], None],
    progress: Progress | None,
    total: int | None,
) -> AsyncGenerator[FanOutResult[Any], None]:
    try:
        done = 0
        async for result in results:
            done += 1
            if progress is not None:
                progress(done, total)
            yield result
    finally:
        await results.aclose()
