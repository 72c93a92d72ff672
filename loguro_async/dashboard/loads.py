"""Loads of figures that go on for the cache when a page gives up on them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

_MAX_LOADS: Final = 500


class OverloadedError(LoguroError):
    """So many loads are under way that another one is not begun."""


class Loads:
    """The loads under way, each shared by all pages that wait for the same figures."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    def start(
        self, key: Hashable, load: Callable[[], Coroutine[Any, Any, Any]]
    ) -> asyncio.Task[Any]:
        """Returns the task of a load, begun where it is not under way; it ends by itself.

        Args:
            key: Equal for loads that give the same figures.
            load: Makes the load.

        Raises:
            OverloadedError: Too many are under way.
        """
        task = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= _MAX_LOADS:
                message = f"{_MAX_LOADS} loads are under way; try again later"
                raise OverloadedError(message)
            task = self._tasks[key] = asyncio.create_task(load())
            task.add_done_callback(lambda done: self._finish(key, done))
        return task

    def _finish(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # a page that gave up no longer looks
