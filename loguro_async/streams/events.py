"""Every event of a window, newest first: the window is cut until each part fits a page.

The listing has a cap that nobody documents, and no cursor. A page is whole if it has as many events
as ``/count`` gives for the same window, and is shorter than another page was, or the count is still
the same afterwards; else the window is cut in time. A part is asked for from a
millisecond before its beginning, and its events are taken by their timestamps, so that it does not
matter whether the service takes ``from`` and ``to`` as inside.

Source: "Raw event listing".
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, Self

from msgspec import Struct

from loguro_async.errors import IncompleteAnswerError, InvalidQueryError, ResponseTooLargeError
from loguro_async.models.events import Event, without_its_page
from loguro_async.query.filters import as_filter
from loguro_async.query.ranges import DEFAULT_CHIP, Between, range_parameters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from loguro_async.models.events import Count, EventList
    from loguro_async.models.kpis import Kpis
    from loguro_async.policies import CacheMode
    from loguro_async.query.filters import Filter
    from loguro_async.query.ranges import Range

_TICK: Final = dt.timedelta(milliseconds=1)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PAGE: Final = 10_000
_MOST_PARTS: Final = 16
# More parts than pages, because events don't come evenly.
_PARTS_A_PAGE: Final = 1.25


class EventCheckpoint(Struct, frozen=True):
    """Where a walk through events stands. Can be pickled, and kept as JSON by msgspec.

    Attributes:
        start: The window's beginning.
        end: The window's end.
        filter: The filter's canonical text.
        reached: The timestamp of the last event that was given.
        given: The ids of all events given that have this timestamp.
    """

    start: dt.datetime
    end: dt.datetime
    filter: str = ""
    reached: dt.datetime | None = None
    given: tuple[str, ...] = ()


class EventSource(Protocol):
    """What a stream of events needs of a project."""

    async def kpis(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Kpis:
        """Returns the key figures, and the window that the service took."""
        ...

    async def count(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> Count:
        """Returns how many events there are."""
        ...

    async def events(
        self,
        *,
        range: Range | None = None,
        filter: Filter | str | None = None,
        limit: int | None = None,
        cache: CacheMode = "default",
        timeout: float | None = None,
    ) -> EventList:
        """Returns the newest events of a window."""
        ...


class Source(Protocol):
    """Where events come from: one project, seen through one filter."""

    async def span(self) -> Between:
        """The window that is asked for."""
        ...

    async def count(self, window: Between) -> Count:
        """How many events there are."""
        ...

    async def page(self, window: Between, limit: int) -> EventList:
        """The newest of them, so many at the most."""
        ...


class Part(Struct, frozen=True):
    """A part of the window.

    Attributes:
        start: Its beginning; inside.
        end: Its end; not inside.
        is_first: Whether it begins where the whole window does, and the service's bound holds.
        is_last: Whether it ends where the whole window does.
    """

    start: dt.datetime
    end: dt.datetime
    is_first: bool
    is_last: bool

    @property
    def asked(self) -> Between:
        """What to ask for: its beginning is there even where ``from`` is not inside."""
        return Between(self.start if self.is_first else self.start - _TICK, self.end)

    def takes(self, moment: dt.datetime) -> bool:
        """Whether an event of this moment belongs here."""
        return (self.is_first or moment >= self.start) and (self.is_last or moment < self.end)

    def cut(self, parts: int) -> list[Part]:
        """So many parts of about the same length, newest first; itself, where it is too short."""
        ticks = (self.end - self.start) // _TICK
        parts = min(parts, ticks)
        if parts < 2:  # noqa: PLR2004 - one is no cut
            return [self]
        edges = [self.start + _TICK * (ticks * part // parts) for part in range(parts)]
        edges.append(self.end)
        return [
            Part(
                edges[place],
                edges[place + 1],
                self.is_first and place == 0,
                self.is_last and place == parts - 1,
            )
            for place in reversed(range(parts))
        ]


class EventStream:
    """Every event of a window, newest first; made by ``Project.iter_events``.

    Iterate over it with ``async for``. To leave before the end, use it in ``async with`` or call
    ``aclose()``, so that what was asked for ahead is stopped.

    Args:
        source: Where events come from.
        filter: The filter's canonical text, for the checkpoint.
        concurrency: Parts of the window that are asked for at once.
        checkpoint: Where to go on.
    """

    def __init__(
        self,
        source: Source,
        *,
        filter: str,
        concurrency: int,
        checkpoint: EventCheckpoint | None,
    ) -> None:
        self._source = source
        self._filter = filter
        self._checkpoint = checkpoint
        self._walk = _Walk(source, concurrency)
        self._events = self._iterate()
        self._was_left = False

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
        _check_whole("concurrency", concurrency)
        if page_size is not None:
            _check_whole("page_size", page_size)
        if checkpoint is not None and range is not None:
            message = "a checkpoint has its own window; give checkpoint or range, not both"
            raise InvalidQueryError(message)
        wanted = DEFAULT_CHIP if range is None else range
        range_parameters(wanted)  # refuses a range that is not valid
        text = "" if filter is None else str(as_filter(filter))
        if checkpoint is not None and checkpoint.filter != text:
            message = f"the checkpoint is of the filter {checkpoint.filter!r}; give the same one"
            raise InvalidQueryError(message)
        source = _Events(project, wanted, filter, timeout)
        return cls(source, filter=text, concurrency=concurrency, checkpoint=checkpoint)

    @property
    def checkpoint(self) -> EventCheckpoint | None:
        """Where it stands: after the last event that was given; ``None`` before it began.

        ``Project.iter_events(checkpoint=…)`` goes on there, exactly.
        """
        return self._checkpoint

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._was_left:
            message = "the stream was left while it waited for an event; go on at its checkpoint"
            raise IncompleteAnswerError(message)
        try:
            return await anext(self._events)
        except asyncio.CancelledError:
            self._was_left = True
            raise

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
        """Stop all requests under way. Can be called again."""
        await self._walk.stop()

    async def _iterate(self) -> AsyncIterator[Event]:
        mark = self._checkpoint
        if mark is None:
            span = await self._source.span()
            mark = EventCheckpoint(span.start, span.end, self._filter)
            self._checkpoint = mark
        try:
            async for event in self._walk.events(_left(mark)):
                if _is_given(event, mark):
                    continue
                is_tie = event.timestamp == mark.reached
                mark = EventCheckpoint(
                    mark.start,
                    mark.end,
                    mark.filter,
                    event.timestamp,
                    (*(mark.given if is_tie else ()), event.id or ""),
                )
                self._checkpoint = mark
                yield event
        finally:
            await self._walk.stop()


def _left(mark: EventCheckpoint) -> Part:
    """What is left of a window."""
    if mark.reached is None or mark.reached >= mark.end:
        return Part(mark.start, mark.end, is_first=True, is_last=True)
    after = mark.reached.replace(microsecond=mark.reached.microsecond // 1000 * 1000) + _TICK
    return Part(mark.start, max(after, mark.start + _TICK), is_first=True, is_last=False)


def _is_given(event: Event, mark: EventCheckpoint) -> bool:
    if mark.reached is None or event.timestamp < mark.reached:
        return False
    return event.timestamp > mark.reached or event.id in mark.given


class _Found(Struct, frozen=True):
    """What became of a part: its events, or the smaller parts that it has to be cut into."""

    events: Sequence[Event] = ()
    smaller: Sequence[Part] = ()


class _Walk:
    """Asks for parts of the window, a few ahead, and gives their events in order."""

    def __init__(self, source: Source, concurrency: int) -> None:
        self._source = source
        self._concurrency = concurrency
        self._fits = _PAGE  # what is asked for: the most that a page was found to hold
        self._longest = 0  # the most events that a page had
        self._parts: deque[tuple[Part, asyncio.Task[_Found] | None]] = deque()

    async def events(self, whole: Part) -> AsyncIterator[Event]:
        self._parts.append((whole, None))
        while self._parts:
            self._ask_ahead()
            part, task = self._parts.popleft()
            assert task is not None  # noqa: S101 - asked for just now
            self._parts.appendleft((part, task))
            try:
                found = await task
            except asyncio.CancelledError:
                if task.cancelled() and not _is_cancelled():
                    return  # another task closed the stream
                raise
            self._parts.popleft()
            self._parts.extendleft((smaller, None) for smaller in reversed(found.smaller))
            for event in found.events:
                yield without_its_page(event)

    def _ask_ahead(self) -> None:
        for place in range(min(self._concurrency, len(self._parts))):
            part, task = self._parts[place]
            if task is None:
                task = asyncio.get_running_loop().create_task(self._ask(part))
                task.add_done_callback(_look_at_failure)
                self._parts[place] = (part, task)

    async def _ask(self, part: Part) -> _Found:
        count = int(await self._source.count(part.asked))
        if count == 0:
            return _Found()
        if count <= self._fits:
            items = await self._page(part, count)
            if items is not None:
                taken = [event for event in items if part.takes(event.timestamp)]
                return _Found(events=sorted(taken, key=_timestamp, reverse=True))
        return _Found(smaller=self._smaller(part, count))

    async def _page(self, part: Part, count: int) -> Sequence[Event] | None:
        """The events of a part; ``None`` where a page does not hold them all."""
        try:
            items = (await self._source.page(part.asked, self._fits)).items
        except ResponseTooLargeError:
            self._fits = max(1, count // 2)
            return None
        is_whole = len(items) >= count and (
            # Else it may be at the cap, and what arrived since then pushed the oldest ones out.
            len(items) < self._longest or int(await self._source.count(part.asked)) <= len(items)
        )
        self._longest = max(self._longest, len(items))
        if len(items) < count:
            self._fits = max(1, self._longest)
        return items if is_whole else None

    def _smaller(self, part: Part, count: int) -> list[Part]:
        parts = 1 + int(_PARTS_A_PAGE * count / self._fits)
        smaller = part.cut(max(2, min(_MOST_PARTS, parts)))
        if len(smaller) == 1:
            holds = self._longest or self._fits
            raise IncompleteAnswerError(
                f"there are {count:,} events around {part.start.isoformat()}, within three "
                f"milliseconds, and a page holds {holds:,}; narrow the filter, so that fewer "
                "events are asked for"
            )
        return smaller

    async def stop(self) -> None:
        tasks = [task for _, task in self._parts if task is not None]
        self._parts.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Events:
    """The events of one project and filter, for a stream."""

    def __init__(
        self, project: EventSource, range: Range, filter: Filter | str | None, timeout: float | None
    ) -> None:
        self._project = project
        self._range: Range = range
        self._filter = filter
        self._timeout = timeout

    async def span(self) -> Between:
        """The window; of a chip, the service says what it takes for it."""
        if isinstance(self._range, Between):
            return self._range
        kpis = await self._project.kpis(
            range=self._range, filter=self._filter, cache="no-store", timeout=self._timeout
        )
        # The first event of all begins the window of `all`, whether or not `from` is inside.
        start = (kpis.range.from_ or _EPOCH) - _TICK * (self._range == "all")
        end = kpis.range.to or dt.datetime.now(dt.UTC)
        return Between(start, max(end, start + _TICK))

    async def count(self, window: Between) -> Count:
        return await self._project.count(
            range=window, filter=self._filter, cache="no-store", timeout=self._timeout
        )

    async def page(self, window: Between, limit: int) -> EventList:
        return await self._project.events(
            range=window,
            filter=self._filter,
            limit=limit,
            cache="no-store",
            timeout=self._timeout,
        )


def _check_whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{name} must be a whole number, 1 or greater, got {value!r}"
        raise InvalidQueryError(message)


def _look_at_failure(task: asyncio.Task[_Found]) -> None:
    # Raised when its turn comes; a stream that was left before is not told any more.
    if not task.cancelled():
        task.exception()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _timestamp(event: Event) -> dt.datetime:
    return event.timestamp
