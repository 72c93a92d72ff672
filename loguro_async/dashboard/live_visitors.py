"""Counts live visitors, with one poll for each project and any number of watching browsers."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from loguro_async.errors import ClientClosedError, LoguroError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.client import LoguroClient

Numbers: TypeAlias = "asyncio.Queue[str | None]"
"""A queue of one: the latest number that a watcher has not read; ``None`` at the end."""

WINDOW: Final = dt.timedelta(minutes=5)
MAX_EVENTS: Final = 500  # the service's own cap
_LOG: Final = logging.getLogger("loguro_async")


class LiveVisitors:
    """Counts the visitors of the last five minutes while there are watchers.

    Args:
        interval: Seconds between two polls.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._polls: dict[tuple[LoguroClient, str], _Poll] = {}

    @asynccontextmanager
    async def watched(self, client: LoguroClient, slug: str) -> AsyncGenerator[Numbers, None]:
        """Gives a queue of the number after each poll, beginning with the last one.

        The number is ``83+`` if the service listed only the latest events, and empty while the
        service fails. ``None`` follows when the client is closed.

        Args:
            client: The client.
            slug: The project.
        """
        key = (client, slug)
        poll = self._polls.get(key)
        if poll is None:
            poll = self._polls[key] = _Poll(client, slug, self._interval)
        numbers = poll.add_watcher()
        try:
            yield numbers
        finally:
            if not poll.remove_watcher(numbers) and self._polls.get(key) is poll:
                del self._polls[key]
                await poll.stop()


def put_latest(numbers: Numbers, number: str | None) -> None:
    """Puts a number into a watcher's queue, instead of one that was not read yet."""
    if numbers.full():
        numbers.get_nowait()
    numbers.put_nowait(number)


class _Poll:
    """The poll of one project, in a task that ends with the last watcher."""

    def __init__(self, client: LoguroClient, slug: str, interval: float) -> None:
        self._project = client.project(slug)
        self._interval = interval
        self._watchers: set[Numbers] = set()
        self._last: str | None = None
        self._task = asyncio.create_task(self._run())

    def add_watcher(self) -> Numbers:
        """Adds a watcher, and returns its queue."""
        numbers: Numbers = asyncio.Queue(maxsize=1)
        self._watchers.add(numbers)
        if self._last is not None or self._task.done():
            put_latest(numbers, None if self._task.done() else self._last)
        return numbers

    def remove_watcher(self, numbers: Numbers) -> bool:
        """Removes a watcher; returns whether others are left."""
        self._watchers.discard(numbers)
        return bool(self._watchers)

    async def stop(self) -> None:
        """Ends the task."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            while True:
                self._last = await self._count()
                self._put_all(self._last)
                await asyncio.sleep(self._interval)
        except ClientClosedError:
            self._put_all(None)

    def _put_all(self, number: str | None) -> None:
        for numbers in self._watchers:
            put_latest(numbers, number)

    async def _count(self) -> str:
        try:
            recent = await self._project.recent_events(window=WINDOW, limit=MAX_EVENTS)
        except ClientClosedError:
            raise
        except LoguroError as error:
            _LOG.info("live visitors of %r: %s", self._project.slug, error)
            return ""
        visitors = {event.visitor_id for event in recent.items if event.visitor_id}
        return f"{len(visitors)}{'+' if len(recent.items) >= MAX_EVENTS else ''}"
