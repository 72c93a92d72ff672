"""Deadlines of calls.

After a blocked event loop, a deadline waits a little longer: a response that has arrived meanwhile
is still read.
"""

from __future__ import annotations

from asyncio import get_running_loop
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable

# A timer is this late at the most where the event loop was not blocked: it waits in whole ms.
_TIMER_SECONDS: Final = 0.002
_GRACE_SECONDS: Final = 0.01
# A loop that is always slow would else postpone a deadline without end.
_MOST_GRACES: Final = 3


class Deadline:
    """Calls back at a time, later where the event loop was blocked, and not while it is paused.

    Args:
        at: The time, by the clock.
        clock: Returns seconds; never goes back.

    Attributes:
        at: The time, by the clock; infinite while it is paused.
        is_expired: Whether the time has come and the callback was called.
    """

    __slots__ = (
        "_clock",
        "_due",
        "_graces",
        "_left",
        "_on_expired",
        "_pauses",
        "_timer",
        "at",
        "is_expired",
    )

    def __init__(self, at: float, clock: Callable[[], float]) -> None:
        self.at = at
        self.is_expired = False
        self._clock = clock
        self._due = at
        self._left = 0.0
        self._pauses = 0
        self._graces = 0
        self._timer: TimerHandle | None = None
        self._on_expired: Callable[[], object] | None = None

    @property
    def seconds_left(self) -> float:
        """Seconds until the time; infinite while it is paused."""
        return self.at - self._clock()

    def start(self, on_expired: Callable[[], object]) -> None:
        """Starts the timer, which calls ``on_expired`` once."""
        self._on_expired = on_expired
        self._due = self.at
        self._timer = get_running_loop().call_later(self.at - self._clock(), self._check)

    def stop(self) -> None:
        """Stops the timer for good."""
        self._on_expired = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pause(self) -> None:
        """Stops the clock of the deadline; as many calls of ``resume`` start it again."""
        self._pauses += 1
        if self._pauses > 1:
            return
        self._left = self.at - self._clock()
        self.at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def resume(self) -> None:
        """Continues after ``pause``, with the time that was left."""
        self._pauses -= 1
        if self._pauses:
            return
        self.at = self._clock() + self._left
        if self._on_expired is not None:
            self.start(self._on_expired)

    def _check(self) -> None:
        late = self._clock() - self._due
        is_late = late > (_GRACE_SECONDS if self._graces else _TIMER_SECONDS)
        if is_late and self._graces < _MOST_GRACES:
            # The event loop was blocked, or is slow. Timers run before the tasks that wait for
            # data, so a response that has arrived needs a moment to be read.
            self._graces += 1
            self._due = self._clock() + late + _GRACE_SECONDS
            self._timer = get_running_loop().call_later(late + _GRACE_SECONDS, self._check)
            return
        self.is_expired = True
        if self._on_expired is not None:
            self._on_expired()
