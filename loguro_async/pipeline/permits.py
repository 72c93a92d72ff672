"""Permits for concurrent requests, and turns under a rate; interactive calls go first.

A semaphore with two queues. A permit that becomes free is granted only to a call that can
probably finish before its deadline.
"""

from __future__ import annotations

from asyncio import CancelledError, Future, get_running_loop
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call
    from loguro_async.request import Request

_CATCH_UP_SECONDS: Final = 0.05
Queue = OrderedDict["Future[None]", "Call"]


class Permits:
    """Grants permits in the order of arrival, background calls after all others.

    Args:
        limit: Permits at most; can be changed at any time.
        rate: Permits per second at most, evenly spread; ``None`` for no such limit.
        clock: Returns seconds; never goes back.
    """

    __slots__ = (
        "_background",
        "_clock",
        "_in_use",
        "_interactive",
        "_interval",
        "_latency",
        "_limit",
        "_rate",
        "_timer",
        "_turn_at",
    )

    def __init__(self, limit: int, rate: float | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._rate = rate
        self._interval = 1 / rate if rate else 0.0
        self._clock = clock
        self._in_use = 0
        self._turn_at = 0.0
        self._timer: TimerHandle | None = None
        self._interactive: Queue = OrderedDict()
        self._background: Queue = OrderedDict()
        # Seconds that quick attempts took recently, by endpoint and chip: 12 months take longer
        # than an hour.
        self._latency: dict[tuple[str, str], float] = {}

    @property
    def in_use(self) -> int:
        """Permits that are held now."""
        return self._in_use

    @property
    def limit(self) -> int:
        """Permits at most."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._grant()

    def try_acquire(self, call: Call) -> bool:
        """Takes a permit and, under a rate, a turn, where there is one; returns whether it did."""
        if self._in_use >= self._limit or self._interactive:
            return False
        if self._rate is not None and not self._has_turn():
            return False
        if self._background and call.max_outage is not None:
            return False
        self._take()
        return True

    async def acquire(self, call: Call) -> None:
        """Waits for a permit and, under a rate, for a turn.

        Raises:
            DeadlineExceededError: The permit came too late for the call to finish.
        """
        waiter = get_running_loop().create_future()
        queue = self._background if call.is_background else self._interactive
        queue[waiter] = call
        try:
            with call.waiting(self._reason()):
                self._grant()
                await waiter
        except CancelledError:
            queue.pop(waiter, None)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.give_back()
            raise

    def give_back(self) -> None:
        """Returns a permit that was not used, with its turn."""
        self._turn_at -= self._interval
        self.release()

    def release(self) -> None:
        """Returns a permit, which goes to the next call that waits."""
        self._in_use -= 1
        if self._interactive or self._background:
            self._grant()

    def note_latency(self, request: Request, seconds: float) -> None:
        """Records the latency of an attempt, to estimate whether waiting calls can finish in time.

        The estimate falls at once and rises slowly, because a call is refused only if even a fast
        response would come too late.
        """
        kind = request.endpoint, request.range
        before = self._latency.get(kind, seconds)
        self._latency[kind] = min(seconds, before + 0.1 * (seconds - before))

    def _take(self) -> None:
        self._in_use += 1
        if self._rate is not None:
            # A late wake-up is caught up with, so that the rate is reached.
            catch_up = min(self._interval, _CATCH_UP_SECONDS)
            self._turn_at = max(self._turn_at, self._clock() - catch_up) + self._interval

    def _has_turn(self) -> bool:
        return self._rate is None or self._clock() >= self._turn_at

    def _grant(self) -> None:
        """Grants free permits to the calls that wait."""
        while (queue := self._interactive or self._background) and self._in_use < self._limit:
            if not self._has_turn():
                self._grant_later()
                return
            waiter, call = queue.popitem(last=False)
            if waiter.done():
                continue
            if not call.is_background and self._is_too_late(call):
                waiter.set_exception(call.deadline_error(self._clock() - call.started_at))
                continue
            self._take()
            waiter.set_result(None)

    def _is_too_late(self, call: Call) -> bool:
        kind = call.request.endpoint, call.request.range
        return call.deadline.seconds_left < self._latency.get(kind, 0.0)

    def _grant_later(self) -> None:
        if self._timer is None:
            delay = self._turn_at - self._clock()
            self._timer = get_running_loop().call_later(delay, self._on_turn)

    def _on_turn(self) -> None:
        self._timer = None
        self._grant()

    def _reason(self) -> str:
        if self._rate is not None and self._in_use < self._limit:
            return f"a turn (Limits.rate={self._rate:g})"
        return f"a permit (Limits.concurrency={self._limit})"
