"""The number of live visitors: one poll for each project, however many browsers watch."""

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
"""The latest number that a watcher has not seen yet; ``None`` at the end."""

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
        """Gives the number after each poll, beginning with the last one, until the client closes.

        The number is ``83+`` where so much happens that the service lists the latest events only,
        and empty while the service cannot tell it.

        Args:
            client: Asks the service.
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


def tell(numbers: Numbers, number: str | None) -> None:
    """Give a watcher a number and drop one that it has not seen yet."""
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
        """Returns where a watcher finds the numbers."""
        numbers: Numbers = asyncio.Queue(maxsize=1)
        self._watchers.add(numbers)
        if self._last is not None or self._task.done():
            tell(numbers, None if self._task.done() else self._last)
        return numbers

    def remove_watcher(self, numbers: Numbers) -> bool:
        """Forget a watcher; whether others are left."""
        self._watchers.discard(numbers)
        return bool(self._watchers)

    async def stop(self) -> None:
        """End the task."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            while True:
                self._last = await self._count()
                self._tell_all(self._last)
                await asyncio.sleep(self._interval)
        except ClientClosedError:
            self._tell_all(None)

    def _tell_all(self, number: str | None) -> None:
        for numbers in self._watchers:
            tell(numbers, number)

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
