"""Limits concurrent requests and their rate, and delays all requests after ``Retry-After``."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from math import inf
from typing import TYPE_CHECKING

from loguro_async.errors import LoguroError, QueryFailedError, RateLimitedError, StatusError
from loguro_async.pipeline.availability import is_outage
from loguro_async.pipeline.permits import Permits
from loguro_async.pipeline.retry_after import LONGEST_PAUSE_SECONDS, max_jitter

if TYPE_CHECKING:
    from loguro_async.pipeline.adaptive_limit import AdaptiveLimit
    from loguro_async.pipeline.call import Call, Send
    from loguro_async.policies import Limits, SharedPermits
    from loguro_async.runtime import Runtime


class Limiter:
    """Gives each attempt a permit, held for that attempt alone and never during back-off.

    Args:
        limits: How many permits there are, and how fast requests may follow each other.
        runtime: Clock, sleep and random numbers.
        slow_seconds: An attempt that a deadline ended counts as a sign of overload when it ran for
            at least this long.
    """

    __slots__ = (
        "_adaptive",
        "_paused_by",
        "_paused_until",
        "_permits",
        "_resumed_at",
        "_runtime",
        "_shared",
        "_slow_seconds",
    )

    def __init__(self, limits: Limits, runtime: Runtime, slow_seconds: float) -> None:
        self._runtime = runtime
        self._slow_seconds = slow_seconds
        self._permits = Permits(limits.concurrency, limits.rate, runtime.clock)
        self._shared = limits.shared
        self._adaptive = _adaptive(limits, runtime) if limits.adaptive else None
        if self._adaptive is not None:
            self._permits.limit = self._adaptive.limit
        # Until when the service makes all of the client's calls wait (Retry-After).
        self._paused_until = 0.0
        # When all of them have resumed: calls that begin before it are spread out, too.
        self._resumed_at = 0.0
        self._paused_by: StatusError | None = None

    def limit(self, send: Send) -> Send:
        """The stage that waits for a permit and a turn, and learns from the outcome."""
        permits, clock = self._permits, self._runtime.clock
        attempt = send if self._adaptive is None else self._watched(self._adaptive, send)
        if self._shared is not None:
            attempt = _with_shared_permit(self._shared, attempt)

        async def limit(call: Call) -> bytes:
            await self._wait_for_permit(call)
            began = clock()
            try:
                body = await attempt(call)
            except StatusError as error:
                self._pause(error)
                raise
            else:
                # Without the wait for a shared permit.
                sent_at = began if call.sent_at is None else max(began, call.sent_at)
                permits.note_latency(call.request, clock() - sent_at)
                return body
            finally:
                permits.release()

        return limit

    async def _wait_for_permit(self, call: Call) -> None:
        """Waits for the end of a ``Retry-After``, and takes a permit."""
        permits, clock = self._permits, self._runtime.clock
        while True:
            if self._resumed_at > clock() and not call.attempts:  # a retry has its own jitter
                await self._wait_for_resume(call)
            while self._paused_until > clock():
                await self._wait_for_resume(call)
            if permits.try_acquire(call):
                return
            await permits.acquire(call)
            if self._paused_until <= clock():
                return
            permits.give_back()  # a Retry-After arrived while this call waited for its permit

    def _pause(self, error: StatusError) -> None:
        """Pauses the whole client where the service sent ``Retry-After``."""
        if _is_overload(error) and error.retry_after:
            pause_seconds = min(error.retry_after, LONGEST_PAUSE_SECONDS)
            until = self._runtime.clock() + pause_seconds
            if until > self._paused_until:
                self._paused_until, self._paused_by = until, error
                self._resumed_at = until + max_jitter(pause_seconds)

    async def _wait_for_resume(self, call: Call) -> None:
        now = self._runtime.clock()
        opens = max(now, self._paused_until)
        left = opens + (self._resumed_at - opens) * self._runtime.random() - now
        longest = max(call.deadline.seconds_left, call.max_outage or 0.0)
        if opens - now >= longest and self._paused_by is not None:
            raise _pause_error(self._paused_by, left)
        halfway_to_deadline = (opens - now + longest) / 2
        with call.waiting("the end of the service's Retry-After"):
            await self._runtime.sleep(min(left, halfway_to_deadline))

    def _watched(self, adaptive: AdaptiveLimit, send: Send) -> Send:
        """Reports to the adaptive limit how each attempt ended."""

        async def adaptive_limit(call: Call) -> bytes:
            began = adaptive.started()
            note = adaptive.ignored
            try:
                body = await send(call)
            except asyncio.CancelledError:
                note = adaptive.overloaded if self._was_slow(call) else adaptive.ignored
                raise
            except LoguroError as error:
                if _is_overload(error):
                    note = adaptive.overloaded
                raise
            else:
                note = adaptive.succeeded
                return body
            finally:
                note(began)
                if self._permits.limit != adaptive.limit:
                    self._permits.limit = adaptive.limit

        return adaptive_limit

    def _was_slow(self, call: Call) -> bool:
        if not call.deadline.is_expired or call.sent_at is None:
            return False
        return self._runtime.clock() - call.sent_at >= self._slow_seconds


def _is_overload(error: LoguroError) -> bool:
    """Returns whether the error concerns the service as a whole, not one query."""
    return isinstance(error, RateLimitedError) or is_outage(error)


def _pause_error(error: StatusError, seconds: float) -> StatusError:
    """Returns the error of a call that was not sent because of a ``Retry-After``."""
    kind = type(error) if isinstance(error, RateLimitedError | QueryFailedError) else StatusError
    held = kind(error.status, reason=error.reason, retry_after=seconds)
    held.message = (
        f"nothing was sent, because of the service's Retry-After ({seconds:.1f} s left); "
        f"{held.advice}"
    )
    held.args = (held.message,)
    return held


def _with_shared_permit(shared: SharedPermits, send: Send) -> Send:
    async def shared_limit(call: Call) -> bytes:
        deadline = asyncio.get_running_loop().time() + call.deadline.seconds_left
        async with AsyncExitStack() as held:
            with call.waiting("a permit of the shared limits"):
                is_patient = call.is_background
                permit = shared.permit(
                    deadline=inf if is_patient else deadline, background=is_patient
                )
                await held.enter_async_context(permit)
            return await send(call)

    return shared_limit


def _adaptive(limits: Limits, runtime: Runtime) -> AdaptiveLimit:
    from loguro_async.pipeline.adaptive_limit import AdaptiveLimit  # noqa: PLC0415 - only now needed

    return AdaptiveLimit(limits.concurrency, runtime.clock)
