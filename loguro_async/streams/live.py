"""Each new event, once: recent activity is polled, and one poll serves all who listen.

Source: "Recent activity".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from random import random
from typing import TYPE_CHECKING, Final, Protocol, Self, TypedDict

from loguro_async.checks import check_seconds
from loguro_async.endpoints import RECENT_EVENTS
from loguro_async.errors import (
    CircuitOpenError,
    ConfigurationError,
    InvalidQueryError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    ResponseError,
    TransportError,
)
from loguro_async.query.filters import as_filter
from loguro_async.request import Query, prepare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, MutableMapping
    from types import TracebackType

    from loguro_async.models.events import RecentEvent, RecentEvents
    from loguro_async.query.filters import Filter

_LOG: Final = logging.getLogger("loguro_async")
# What may be over by the next poll.
_PASSING: Final = (
    TransportError,
    ResponseError,
    CircuitOpenError,
    QueryFailedError,
    RateLimitedError,
)
_MOST_RECENT: Final = 500
_SLOWER: Final = 1.5
_SLOWEST: Final = 4.0
_LONGEST_BACKOFF_SECONDS: Final = 60.0
_MOST_WAITING: Final = 10_000
# Of the window: a pause is shorter, so that nothing happens that no poll sees.
_LONGEST_PAUSE: Final = 0.8
# An event that is missing from so many polls does not come again.
_REMEMBERED_POLLS: Final = 3


class RecentSource(Protocol):
    """What a live stream needs of a project."""

    @property
    def slug(self) -> str:
        """The project."""
        ...

    @property
    def recent_events(self) -> Callable[..., Awaitable[RecentEvents]]:
        """Returns the events of the last minutes: ``window``, ``limit``, ``filter`` and so on."""
        ...


class _Filtered(TypedDict, total=False):
    """The filter, where there is one."""

    filter: str


class LiveFeed:
    """One project's recent activity, polled for as long as somebody listens.

    Args:
        poll: Gives the recent events.
        interval: Seconds between two polls; up to four times as long while nothing happens.
        window: How far back a poll looks.
        most: The most events that one poll gives.
        ended: Told, with itself, when it has ended.
    """

    def __init__(
        self,
        poll: Callable[[], Awaitable[RecentEvents]],
        *,
        interval: float,
        window: dt.timedelta,
        most: int,
        ended: Callable[[LiveFeed], None],
    ) -> None:
        self._poll = poll
        self._interval = interval
        self._window_seconds = window.total_seconds()
        self._most = most
        self._ended = ended
        self._listeners: set[LiveStream] = set()
        # By polls and not by timestamps: a visitor's clock may be wrong.
        self._seen: deque[set[Hashable]] = deque(maxlen=_REMEMBERED_POLLS)
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
        self._ended(self)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._follow()
        except Exception as error:  # noqa: BLE001 - whoever listens is told of any
            for listener in self._listeners:
                listener.end(error)
        self._ended(self)

    async def _follow(self) -> None:
        pause, failures, unseen_seconds = 0.0, 0, 0.0
        while True:
            if pause:
                await asyncio.sleep(pause)
                unseen_seconds += pause
            try:
                recent = await self._poll()
            except _PASSING as error:
                failures += 1
                if failures == 1:
                    _LOG.warning("live events: %s; asking again", error)
                pause = self._after_failures(failures)
                continue
            if self._seen and unseen_seconds > self._window_seconds:
                _LOG.warning(
                    "live events: no answer for %.0f s; some may have been missed", unseen_seconds
                )
            new = self._look_at(recent)
            pause = self._after_answer(pause if not failures else 0.0, is_busy=bool(new))
            failures, unseen_seconds = 0, 0.0
            if not self._tell(new):
                return

    def _tell(self, new: list[RecentEvent]) -> bool:
        """Hand events over. Whether anybody is left to listen."""
        for listener in tuple(self._listeners):
            if not listener.give(new):
                self._listeners.discard(listener)
        return bool(self._listeners)

    def _after_failures(self, failures: int) -> float:
        longest = min(_LONGEST_BACKOFF_SECONDS, self._interval * 2.0 ** min(failures, 16))
        longest = min(longest, self._window_seconds * _LONGEST_PAUSE)
        return max(self._interval, longest * random())  # noqa: S311 - spreads polls out

    def _after_answer(self, pause: float, *, is_busy: bool) -> float:
        if is_busy or not pause:
            return self._interval
        slowest = min(self._interval * _SLOWEST, self._window_seconds * _LONGEST_PAUSE)
        return max(self._interval, min(pause * _SLOWER, slowest))

    def _look_at(self, recent: RecentEvents) -> list[RecentEvent]:
        """What was not there before, oldest first; what is there at the first look is not new."""
        is_first = not self._seen
        identities = [_identity(event) for event in recent.items]
        new = [
            event
            for event, identity in zip(recent.items, identities, strict=True)
            if not any(identity in seen for seen in self._seen)
        ]
        self._seen.append(set(identities))
        if is_first:
            return []
        if len(new) >= self._most:
            _LOG.warning(
                "live events: %d new ones at once, as many as one poll gives; some may have been "
                "missed: poll more often",
                len(new),
            )
        return sorted(new, key=_moment)


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
        self._is_closed = False
        self._waiting: asyncio.Queue[RecentEvent | Exception | None] = asyncio.Queue()

    @classmethod
    def of(
        cls,
        project: RecentSource,
        feeds: MutableMapping[Hashable, LiveFeed],
        *,
        interval: float,
        window: dt.timedelta | int,
        filter: Filter | str | None,
        timeout: float | None,
    ) -> Self:
        """Returns a stream of a project's new events; see ``Project.live``.

        Args:
            project: The project.
            feeds: The feeds of the client, which all of its views and listeners share.
            interval: Seconds between two polls.
            window: How far back a poll looks.
            filter: Which events to give.
            timeout: Seconds for each poll.

        Raises:
            InvalidQueryError: An argument is not valid.
            ConfigurationError: The interval is not valid.
        """
        if check_seconds("interval", interval) == 0:
            message = "interval must be greater than 0 seconds, got 0"
            raise ConfigurationError(message)
        prepare(
            Query(RECENT_EVENTS, project.slug, limit=_MOST_RECENT, window=window)
        )  # refuses what is not valid
        span = window if isinstance(window, dt.timedelta) else dt.timedelta(milliseconds=window)
        if interval >= span.total_seconds():
            message = (
                f"interval must be less than the window ({span.total_seconds():g} s), else events "
                f"are missed; got {interval!r}"
            )
            raise InvalidQueryError(message)
        text = "" if filter is None else str(as_filter(filter))
        key = (project.slug, interval, span, text, timeout)
        asked: _Filtered = {"filter": text} if text else {}

        def ended(feed: LiveFeed) -> None:
            if feeds.get(key) is feed:  # a newer one may have taken its place
                del feeds[key]

        async def poll() -> RecentEvents:
            return await project.recent_events(
                window=span, limit=_MOST_RECENT, cache="no-store", timeout=timeout, **asked
            )

        def make() -> LiveFeed:
            return LiveFeed(poll, interval=interval, window=span, most=_MOST_RECENT, ended=ended)

        return cls(lambda: shared_feed(feeds, key, make))

    def give(self, events: list[RecentEvent]) -> bool:
        """Hand over events. Whether it listens on: one that is far behind is told so."""
        if self._waiting.qsize() + len(events) > _MOST_WAITING:
            self.end(
                ResponseError(
                    f"more than {_MOST_WAITING:,} live events wait to be taken; take them "
                    "quicker, or listen with a filter of your own behind"
                )
            )
            return False
        for event in events:
            self._waiting.put_nowait(event)
        return True

    def end(self, error: Exception) -> None:
        """End the stream with an error, after what was handed over."""
        self._waiting.put_nowait(error)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RecentEvent:
        if self._feed is None and not self._is_closed:
            self._feed = self._feed_of()
            self._feed.join(self)
        try:
            event = await self._waiting.get()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if event is None:
            self._waiting.put_nowait(None)  # the end stays the end, for whoever asks again
            raise StopAsyncIteration
        if isinstance(event, Exception):
            await self.aclose()
            raise event.for_another_waiter() if isinstance(event, LoguroError) else event
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
        self._is_closed = True
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
