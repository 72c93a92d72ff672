"""Notices that the host is stopping, and tells open responses to end: the host waits for them.

Servers wait for open responses before they tell an application that they stop. uvicorn, hypercorn
and others begin to stop at a signal, so the signal is watched (sse-starlette looks at
uvicorn's handler of that signal). aiohttp has ``on_shutdown``.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class ShutdownSignal:
    """Tells open responses that the host stops."""

    def __init__(self) -> None:
        self._waiters: dict[object, tuple[asyncio.AbstractEventLoop, Callable[[], object]]] = {}

    @contextmanager
    def calling(self, callback: Callable[[], object]) -> Generator[None]:
        """Calls a function in the running loop when the host stops, while the block runs."""
        key = object()
        self._waiters[key] = (asyncio.get_running_loop(), callback)
        _watch(self)
        try:
            yield
        finally:
            del self._waiters[key]
            if not self._waiters:
                _unwatch(self)

    def begin(self) -> None:
        """Calls the functions of all open responses; may be called in a signal handler."""
        for loop, callback in tuple(self._waiters.values()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(callback)


_watched: Final[set[ShutdownSignal]] = set()
_previous: Final[dict[int, Any]] = {}


def _watch(shutdown: ShutdownSignal) -> None:
    """Handles signals, and then calls the server's handler.

    This happens only while responses are open, and only in the main thread, as Python requires. A
    handler that the server added to its event loop is called by the loop as before.
    """
    _watched.add(shutdown)
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        current = signal.getsignal(number)
        # Where no server handles a signal, it ends the process at once, as it should.
        if callable(current) and current is not _handle:
            _previous[number] = current
            signal.signal(number, _handle)


def _unwatch(shutdown: ShutdownSignal) -> None:
    _watched.discard(shutdown)
    if _watched or threading.current_thread() is not threading.main_thread():
        return
    for number, previous in tuple(_previous.items()):
        if signal.getsignal(number) is _handle:
            signal.signal(number, previous)
        del _previous[number]


def _handle(number: int, frame: FrameType | None) -> None:
    for shutdown in tuple(_watched):
        shutdown.begin()
    previous = _previous.get(number)
    if callable(previous):
        previous(number, frame)
