"""The clock of the emulator: the real time, or a time that the user sets."""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime, timedelta

from loguro_async.emulator.ranges import milliseconds


class Clock:
    """Tells the time. Safe to use from several threads.

    Args:
        now: The time at which the clock stands still; `None` for the real time.

    Raises:
        ValueError: The time has no time zone.
    """

    def __init__(self, now: datetime | None) -> None:
        self._lock = threading.Lock()
        self._frozen = None if now is None else _aware(now)
        self._offset = timedelta()
        self._latest_stamp_ms: int | None = None

    @property
    def now(self) -> datetime:
        """The current time. Setting it makes the clock stand still there.

        Raises:
            ValueError: The time has no time zone.
        """
        frozen = self._frozen
        return datetime.now(UTC) + self._offset if frozen is None else frozen

    @now.setter
    def now(self, now: datetime) -> None:
        with self._lock:
            self._frozen = _aware(now)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward; a running clock continues to run.

        Raises:
            ValueError: The number is negative or not finite.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            message = f"seconds must be 0 or greater, got {seconds}; set `now` to go back"
            raise ValueError(message)
        with self._lock:
            if self._frozen is None:
                self._offset += timedelta(seconds=seconds)
            else:
                self._frozen += timedelta(seconds=seconds)

    def stamp_ms(self) -> int:
        """Returns the time of an event that happens now, in milliseconds since 1970."""
        with self._lock:
            self._latest_stamp_ms = milliseconds(self.now)
            return self._latest_stamp_ms

    def window_end_ms(self) -> int:
        """Returns the end of a window that lasts until now, in milliseconds since 1970.

        The end is exclusive, so it lies one millisecond after an event that happened just now: a
        tracked event is visible at once, even while the clock stands still.
        """
        with self._lock:
            now_ms = milliseconds(self.now)
            return now_ms + 1 if now_ms == self._latest_stamp_ms else now_ms


def _aware(now: datetime) -> datetime:
    """Returns the time if it has a time zone."""
    if now.utcoffset() is None:
        message = "now has no time zone: pass an aware datetime, such as datetime.now(UTC)"
        raise ValueError(message)
    return now
