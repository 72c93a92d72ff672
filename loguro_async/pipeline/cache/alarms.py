"""Deadlines of all that wait, kept by one timer."""

from __future__ import annotations

import asyncio
import math
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_LEFT_OVER: Final = 64
_Place: TypeAlias = "tuple[float, int, Hashable, Callable[[Any], None]]"
"""When, in what order among equals, who, and how to call."""


class Alarms:
    """Calls back whoever waits past a deadline.

    Nearly every wait ends before its deadline; a timer for each would be set and cancelled for
    nothing. All waits are of one event loop.

    Args:
        clock: Tells when a deadline has come.
    """

    __slots__ = ("_clock", "_due", "_heap", "_next", "_number", "_timer")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Those who wait, each with its place in the heap; in the heap there may be others, who
        # wait no more.
        self._due: dict[Hashable, _Place] = {}
        self._heap: list[_Place] = []
        self._number = 0
        self._next = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, who: Hashable, deadline: float, ring: Callable[[Any], None]) -> None:
        """Call ``ring`` with ``who`` at the clock's time ``deadline``, unless cleared before."""
        self._number += 1
        place = self._due[who] = (deadline, self._number, who, ring)
        heappush(self._heap, place)
        if deadline < self._next:
            self._arm(deadline)

    def clear(self, who: Hashable) -> None:
        """Do not call for ``who`` any more."""
        self._due.pop(who, None)
        if len(self._heap) > _LEFT_OVER + 2 * len(self._due):
            self._heap = list(self._due.values())
            heapify(self._heap)

    def stop(self) -> None:
        """Let no timer be left over."""
        if self._timer is not None:
            self._timer.cancel()
        self._next, self._timer = math.inf, None

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = when
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(when - self._clock(), self._ring, when)

    def _ring(self, when: float) -> None:
        now = max(when, self._clock())  # all that are due by now, in one go
        self._next, self._timer = math.inf, None
        while self._heap and (self._heap[0][0] <= now or not self._is_waiting(self._heap[0])):
            place = heappop(self._heap)
            if self._is_waiting(place):
                _, _, who, ring = self._due.pop(place[2])
                ring(who)
        if self._heap and self._heap[0][0] < self._next:
            self._arm(self._heap[0][0])

    def _is_waiting(self, place: _Place) -> bool:
        return self._due.get(place[2]) is place
