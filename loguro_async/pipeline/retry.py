"""Sends a failed request again, after a while. The only user of tenacity.

The first attempt is made directly, because tenacity costs time even when nothing fails; it is
entered, and imported, only after a failure that may pass.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from loguro_async.errors import (
    DeadlineExceededError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    StatusError,
    TransportError,
)

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from loguro_async.config import RetryPolicy
    from loguro_async.pipeline.budget import RetryBudget
    from loguro_async.pipeline.call import Call, Counters, Fetch, Surroundings
    from loguro_async.pipeline.observer import Observer

_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_LOG: Final = logging.getLogger("loguro_async")


class Retry:
    """Tries a request until it succeeds, fails for good, or may not be tried any more.

    Args:
        policy: How often, and how long to wait in between.
        send: Makes one attempt.
        budget: What all of the client's retries may cost together.
        observer: Told of each retry.
        surroundings: Clock, sleep and chance.
        counters: Where retries are counted.
    """

    __slots__ = ("_budget", "_counters", "_observer", "_policy", "_send", "_surroundings")

    def __init__(
        self,
        policy: RetryPolicy,
        send: Fetch,
        *,
        budget: RetryBudget,
        observer: Observer,
        surroundings: Surroundings,
        counters: Counters,
    ) -> None:
        self._policy = policy
        self._send = send
        self._budget = budget
        self._observer = observer
        self._surroundings = surroundings
        self._counters = counters

    async def fetch(self, call: Call) -> bytes:
        """The body, after as many attempts as it takes and the policy allows.

        Raises:
            LoguroError: The last attempt's error; ``attempts`` says how many there were.
        """
        try:
            body = await self._send(call)
        except (StatusError, TransportError) as error:
            if not may_pass(error):
                raise
            first = error
        else:
            self._budget.succeeded()
            return body
        return await self._again(call, first)

    async def _again(self, call: Call, first: LoguroError) -> bytes:
        from tenacity import AsyncRetrying, retry_if_exception  # noqa: PLC0415 - only now needed

        retrying = AsyncRetrying(
            sleep=self._surroundings.sleep,
            wait=self._wait,
            stop=lambda state: self._must_stop(call, state),
            retry=retry_if_exception(may_pass),
            before_sleep=lambda state: self._note(call, state),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                self._counters.retries += 1
                body = await self._send(call)
                self._budget.succeeded()
                return body
        raise first

    def _wait(self, state: RetryCallState) -> float:
        """Full jitter, or longer where the service asks for it."""
        policy = self._policy
        doublings = min(state.attempt_number - 1, 60)
        ceiling = min(policy.max_backoff, policy.initial_backoff * 2.0**doublings)
        asked = getattr(_failure(state), "retry_after", None) or 0.0
        return max(asked, ceiling * self._surroundings.chance())

    def _must_stop(self, call: Call, state: RetryCallState) -> bool:
        if state.attempt_number >= self._policy.max_attempts:
            return True
        if self._surroundings.clock() + state.upcoming_sleep >= call.deadline:
            return True
        # Asked last: a retry that is paid for is made.
        return not self._budget.take()

    def _note(self, call: Call, state: RetryCallState) -> None:
        _LOG.info(
            "%s of %r failed (%s); attempt %d in %.2f s",
            call.query.endpoint,
            call.query.slug,
            type(_failure(state)).__name__,
            state.attempt_number + 1,
            state.upcoming_sleep,
        )
        self._observer.retrying(call, _failure(state), state.upcoming_sleep)


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed a little later.

    Source: "Status codes", 500: "Retry later".
    """
    if isinstance(error, QueryFailedError | RateLimitedError):
        return error.status in _PASSING
    return isinstance(error, TransportError) and not isinstance(error, DeadlineExceededError)


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
