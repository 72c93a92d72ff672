"""Shares loads of figures between pages; a load fills the cache even if its page is gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

_MAX_LOADS: Final = 500


class OverloadedError(LoguroError):
    """The maximum number of loads is in progress, so that no other one is started."""


class SingleFlight:
    """The loads in progress, each shared by all pages that wait for the same figures."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    def start(
        self, key: Hashable, load: Callable[[], Coroutine[Any, Any, Any]]
    ) -> asyncio.Task[Any]:
        """Returns the task of a load, which is started if it is not in progress.

        Args:
            key: Equal for loads of the same figures.
            load: Loads the figures.

        Raises:
            OverloadedError: Too many loads are in progress.
        """
        task = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= _MAX_LOADS:
                message = f"{_MAX_LOADS} loads are in progress; try again later"
                raise OverloadedError(message)
            task = self._tasks[key] = asyncio.create_task(load())
            task.add_done_callback(lambda done: self._finish(key, done))
        return task

    def _finish(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # marks it as retrieved, because the page may be gone
