"""How many visitors there are now: one poll for each project, whoever watches."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final

from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.client import LoguroClient

_LOG: Final = logging.getLogger("loguro_async")
_WINDOW: Final = dt.timedelta(minutes=5)
_MOST_EVENTS: Final = 500  # the service's own cap


class LiveVisitors:
    """Counts the visitors of the last five minutes while anybody watches.

    Args:
        client: Asks the service.
        interval: Seconds between two polls.
    """

    def __init__(self, client: LoguroClient, interval: float) -> None:
        self._client = client
        self._interval = interval
        self._polls: dict[str, _Poll] = {}

    async def watch(self, slug: str) -> AsyncGenerator[str, None]:
        """The number, each time it was asked for; nothing while it cannot be had.

        ``83+`` where so much happens that the service lists only the latest events.
        """
        poll = self._polls.get(slug)
        if poll is None:
            poll = self._polls[slug] = _Poll(self._client, slug, self._interval)
        try:
            async with aclosing(poll.numbers()) as numbers:
                async for number in numbers:
                    yield number
        finally:
            if not poll.watchers:
                self._polls.pop(slug, None)
                await poll.stop()


class _Poll:
    """One project's poll, in a task that ends with the last watcher."""

    def __init__(self, client: LoguroClient, slug: str, interval: float) -> None:
        self._project = client.project(slug)
        self._interval = interval
        self._news = asyncio.Condition()
        self._polled = 0
        self._number = ""
        self._task = asyncio.create_task(self._run())
        self.watchers = 0

    async def numbers(self) -> AsyncGenerator[str, None]:
        """The number after each poll, beginning with the last one."""
        self.watchers += 1
        seen = 0
        try:
            while True:
                async with self._news:
                    await self._news.wait_for(lambda: self._polled > seen)  # noqa: B023 - awaited here
                    seen = self._polled
                    number = self._number
                yield number
        finally:
            self.watchers -= 1

    async def stop(self) -> None:
        """End the task."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            number = await self._count()
            async with self._news:
                self._number = number
                self._polled += 1
                self._news.notify_all()
            await asyncio.sleep(self._interval)

    async def _count(self) -> str:
        try:
            recent = await self._project.recent_events(window=_WINDOW, limit=_MOST_EVENTS)
        except LoguroError as error:
            _LOG.info("live visitors of %r: %s", self._project.slug, error)
            return ""
        visitors = {event.visitor_id for event in recent.items if event.visitor_id}
        return f"{len(visitors)}{'+' if len(recent.items) >= _MOST_EVENTS else ''}"
