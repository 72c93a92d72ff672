"""Every event of a window, newest first: pages are read one after the other, a few ahead.

Source: "Raw event listing".
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar

from loguro_async.checks import check_whole_number
from loguro_async.errors import InvalidQueryError
from loguro_async.models.events import without_page_body
from loguro_async.query.filters import as_filter
from loguro_async.query.ranges import DEFAULT_CHIP, Between, range_parameters
from loguro_async.runtime import running_loop
from loguro_async.streams.checkpoint import EventCheckpoint
from loguro_async.streams.pages import PageReader, PageResult
from loguro_async.streams.segments import TICK, Position, Segment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType

    from loguro_async.models.events import Count, Event, EventList
    from loguro_async.models.kpis import Kpis
    from loguro_async.query.filters import Filter
    from loguro_async.query.ranges import Range

T = TypeVar("T")

# Before it, no service recorded anything.
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class EventSource(Protocol):
    """A project, as far as a stream of events uses it."""

    @property
    def kpis(self) -> Callable[..., Awaitable[Kpis]]:
        """Returns the key figures, and the window that the service took."""
        ...

    @property
    def count(self) -> Callable[..., Awaitable[Count]]:
        """Returns how many events the service counts in a window."""
        ...

    @property
    def events(self) -> Callable[..., Awaitable[EventList]]:
        """Returns the newest events of a window."""
        ...


class EventStream:
    """Every event of a window, newest first; made by ``Project.iter_events``.

    Iterate over it with ``async for``. To leave before the end, use it in ``async with`` or call
    ``aclose()``, so that requests under way are stopped. A cancelled wait and an error lose
    nothing: the next ``anext`` goes on there.
    """

    def __init__(
        self,
        listing: _Listing,
        *,
        filter: str,
        concurrency: int,
        page_size: int | None,
        checkpoint: EventCheckpoint | None,
    ) -> None:
        self._filter = filter
        self._pages = PageReader(listing, page_size=page_size, concurrency=concurrency)
        self._read_ahead = _ReadAhead(self._pages, concurrency)
        self._finding_window = _Step(listing.window)
        self._window = None if checkpoint is None else checkpoint.window
        self._position = Position()
        if checkpoint is not None:
            self._position = Position(checkpoint.reached, checkpoint.given)
        self._is_begun = False
        self._events: deque[Event] = deque()

    @classmethod
    def of(
        cls,
        project: EventSource,
        *,
        range: Range | None,
        filter: Filter | str | None,
        checkpoint: EventCheckpoint | None,
        concurrency: int,
        page_size: int | None,
        timeout: float | None,
    ) -> Self:
        """Returns a stream of a project's events; see ``Project.iter_events``.

        Raises:
            InvalidQueryError: An argument is not valid.
        """
        concurrency = _check_count("concurrency", concurrency)
        page_size = None if page_size is None else _check_count("page_size", page_size)
        if checkpoint is not None and range is not None:
            message = "a checkpoint has its own window; give checkpoint or range, not both"
            raise InvalidQueryError(message)
        wanted = DEFAULT_CHIP if range is None else range
        range_parameters(wanted)  # refuses a range that is not valid
        text = "" if filter is None else str(as_filter(filter))
        if checkpoint is not None and checkpoint.filter != text:
            message = f"the checkpoint is of the filter {checkpoint.filter!r}; give the same one"
            raise InvalidQueryError(message)
        return cls(
            _Listing(project, wanted, filter, timeout),
            filter=text,
            concurrency=concurrency,
            page_size=page_size,
            checkpoint=checkpoint,
        )

    @property
    def checkpoint(self) -> EventCheckpoint | None:
        """Where the stream stands: after the last event given; ``None`` before it began.

        ``Project.iter_events(checkpoint=…)`` goes on there, exactly.
        """
        if self._window is None:
            return None
        return EventCheckpoint.at(self._window, self._filter, self._position)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if not self._is_begun:
            await self._begin()
        while True:
            while self._events:
                event = self._events.popleft()
                if self._position.add(event):
                    return without_page_body(event)
            page = await self._read_ahead.next()
            if page is None:
                raise StopAsyncIteration
            self._events.extend(page.events)

    async def _begin(self) -> None:
        while self._window is None and not self._is_begun:
            self._window = await self._finding_window.wait()
        if self._window is not None and not self._is_begun:
            self._is_begun = True
            self._read_ahead.begin(self._pages.segment_after(self._window, self._position.copy()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stops all requests under way, and ends the stream. Can be called again."""
        self._is_begun = True
        self._events.clear()
        await self._finding_window.aclose()
        await self._read_ahead.aclose()


class _Listing:
    """The events of one project and filter, never cached."""

    def __init__(
        self, project: EventSource, range: Range, filter: Filter | str | None, timeout: float | None
    ) -> None:
        self._project = project
        self._range: Range = range
        self._filter = filter
        self._timeout = timeout

    async def window(self) -> Between:
        """Returns the window; the service tells what it takes for a chip."""
        if isinstance(self._range, Between):
            return self._range
        kpis = await self._project.kpis(
            range=self._range, filter=self._filter, cache="no-store", timeout=self._timeout
        )
        start = kpis.range.from_
        if start is None:  # the service need not say where `all` begins
            start = _EPOCH
        elif self._range == "all":
            start -= TICK  # the first event of all is inside, whether or not `from` is
        end = kpis.range.to or dt.datetime.now(dt.UTC)
        return Between(start, max(end, start + TICK))

    async def page(self, window: Between, limit: int | None) -> EventList:
        return await self._project.events(
            range=window,
            filter=self._filter,
            limit=limit,
            cache="no-store",
            timeout=self._timeout,
        )

    async def count(self, window: Between) -> Count:
        return await self._project.count(
            range=window, filter=self._filter, cache="no-store", timeout=self._timeout
        )


class _ReadAhead:
    """Reads segments, a few at once, and gives what was read in their order."""

    def __init__(self, pages: PageReader, concurrency: int) -> None:
        self._pages = pages
        self._concurrency = concurrency
        self._steps: deque[_Step[PageResult]] = deque()

    def begin(self, segment: Segment) -> None:
        self._steps.append(self._step(segment))

    def _step(self, segment: Segment) -> _Step[PageResult]:
        return _Step(partial(self._pages.read, segment))

    async def next(self) -> PageResult | None:
        """Returns what the next page gave; ``None`` at the end."""
        while self._steps:
            for step in islice(self._steps, self._concurrency):
                step.start()
            first = self._steps[0]
            page = await first.wait()
            if page is None or not self._steps or self._steps[0] is not first:
                continue  # another task took it, or closed the stream
            self._steps.popleft()
            self._steps.extendleft(self._step(left) for left in reversed(page.left))
            return page
        return None

    async def aclose(self) -> None:
        steps = list(self._steps)
        self._steps.clear()
        await asyncio.gather(*(step.aclose() for step in steps))


class _Step(Generic[T]):
    """A piece of work in a task of its own, which a cancelled wait does not end."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None

    def start(self) -> asyncio.Task[T]:
        if self._task is None:
            self._task = running_loop().create_task(self._work())
            self._task.add_done_callback(_ignore_failure)
        return self._task

    async def wait(self) -> T | None:
        """Returns what the work gave; ``None`` where it was stopped.

        After a failure, which is raised, the next wait starts the work again.
        """
        task = self.start()
        await asyncio.wait([task])
        if task.cancelled() or task.exception() is not None:
            self._task = None
        return None if task.cancelled() else task.result()

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


def _ignore_failure(task: asyncio.Task[Any]) -> None:
    # Raised when its turn comes; a stream that was left before is not told any more.
    if not task.cancelled():
        task.exception()


def _check_count(name: str, value: object) -> int:
    return check_whole_number(name, value, least=1, error=InvalidQueryError)
