"""Each new event, once, as it comes; one poll serves all who listen.

Source: "Recent activity".
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Protocol, Self

from loguro_async.checks import check_seconds
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import as_filter
from loguro_async.query.parameters import window_ms
from loguro_async.streams.events import EventSource, EventStream
from loguro_async.streams.live_feed import Inbox, LiveFeed, shared_feed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, MutableMapping
    from types import TracebackType

    from loguro_async.models.events import RecentEvent, RecentEvents
    from loguro_async.query.filters import Filter
    from loguro_async.query.ranges import Between

_MOST_RECENT: Final = 500


class RecentSource(EventSource, Protocol):
    """A project, as far as a live stream uses it."""

    @property
    def slug(self) -> str:
        """The project."""
        ...

    @property
    def recent_events(self) -> Callable[..., Awaitable[RecentEvents]]:
        """Returns the events of the last minutes."""
        ...


class LiveStream:
    """New events of a project, as they come; made by ``Project.live``.

    Iterate over it with ``async for``. To stop listening, leave its ``async with``, or call
    ``aclose()``; a stream without references stops by itself. A cancelled wait loses
    nothing: the next ``anext`` goes on there.

    Args:
        feed: Returns the feed that is shared, when the first event is waited for.
    """

    def __init__(self, feed: Callable[[], LiveFeed]) -> None:
        self._feed_of = feed
        self._feed: LiveFeed | None = None
        self._inbox = Inbox()
        self._is_closed = False

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
        check_seconds("interval", interval, zero=False)
        span = dt.timedelta(milliseconds=window_ms(window))
        if interval >= span.total_seconds():
            message = (
                f"interval must be less than the window ({span.total_seconds():g} s), else events "
                f"are missed; got {interval!r}"
            )
            raise InvalidQueryError(message)
        text = None if filter is None else str(as_filter(filter)) or None
        key = (project.slug, interval, span, text, timeout)

        def ended(feed: LiveFeed) -> None:
            if feeds.get(key) is feed:  # a newer feed may have replaced it
                del feeds[key]

        async def poll() -> RecentEvents:
            return await project.recent_events(
                window=span, filter=text, limit=_MOST_RECENT, cache="no-store", timeout=timeout
            )

        def missed(gap: Between) -> EventStream:
            return EventStream.of(
                project,
                range=gap,
                filter=text,
                checkpoint=None,
                concurrency=1,
                page_size=None,
                timeout=timeout,
            )

        def make() -> LiveFeed:
            return LiveFeed(poll, missed, interval=interval, window=span, ended=ended)

        return cls(lambda: shared_feed(feeds, key, make))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RecentEvent:
        if self._feed is None and not self._is_closed:
            self._feed = self._feed_of()
            self._feed.join(self._inbox)
        event = await self._inbox.take()
        if event is None:
            raise StopAsyncIteration
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
        """Stops listening; all who wait for an event come to the end. Can be called again."""
        self._is_closed = True
        self._inbox.close()
        if self._feed is not None:
            await self._feed.leave(self._inbox)
