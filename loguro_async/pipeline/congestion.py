"""Finds out how many requests in flight the service bears.

Additive increase, multiplicative decrease: while all places are taken and answers come well, one
place more for each round of answers; at a sign of overload, a share less. Signs are 429, 503, a
deadline that passed, and answers that queue up: requests beyond what the service works on at once
only wait there, so that their number is ``places * (1 - quickest / usual)`` of the times taken.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from loguro_async.errors import StatusError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call, Fetch

_DECREASE: Final = 0.9
_DECREASE_MOST: Final = 0.5
_SMOOTHING: Final = 0.1
_QUEUE_SHARE: Final = 0.25
_QUEUE_LEAST: Final = 2.0
_QUICKEST_SECONDS: Final = 30.0
_OVERLOADED: Final = frozenset({429, 503})


class Congestion:
    """Opens and closes places as the service bears them.

    Args:
        most: The number of places to begin with, and the most there are ever.
        clock: Tells how long an answer took.
        add: Adds places, or takes them away.
    """

    __slots__ = (
        "_add",
        "_clock",
        "_eased_at",
        "_in_flight",
        "_level",
        "_most",
        "_quickest",
        "_quickest_since",
        "_usual",
    )

    def __init__(self, most: int, clock: Callable[[], float], add: Callable[[int], None]) -> None:
        self._most = most
        self._level = float(most)
        self._clock = clock
        self._add = add
        self._in_flight = 0
        self._eased_at = clock()
        self._quickest = self._usual = 0.0
        self._quickest_since = clock()

    @property
    def places(self) -> int:
        """How many places there are now."""
        return int(self._level)

    def watch(self, send: Fetch) -> Fetch:
        """The stage that learns from each attempt of ``send``."""

        async def fetch(call: Call) -> bytes:
            began = self._clock()
            self._in_flight += 1
            try:
                body = await send(call)
            except asyncio.CancelledError:
                if self._clock() >= call.deadline:
                    self._ease(began)
                raise
            except (StatusError, TransportError) as error:
                if isinstance(error, TransportError) or error.status in _OVERLOADED:
                    self._ease(began)
                raise
            else:
                self._answered(began)
                return body
            finally:
                self._in_flight -= 1

        return fetch

    def _answered(self, began: float) -> None:
        self._time_taken(self._clock() - began)
        if self._is_queueing():
            worked_on = self._quickest / self._usual
            self._ease(began, max(_DECREASE_MOST, min(_DECREASE, worked_on)))
        elif self._in_flight >= self.places:
            self._set(self._level + 1 / self._level)

    def _time_taken(self, seconds: float) -> None:
        now = self._clock()
        if now - self._quickest_since > _QUICKEST_SECONDS or not self._usual:
            # The service may have become slower for good: what was quick then is no measure now.
            self._quickest, self._quickest_since = seconds, now
            self._usual = self._usual or seconds
        self._quickest = min(self._quickest, seconds)
        self._usual += _SMOOTHING * (seconds - self._usual)

    def _is_queueing(self) -> bool:
        if self._usual <= 0:
            return False
        queued = self._level * (1 - self._quickest / self._usual)
        return queued > max(_QUEUE_LEAST, _QUEUE_SHARE * self._level)

    def _ease(self, began: float, share: float = _DECREASE) -> None:
        """One step down for a round of requests: those sent before the last step don't count."""
        if began < self._eased_at:
            return
        self._eased_at = self._clock()
        self._set(self._level * share)

    def _set(self, level: float) -> None:
        before = self.places
        self._level = min(max(level, 1.0), float(self._most))
        if self.places != before:
            self._add(self.places - before)
