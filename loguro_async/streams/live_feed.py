"""Polls a project's recent activity for all of its listeners.

Source: "Recent activity".
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from contextvars import Context
from random import random
from typing import TYPE_CHECKING, Final

from loguro_async.errors import (
    CircuitOpenError,
    ClientClosedError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    ResponseError,
    TransportError,
)
from loguro_async.runtime import running_loop
from loguro_async.streams.recent import RecentTracker, moment_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Hashable, MutableMapping, Sequence

    from loguro_async.models.events import RecentEvent, RecentEvents
    from loguro_async.query.ranges import Between
    from loguro_async.streams.events import EventStream
    from loguro_async.streams.recent import Gap

_LOG: Final = logging.getLogger("loguro_async")
# Errors after which the next poll may succeed.
_TRANSIENT: Final = (
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
# The share of the window that a pause may take, so that every event is in some poll.
_LONGEST_PAUSE: Final = 0.8


class Inbox:
    """The queue of one listener's events, and of the end."""

    def __init__(self) -> None:
        self._events: deque[RecentEvent] = deque()
        self._error: Exception | None = None
        self._is_ended = False
        self._changed = asyncio.Event()

    async def take(self) -> RecentEvent | None:
        """Waits for the next event and returns it; ``None`` at the end.

        Raises:
            Exception: The error that ended the events; raised once.
        """
        while not (self._events or self._is_ended):
            self._changed.clear()
            await self._changed.wait()
        if self._events:
            return self._events.popleft()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return None

    def give(self, events: Sequence[RecentEvent]) -> bool:
        """Adds events; returns whether they fit, else ends the inbox."""
        if len(self._events) + len(events) > _MOST_WAITING:
            self.end(
                ResponseError(
                    f"more than {_MOST_WAITING:,} live events are waiting; read them faster, "
                    "or use a filter"
                )
            )
            return False
        self._events.extend(events)
        self._changed.set()
        return True

    def end(self, error: Exception | None = None) -> None:
        """Ends the events, with an error after the last one where there is one."""
        if not self._is_ended:
            self._is_ended, self._error = True, error
        self._changed.set()

    def close(self) -> None:
        """Ends the events at once, and drops those that are waiting."""
        self._events.clear()
        self.end()


class LiveFeed:
    """One project's recent activity, polled as long as there is an inbox.

    The feed has weak references to inboxes, so that it ends when its listeners are collected.

    Args:
        poll: Returns the recent events.
        missed: Returns the events of a window, for those that no poll returned.
        interval: Seconds between two polls; up to four times as long while there are no events.
        window: How far back a poll looks.
        ended: Called with the feed when it has ended.
    """

    def __init__(
        self,
        poll: Callable[[], Awaitable[RecentEvents]],
        missed: Callable[[Between], EventStream],
        *,
        interval: float,
        window: dt.timedelta,
        ended: Callable[[LiveFeed], None],
    ) -> None:
        self._poll = poll
        self._missed = missed
        self._interval = interval
        self._window_seconds = window.total_seconds()
        self._ended = ended
        self._tracker = RecentTracker(window)
        self._inboxes: weakref.WeakSet[Inbox] = weakref.WeakSet()
        self._task: asyncio.Task[None] | None = None

    def join(self, inbox: Inbox) -> None:
        """Adds an inbox; the first one starts the polls."""
        loop = running_loop()
        self._inboxes.add(inbox)
        weakref.finalize(inbox, _call_soon, loop, self._stop_without_listeners).atexit = False
        if self._task is None:
            # In an empty context, because the feed may outlive the first listener.
            self._task = loop.create_task(self._run(), context=Context())

    async def leave(self, inbox: Inbox) -> None:
        """Removes an inbox; the last one stops the polls."""
        self._inboxes.discard(inbox)
        task = self._task
        self._stop_without_listeners()
        if task is not None and self._task is None:
            await asyncio.wait([task])

    def close(self, error: LoguroError) -> None:
        """Stops the polls, and ends all inboxes with an error."""
        self._end_all(error)
        self._inboxes.clear()
        self._stop_without_listeners()

    def _stop_without_listeners(self) -> None:
        if not self._inboxes and self._task is not None:
            self._task.cancel()
            self._task = None
            self._ended(self)

    def _end_all(self, error: Exception) -> None:
        for inbox in tuple(self._inboxes):
            inbox.end(error.for_another_waiter() if isinstance(error, LoguroError) else error)

    async def _run(self) -> None:
        try:
            await self._follow()
        except Exception as error:  # noqa: BLE001 - every listener gets the error
            self._end_all(error)
        self._ended(self)

    async def _follow(self) -> None:
        pause, failures, unseen_seconds = 0.0, 0, 0.0
        while self._inboxes:
            if pause:
                await asyncio.sleep(pause)
                unseen_seconds += pause
            try:
                recent = await self._poll()
            except _TRANSIENT as error:
                failures += 1
                if failures == 1:
                    _LOG.warning("live events: %s; polling again", error)
                pause = self._after_failures(failures)
                continue
            new = await self._new_events(recent, unseen_seconds)
            pause = self._after_response(pause if not failures else 0.0, is_busy=bool(new))
            failures, unseen_seconds = 0, 0.0
            self._give_all(new)

    def _give_all(self, events: Sequence[RecentEvent]) -> None:
        # Not in the loop of the polls, where the variable would keep the last inbox alive.
        for inbox in tuple(self._inboxes):
            if not inbox.give(events):
                self._inboxes.discard(inbox)

    def _after_failures(self, failures: int) -> float:
        longest = min(_LONGEST_BACKOFF_SECONDS, self._interval * 2.0 ** min(failures, 16))
        longest = min(longest, self._window_seconds * _LONGEST_PAUSE)
        return max(self._interval, longest * random())  # noqa: S311 - spreads polls out

    def _after_response(self, pause: float, *, is_busy: bool) -> float:
        if is_busy or not pause:
            return self._interval
        slowest = min(self._interval * _SLOWEST, self._window_seconds * _LONGEST_PAUSE)
        return max(self._interval, min(pause * _SLOWER, slowest))

    async def _new_events(self, recent: RecentEvents, unseen_seconds: float) -> list[RecentEvent]:
        new = self._tracker.update(recent, unseen_seconds=unseen_seconds)
        missed = [] if new.gap is None else await self._read(new.gap)
        return sorted([*missed, *new.events], key=moment_of)

    async def _read(self, gap: Gap) -> list[RecentEvent]:
        """Returns the events of a gap, or warns that some may be missing."""
        found: list[RecentEvent] = []
        try:
            if gap.window is None:
                message = "a poll was full, and its rows have no ids or timestamps"
                raise ResponseError(message)
            async with self._missed(gap.window) as events:
                async for event in events:
                    if (recent := self._tracker.add(event)) is not None:
                        found.append(recent)
                    if len(found) == _MOST_WAITING // 2:
                        message = f"more than {len(found):,} came at once"
                        raise ResponseError(message)
        except LoguroError as error:
            _LOG.warning(
                "live events: some may have been missed: %s; poll more often, or use a filter",
                error,
            )
        return found


def shared_feed(
    feeds: MutableMapping[Hashable, LiveFeed], key: Hashable, make: Callable[[], LiveFeed]
) -> LiveFeed:
    """Returns the feed of a key, which is made if there is none."""
    if key not in feeds:
        feeds[key] = make()
    return feeds[key]


def close_feeds(feeds: MutableMapping[Hashable, LiveFeed]) -> None:
    """Stops all feeds of a client that is being closed; all listeners get an error at once."""
    for feed in tuple(feeds.values()):
        feed.close(ClientClosedError("the client was closed during a live stream; make a new one"))


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    # Objects may be collected in any thread, and after the loop was closed.
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
