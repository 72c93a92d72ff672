from __future__ import annotations

import asyncio
import logging
import math
import random
from typing import TYPE_CHECKING

import pytest

from loguro_async import RetryPolicy
from loguro_async.errors import (
    CircuitOpenError,
    ConfigurationError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    LoguroError,
    QueryFailedError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
    error_for_status,
)
from loguro_async.pipeline.availability import Availability, is_outage
from loguro_async.pipeline.budget import RetryBudget
from loguro_async.pipeline.retry import Retry, is_transient
from loguro_async.pipeline.stats import Counters
from loguro_async.runtime import Runtime
from tests.calls import a_call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.pipeline.call import Call, Send

POLICY = RetryPolicy(max_attempts=4, initial_backoff=1.0, max_backoff=3.0)
PASSING = [error_for_status(status) for status in (429, 500, 502, 503, 504)] + [
    TransportError("reset"),
    ConnectError("refused"),
]
LASTING = [error_for_status(status) for status in (204, 302, 400, 401, 403, 404, 408, 501, 505)] + [
    DeadlineExceededError("too late"),
    DecodeError("no JSON"),
    ResponseTooLargeError("too large"),
    ConfigurationError("closed session"),
]


def named(error: object) -> str:
    return f"{type(error).__name__} {getattr(error, 'status', '')}".strip()


def _ignored(_call: Call, _error: BaseException | None, _seconds: float) -> None:
    """Stands in for the hooks."""


class Service:
    """Fails in turn with each of some errors, then succeeds; time passes only in back-off."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.waits: list[float] = []
        self.counters = Counters()
        self.budget = RetryBudget(100)
        self.requests = 0
        self.others_succeed = False
        self.availability = Availability(lambda: sum(self.waits))
        self.sleep: Callable[[float], Awaitable[None]] = self.pass_time

    def call(self, *, deadline: float = math.inf, max_outage: float | None = None) -> Call:
        return a_call(deadline=deadline, clock=lambda: sum(self.waits), max_outage=max_outage)

    async def send(self, call: Call) -> bytes:
        self.requests += 1
        call.attempts += 1
        if self.errors:
            error = self.errors.pop(0)
            if self.others_succeed:
                self.availability.succeeded()
            if isinstance(error, LoguroError) and is_outage(error):
                self.availability.failed(call.request.slug)
            raise error
        self.availability.succeeded()
        return b"body"

    async def pass_time(self, seconds: float) -> None:
        self.waits.append(seconds)

    def retry(self, policy: RetryPolicy = POLICY, *, random: float = 1.0) -> Send:
        runtime = Runtime(clock=lambda: sum(self.waits), sleep=self.sleep, random=lambda: random)
        return Retry(
            policy,
            budget=self.budget,
            availability=self.availability,
            on_retry=_ignored,
            runtime=runtime,
            counters=self.counters,
        ).retry(self.send)


async def test_a_first_success_is_returned_without_a_wait(call: Call) -> None:
    service = Service()
    assert await service.retry()(call) == b"body"
    assert (service.requests, service.waits, service.counters.retries) == (1, [], 0)


@pytest.mark.parametrize("error", PASSING, ids=named)
async def test_a_transient_failure_is_retried(call: Call, error: LoguroError) -> None:
    service = Service(error, error)
    assert await service.retry()(call) == b"body"
    assert (service.requests, service.counters.retries) == (3, 2)


@pytest.mark.parametrize("error", LASTING, ids=named)
@pytest.mark.parametrize("before", [[], [TransportError("reset")]], ids=["first", "second"])
async def test_a_permanent_failure_is_not_retried(
    call: Call, before: list[Exception], error: LoguroError
) -> None:
    service = Service(*before, error)
    with pytest.raises(type(error)) as caught:
        await service.retry()(call)
    assert caught.value is error
    assert service.requests == len(before) + 1


async def test_an_unknown_exception_is_not_retried(call: Call) -> None:
    service = Service(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await service.retry()(call)
    assert service.requests == 1


async def test_the_last_error_is_raised_when_attempts_run_out(call: Call) -> None:
    errors = [error_for_status(500, reason=str(number)) for number in range(5)]
    service = Service(*errors)
    with pytest.raises(QueryFailedError) as caught:
        await service.retry()(call)
    assert caught.value is errors[3]
    assert (service.requests, call.attempts, service.counters.retries) == (4, 4, 3)


async def test_one_attempt_means_no_retry(call: Call) -> None:
    service = Service(error_for_status(500))
    with pytest.raises(QueryFailedError):
        await service.retry(RetryPolicy(max_attempts=1))(call)
    assert (service.requests, service.waits) == (1, [])


async def test_the_bound_of_the_back_off_doubles_up_to_max_backoff(call: Call) -> None:
    service = Service(*[error_for_status(503) for _ in range(3)])
    await service.retry(random=1.0)(call)
    assert service.waits == [1.0, 2.0, 3.0]


async def test_back_off_is_spread_over_all_of_the_time_up_to_the_bound(call: Call) -> None:
    service = Service(*[error_for_status(503) for _ in range(3)])
    await service.retry(random=0.25)(call)
    assert service.waits == [0.25, 0.5, 0.75]


async def test_full_jitter_is_uniform_from_zero_to_the_bound(call: Call) -> None:
    waits: list[float] = []
    rng = random.Random(1)  # noqa: S311 - not a secret
    for _ in range(400):
        service = Service(error_for_status(500))
        await service.retry(random=rng.random())(call)
        waits += service.waits
    assert all(0 <= wait < 1 for wait in waits)
    for quarter in range(4):
        share = sum(quarter / 4 <= wait < (quarter + 1) / 4 for wait in waits) / len(waits)
        assert 0.18 < share < 0.32


async def test_many_attempts_do_not_overflow_the_bound(call: Call) -> None:
    service = Service(*[error_for_status(500) for _ in range(1500)])
    service.budget = RetryBudget(2000)
    policy = RetryPolicy(max_attempts=2000, initial_backoff=0.001, max_backoff=2.0)
    await service.retry(policy)(call)
    assert service.waits[-1] == 2.0


async def test_without_budget_a_request_is_not_sent_again(call: Call) -> None:
    service = Service(*[error_for_status(503) for _ in range(9)])
    service.budget = RetryBudget(2)
    with pytest.raises(QueryFailedError):
        await service.retry()(call)
    assert (service.requests, service.counters.retries) == (3, 2)
    with pytest.raises(QueryFailedError):
        await service.retry()(call)
    assert service.requests == 4


async def test_successes_refill_the_budget(call: Call) -> None:
    service = Service()
    service.budget = RetryBudget(1)
    assert service.budget.take()
    for _ in range(10):
        await service.retry()(call)
    service.errors.append(error_for_status(503))
    assert await service.retry()(call) == b"body"
    assert service.requests == 12


@pytest.mark.parametrize(
    ("retry_after", "waited"), [(7.0, 7.35), (0.5, 1.0), (0.0, 1.0), (None, 1.0)]
)
async def test_retry_after_makes_a_wait_longer_and_never_shorter(
    call: Call, retry_after: float | None, waited: float
) -> None:
    service = Service(error_for_status(429, retry_after=retry_after))
    await service.retry()(call)
    assert service.waits == [pytest.approx(waited)]


async def test_no_back_off_goes_beyond_the_deadline() -> None:
    service = Service(*[error_for_status(500) for _ in range(3)])
    call = service.call(deadline=2.5)
    with pytest.raises(QueryFailedError):
        await service.retry()(call)
    assert (service.requests, service.waits) == (2, [1.0])


async def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    service = Service(error_for_status(429, retry_after=30.0))
    call = service.call(deadline=30.0)
    with pytest.raises(LoguroError):
        await service.retry()(call)
    assert service.waits == []


async def test_a_cancellation_ends_the_back_off(call: Call) -> None:
    service = Service(error_for_status(500))
    is_waiting = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        is_waiting.set()
        await asyncio.Event().wait()

    service.sleep = sleep
    task = asyncio.ensure_future(service.retry()(call))
    await is_waiting.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert service.requests == 1


async def test_each_retry_is_logged_with_the_call_and_the_wait(
    call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "loguro_async")
    await Service(error_for_status(500)).retry()(call)
    assert caplog.messages == ["kpis of 'local' failed (QueryFailedError); attempt 2 in 1.00 s"]


@pytest.mark.parametrize("error", [*PASSING, *LASTING, ValueError("?")], ids=named)
def test_transient_errors_are_those_of_the_reference(error: Exception) -> None:
    assert is_transient(error) is (error in PASSING)


# --- background work is patient -------------------------------------------------------------------


async def test_background_work_waits_for_a_service_that_is_unavailable() -> None:
    errors = [error_for_status(503), ConnectError("refused"), *[error_for_status(503)] * 20]
    service = Service(*errors)
    call = service.call(deadline=1.0, max_outage=300.0)
    assert await service.retry()(call) == b"body"
    assert service.requests == len(errors) + 1
    assert sum(service.waits) > 5.0  # not counted against the deadline
    assert service.budget.take()


async def test_background_work_waits_for_an_open_circuit() -> None:
    service = Service(*[CircuitOpenError("open", retry_after=5.0)] * 30)
    assert await service.retry()(service.call(deadline=1.0, max_outage=300.0)) == b"body"


async def test_an_interactive_call_does_not_wait_for_an_open_circuit(call: Call) -> None:
    service = Service(CircuitOpenError("open", retry_after=5.0))
    with pytest.raises(CircuitOpenError):
        await service.retry()(call)
    assert service.waits == []


async def test_background_work_waits_after_every_retry_after() -> None:
    service = Service(*[error_for_status(429, retry_after=1.0)] * 20)
    assert await service.retry()(service.call(deadline=5.0, max_outage=300.0)) == b"body"
    assert all(wait >= 1.0 for wait in service.waits)


async def test_background_work_gives_up_after_the_longest_outage() -> None:
    service = Service(*[error_for_status(503)] * 1000)
    with pytest.raises(QueryFailedError):
        await service.retry()(service.call(max_outage=20.0))
    assert 15.0 < sum(service.waits) <= 20.0


async def test_a_query_that_fails_while_others_succeed_is_not_waited_for() -> None:
    """One project whose connection always breaks must not hold up a run for minutes."""
    service = Service(*[TransportError("reset")] * 100)
    service.others_succeed = True
    with pytest.raises(TransportError):
        await service.retry()(service.call(max_outage=300.0))
    # The first failure may be the beginning of an outage, and does not count.
    assert service.requests == POLICY.max_attempts + 1


async def test_background_work_waits_for_a_service_that_fails_for_others_too() -> None:
    service = Service(*[error_for_status(503)] * 20)
    service.others_succeed = True
    for _ in range(10):
        service.availability.failed("another")
    assert await service.retry()(service.call(max_outage=300.0)) == b"body"


@pytest.mark.parametrize("retry_after", [700.0, 86_400.0])
async def test_background_work_tries_again_after_the_longest_pause(retry_after: float) -> None:
    service = Service(error_for_status(429, retry_after=retry_after))
    assert await service.retry()(service.call(max_outage=1800.0)) == b"body"
    assert service.waits == [pytest.approx(630.0)]


async def test_an_outage_before_a_run_does_not_shorten_its_patience() -> None:
    service = Service(*[error_for_status(503)] * 20)
    service.availability.failed("another")
    service.waits.append(3600.0)  # since then, nothing was sent
    assert await service.retry()(service.call(max_outage=300.0)) == b"body"


@pytest.mark.parametrize("status", [429, 503])
async def test_without_patience_background_work_is_retried_like_interactive_calls(
    status: int,
) -> None:
    service = Service(*[error_for_status(status)] * 2)
    assert await service.retry()(service.call(max_outage=0.0)) == b"body"
    service = Service(*[error_for_status(status)] * 100)
    with pytest.raises(StatusError):
        await service.retry()(service.call(max_outage=0.0))
    assert service.requests == POLICY.max_attempts


async def test_without_patience_background_work_does_not_wait_for_an_open_circuit() -> None:
    service = Service(CircuitOpenError("open", retry_after=5.0))
    with pytest.raises(CircuitOpenError):
        await service.retry()(service.call(max_outage=0.0))
    assert service.waits == []


async def test_background_work_that_is_refused_without_retry_after_backs_off() -> None:
    service = Service(*[error_for_status(429)] * 5)
    assert await service.retry()(service.call(max_outage=300.0)) == b"body"
    assert service.waits == [0.5, 1.0, 2.0, 3.0, 3.0]


async def test_a_failed_query_is_not_waited_for_in_the_background() -> None:
    service = Service(*[error_for_status(500)] * 100)
    with pytest.raises(QueryFailedError):
        await service.retry()(service.call(max_outage=300.0))
    assert service.requests == POLICY.max_attempts


async def test_calls_resume_spread_out_after_retry_after() -> None:
    waits: list[float] = []
    for number in range(10):
        service = Service(error_for_status(429, retry_after=1.0))
        await service.retry(random=number / 10)(service.call())
        waits += service.waits
    assert min(waits) >= 1.0
    assert max(waits) - min(waits) >= 0.07
    assert len(set(waits)) == len(waits)
