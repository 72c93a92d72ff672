"""A timer that a blocked event loop does not turn against responses that have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_GRACE_SECONDS: Final = 0.010


class GraceTimer:
    """Calls ``expire`` at a time of the loop's clock, later if the loop was blocked then.

    A timer that fires L seconds late gives a response that arrived meanwhile L + 10 ms more to be
    read, because the loop handles the timer before the tasks that wait for data.

    Args:
        loop: The running loop.
        when: The time, by the loop's clock.
        expire: Called without arguments, once.
    """

    __slots__ = ("_expire", "_handle", "_is_extended", "_loop", "_when", "has_expired")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, when: float, expire: Callable[[], object]
    ) -> None:
        self.has_expired = False
        self._loop = loop
        self._expire = expire
        self._is_extended = False
        self._when = when
        self._handle = loop.call_at(when, self._fire)

    def cancel(self) -> None:
        """Stops the timer. Can be called again."""
        self._handle.cancel()

    def _fire(self) -> None:
        now = self._loop.time()
        late = max(0.0, now - self._when)
        if self._is_extended and late < _GRACE_SECONDS:
            self.has_expired = True
            self._expire()
            return
        self._is_extended = True
        self._when = now + late + _GRACE_SECONDS
        self._handle = self._loop.call_at(self._when, self._fire)
