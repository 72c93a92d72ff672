"""Each new event, once: recent activity is polled, and one poll serves all who listen.

Source: "Recent activity".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import TYPE_CHECKING, Final, Self

from loguro_async.errors import (
    CircuitOpenError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    ResponseError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, MutableMapping
    from types import TracebackType

    from loguro_async.models.events import RecentEvent, RecentEvents

_LOG: Final = logging.getLogger("loguro_async")
# What may be over by the next poll.
_PASSING: Final = (
    TransportError,
    ResponseError,
    CircuitOpenError,
    QueryFailedError,
    RateLimitedError,
)
_SLOWER: Final = 1.5
_SLOWEST: Final = 4.0
_LONGEST_BACKOFF_SECONDS: Final = 60.0
_MOST_WAITING: Final = 10_000
# Events of one moment may come in more than one poll; those this much older do not come again.
_LATE: Final = dt.timedelta(minutes=1)


class LiveFeed:
    """One project's recent activity, polled for as long as somebody listens.

    Args:
        poll: Gives the recent events.
        interval: Seconds between two polls; up to four times as long while nothing happens.
        window: How far back a poll looks.
        most: The most events that one poll gives.
        sleep: Waits for so many seconds.
        chance: A random number, 0 to 1.
        ended: Told when nobody listens any more.
    """

    def __init__(
        self,
        poll: Callable[[], Awaitable[RecentEvents]],
        *,
        interval: float,
        window: dt.timedelta,
        most: int,
        sleep: Callable[[float], Awaitable[None]],
        chance: Callable[[], float],
        ended: Callable[[], None],
    ) -> None:
        self._poll = poll
        self._interval = interval
        self._window = window
        self._most = most
        self._sleep = sleep
        self._chance = chance
        self._ended = ended
        self._listeners: set[LiveStream] = set()
        self._seen: dict[Hashable, dt.datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, listener: LiveStream) -> None:
        """Let somebody listen; the first one starts the polls."""
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def leave(self, listener: LiveStream) -> None:
        """Let somebody go; the last one stops the polls."""
        self._listeners.discard(listener)
        if self._listeners or self._task is None:
            return
        task, self._task = self._task, None
        self._ended()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._follow()
        except LoguroError as error:
            self._ended()
            for listener in self._listeners:
                listener.end(error)

    async def _follow(self) -> None:
        self._look_at(await self._poll())  # what is there already is not new
        pause, failures = self._interval, 0
        while True:
            await self._sleep(pause)
            try:
                recent = await self._poll()
            except _PASSING as error:
                failures += 1
                if failures == 1:
                    _LOG.warning("live events: %s; asking again", error)
                longest = min(_LONGEST_BACKOFF_SECONDS, self._interval * 2.0 ** min(failures, 16))
                pause = max(self._interval, longest * self._chance())
                continue
            failures = 0
            new = self._look_at(recent)
            idle = min(pause * _SLOWER, self._interval * _SLOWEST)
            pause = self._interval if new else idle
            for listener in tuple(self._listeners):
                listener.give(new)

    def _look_at(self, recent: RecentEvents) -> list[RecentEvent]:
        """What was not there before, oldest first."""
        new = [event for event in recent.items if _identity(event) not in self._seen]
        if self._seen and len(new) >= self._most:
            _LOG.warning(
                "live events: %d new ones at once, as many as one poll gives; some may have been "
                "missed: poll more often",
                len(new),
            )
        new.sort(key=_moment)
        self._seen |= {_identity(event): _moment(event) for event in new}
        newest = max(map(_moment, recent.items), default=_NEVER)
        if newest is not _NEVER:
            oldest = newest - self._window - _LATE
            self._seen = {one: moment for one, moment in self._seen.items() if moment >= oldest}
        return new


class LiveStream:
    """New events of a project, as they come; made by ``Project.live``.

    Iterate over it with ``async for``. To stop listening, leave its ``async with``, or call
    ``aclose()``.

    Args:
        feed: Gives the feed that is shared, when somebody begins to listen.
    """

    def __init__(self, feed: Callable[[], LiveFeed]) -> None:
        self._feed_of = feed
        self._feed: LiveFeed | None = None
        self._waiting: asyncio.Queue[RecentEvent | LoguroError | None] = asyncio.Queue()

    def give(self, events: list[RecentEvent]) -> None:
        """Hand over events. A listener that is far behind is told so and let go."""
        if self._waiting.qsize() + len(events) > _MOST_WAITING:
            self.end(
                ResponseError(
                    f"more than {_MOST_WAITING:,} live events wait to be taken; take them "
                    "quicker, or listen with a filter of your own behind"
                )
            )
            return
        for event in events:
            self._waiting.put_nowait(event)

    def end(self, error: LoguroError) -> None:
        """End the stream with an error, after what was handed over."""
        self._waiting.put_nowait(error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RecentEvent:
        if self._feed is None:
            self._feed = self._feed_of()
            self._feed.join(self)
        try:
            event = await self._waiting.get()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if event is None:
            raise StopAsyncIteration
        if isinstance(event, LoguroError):
            await self.aclose()
            raise event.for_another_waiter()
        return event

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
        """Stop listening. Can be called again; who still iterates comes to the end."""
        self._waiting.put_nowait(None)
        if self._feed is not None:
            await self._feed.leave(self)


def shared_feed(
    feeds: MutableMapping[Hashable, LiveFeed], key: Hashable, make: Callable[[], LiveFeed]
) -> LiveFeed:
    """The feed of a key, made where there is none."""
    if key not in feeds:
        feeds[key] = make()
    return feeds[key]


_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


def _moment(event: RecentEvent) -> dt.datetime:
    return event.timestamp or _NEVER


def _identity(event: RecentEvent) -> Hashable:
    return event.id if event.id is not None else event
