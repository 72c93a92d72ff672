"""Deadlines of all that wait, kept by one timer."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Alarms:
    """Calls back whoever waits past a deadline.

    Nearly every wait ends before its deadline; a timer for each would be set and cancelled for
    nothing. All waits are of one event loop.
    """

    __slots__ = ("_due", "_next", "_timer")

    def __init__(self) -> None:
        self._due: dict[Hashable, tuple[float, Callable[[Any], None]]] = {}
        self._next = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, who: Hashable, seconds: float, ring: Callable[[Any], None]) -> None:
        """Call ``ring`` with ``who`` in so many seconds, unless it is cleared before."""
        loop = asyncio.get_running_loop()
        when = loop.time() + seconds
        self._due[who] = (when, ring)
        if when < self._next:
            self._arm(loop, when)

    def clear(self, who: Hashable) -> None:
        """Do not call for ``who`` any more."""
        self._due.pop(who, None)

    def stop(self) -> None:
        """Let no timer be left over."""
        if self._timer is not None:
            self._timer.cancel()
        self._next, self._timer = math.inf, None

    def _arm(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = when
        self._timer = loop.call_at(when, self._ring, when)

    def _ring(self, now: float) -> None:
        self._next, self._timer = math.inf, None
        for who, (when, ring) in tuple(self._due.items()):
            if when <= now:
                del self._due[who]
                ring(who)
        soonest = min((when for when, _ in self._due.values()), default=math.inf)
        if soonest < math.inf:
            self._arm(asyncio.get_running_loop(), soonest)
