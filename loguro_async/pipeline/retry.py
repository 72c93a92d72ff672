"""Sends a failed request again, after a back-off. The only user of tenacity.

The first attempt is made directly, because tenacity costs time even when nothing fails; it is
imported and used only after a transient failure. Background work waits for the service: while it is
unavailable, or has sent ``Retry-After``, attempts do not count and the deadline is paused.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from loguro_async.errors import (
    CircuitOpenError,
    DeadlineExceededError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    StatusError,
    TransportError,
)
from loguro_async.pipeline.availability import is_outage
from loguro_async.pipeline.retry_after import LONGEST_PAUSE_SECONDS, with_jitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from loguro_async.pipeline.availability import Availability
    from loguro_async.pipeline.budget import RetryBudget
    from loguro_async.pipeline.call import Call, Send
    from loguro_async.pipeline.stats import Counters
    from loguro_async.policies import RetryPolicy
    from loguro_async.runtime import Runtime

_TRANSIENT: Final = frozenset({429, 500, 502, 503, 504})
# How long background work waits between two looks at a service that is unavailable.
_OUTAGE_BACKOFF_SECONDS: Final = 0.5
_LOG: Final = logging.getLogger("loguro_async")


class Retry:
    """Sends a request until it succeeds, fails for good, or may not be sent again.

    Args:
        policy: How often, and how long to wait in between.
        budget: What the retries of all calls of the client may cost.
        availability: Whether the service can be reached.
        on_retry: Called before each retry, with the call, the error and the wait in seconds.
        runtime: Clock, sleep and random numbers.
        counters: Where retries are counted.
    """

    __slots__ = (
        "_availability",
        "_began",
        "_budget",
        "_counters",
        "_on_retry",
        "_policy",
        "_runtime",
    )

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        budget: RetryBudget,
        availability: Availability,
        on_retry: Callable[[Call, BaseException | None, float], None],
        runtime: Runtime,
        counters: Counters,
    ) -> None:
        self._policy = policy
        self._budget = budget
        self._availability = availability
        self._on_retry = on_retry
        self._runtime = runtime
        self._counters = counters
        # Each fan-out has its own pipeline, and an outage before its start does not count.
        self._began = runtime.clock()

    def retry(self, send: Send) -> Send:
        """The stage that sends a failed request again."""
        budget = self._budget

        async def retry(call: Call) -> bytes:
            try:
                body = await send(call)
            except (StatusError, TransportError, CircuitOpenError) as error:
                if not _is_retried(error, call):
                    raise
                first = error
            else:
                budget.succeeded()
                return body
            return await self._again(call, send, first)

        return retry

    async def _again(self, call: Call, send: Send, first: LoguroError) -> bytes:
        from tenacity import AsyncRetrying, retry_if_exception  # noqa: PLC0415 - only now needed

        schedule = _Schedule(
            self._policy, call, self._budget, self._availability, self._runtime, self._began
        )
        retrying = AsyncRetrying(
            sleep=schedule.sleep,
            wait=schedule.wait,
            stop=schedule.must_stop,
            retry=retry_if_exception(lambda error: _is_retried(error, call)),
            before_sleep=lambda state: self._note(call, state),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                sent = call.attempts
                try:
                    body = await send(call)
                finally:
                    self._counters.retries += call.attempts > sent
                self._budget.succeeded()
                return body
        raise first

    def _note(self, call: Call, state: RetryCallState) -> None:
        error = _failure(state)
        _LOG.info(
            "%s of %r failed (%s); attempt %d in %.2f s",
            call.request.endpoint,
            call.request.slug,
            type(error).__name__,
            call.attempts + 1,
            state.upcoming_sleep,
        )
        if not isinstance(error, CircuitOpenError):  # then nothing was sent
            self._on_retry(call, error, state.upcoming_sleep)


class _Schedule:
    """When the next attempt of one call is made, and when there is none any more."""

    def __init__(
        self,
        policy: RetryPolicy,
        call: Call,
        budget: RetryBudget,
        availability: Availability,
        runtime: Runtime,
        run_began: float,
    ) -> None:
        self._policy = policy
        self._call = call
        self._budget = budget
        self._availability = availability
        self._runtime = runtime
        self._run_began = run_began
        self._began = runtime.clock()
        self._responses_before = availability.responses
        self._failures = 0
        self._refusals = 0
        self._waits_for_service = False

    def wait(self, state: RetryCallState) -> float:
        """Returns the back-off: full jitter, or longer after a ``Retry-After``."""
        error = _failure(state)
        self._waits_for_service = self._waits_after(error)
        policy = self._policy
        if not self._waits_for_service:
            self._failures += 1
            ceiling = _ceiling(policy.initial_backoff, self._failures, policy)
        elif isinstance(error, RateLimitedError):
            self._refusals += 1
            ceiling = _ceiling(_OUTAGE_BACKOFF_SECONDS, self._refusals, policy)
        else:
            ceiling = _OUTAGE_BACKOFF_SECONDS
        backoff = ceiling * self._runtime.random()
        if not isinstance(error, StatusError) or not error.retry_after:
            return backoff
        seconds = error.retry_after
        if self._waits_for_service:
            seconds = min(seconds, LONGEST_PAUSE_SECONDS)
        return max(backoff, with_jitter(seconds, self._runtime.random))

    def must_stop(self, state: RetryCallState) -> bool:
        """Returns whether no further attempt is made."""
        waits_until = self._runtime.clock() + state.upcoming_sleep
        if self._waits_for_service:
            outage = self._availability.outage_after(self._run_began)
            return max(outage, waits_until - self._began) > (self._call.max_outage or 0.0)
        if self._failures >= self._policy.max_attempts or waits_until >= self._call.deadline.at:
            return True
        # Asked last: a retry that is paid for is made.
        return not self._budget.take()

    async def sleep(self, seconds: float) -> None:
        """Waits for the next attempt."""
        reason = "the service to be available" if self._waits_for_service else "back-off"
        with self._call.waiting(reason):
            await self._runtime.sleep(seconds)

    def _waits_after(self, error: BaseException | None) -> bool:
        """Whether the call waits for the service, so that the attempt does not count."""
        if not self._call.max_outage or not isinstance(error, LoguroError):
            return False
        if isinstance(error, CircuitOpenError | RateLimitedError):
            return True
        slug, before = self._call.request.slug, self._responses_before
        return is_outage(error) and not self._availability.fails_only_for(slug, before)


def is_transient(error: BaseException) -> bool:
    """Returns whether the same request may succeed a little later.

    Source: "Status codes", 500: "Retry later".
    """
    if isinstance(error, QueryFailedError | RateLimitedError):
        return error.status in _TRANSIENT
    return isinstance(error, TransportError) and not isinstance(error, DeadlineExceededError)


def _is_retried(error: BaseException, call: Call) -> bool:
    if isinstance(error, CircuitOpenError):
        return bool(call.max_outage)
    if call.is_part:
        return bool(call.max_outage) and isinstance(error, LoguroError) and is_outage(error)
    return is_transient(error)


def _ceiling(first: float, failures: int, policy: RetryPolicy) -> float:
    return min(policy.max_backoff, first * 2.0 ** min(failures - 1, 60))


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
