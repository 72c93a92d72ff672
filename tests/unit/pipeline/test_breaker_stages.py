from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from loguro_async.errors import (
    CircuitOpenError,
    ConnectError,
    LoguroError,
    ResponseTooLargeError,
    TransportError,
    error_for_status,
)
from loguro_async.pipeline.availability import Availability
from loguro_async.pipeline.breaker_stages import OriginBreaker, ProjectBreaker
from loguro_async.policies import BreakerPolicy
from tests.calls import a_call as call_of
from tests.calls import a_request

if TYPE_CHECKING:
    from loguro_async.pipeline.call import Call, Load, Send

POLICY = BreakerPolicy(min_requests=4, open_seconds=5.0)
TELL_OF_THE_ORIGIN = [
    *(error_for_status(status) for status in (502, 503, 504)),
    ConnectError("refused"),
    TransportError("reset"),
]
TELL_NOTHING_OF_IT: list[LoguroError] = [
    error_for_status(status) for status in (302, 400, 401, 404, 429, 501)
]
SHOW_THAT_IT_IS_THERE: list[LoguroError] = [
    error_for_status(500),
    ResponseTooLargeError("too much"),
]


def a_call(slug: str = "local", *, max_outage: float | None = None) -> Call:
    return call_of(a_request(slug=slug, range="7d"), max_outage=max_outage)


class Guarded:
    """A breaker around a service that responds as a test says."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.requests = 0
        self.error: BaseException | None = None
        self.availability = Availability(lambda: self.seconds)

    async def send(self, call: Call) -> bytes:
        self.requests += 1
        call.sent_at = 0.0
        if self.error is not None:
            raise self.error
        return b"body"

    def breaker(self) -> OriginBreaker:
        return OriginBreaker(POLICY, self.availability, lambda: self.seconds, "https://logu.ro")

    def by_origin(self) -> Send:
        breaker = self.breaker()
        return breaker.fail_fast(breaker.origin_breaker(self.send))

    def by_project(self) -> Send:
        breaker = ProjectBreaker(POLICY, lambda: self.seconds)
        return cast("Send", breaker.project_breaker(cast("Load", self.send)))

    async def fail(self, fetch: Send, call: Call, error: BaseException, *, times: int) -> None:
        self.error = error
        for _ in range(times):
            with pytest.raises(type(error)):
                await fetch(call)
        self.error = None


@pytest.mark.parametrize("error", TELL_OF_THE_ORIGIN, ids=str)
async def test_too_many_failures_of_the_origin_open_its_circuit(error: LoguroError) -> None:
    guarded = Guarded()
    fetch = guarded.by_origin()
    await guarded.fail(fetch, a_call(), error, times=4)
    with pytest.raises(CircuitOpenError, match=r"https://logu\.ro"):
        await fetch(a_call("another"))
    assert guarded.requests == 4
    guarded.seconds += 5
    assert [await fetch(a_call()) for _ in range(3)] == [b"body"] * 3


@pytest.mark.parametrize("error", TELL_NOTHING_OF_IT + SHOW_THAT_IT_IS_THERE, ids=str)
async def test_errors_of_one_query_do_not_count_against_the_origin(error: LoguroError) -> None:
    guarded = Guarded()
    fetch = guarded.by_origin()
    await guarded.fail(fetch, a_call(), error, times=50)
    assert await fetch(a_call()) == b"body"


@pytest.mark.parametrize(
    ("ran_for", "is_expired", "opens"),
    [(10.0, True, True), (0.05, True, False), (10.0, False, False)],
    ids=["slow itself", "a short deadline", "cancelled"],
)
async def test_an_attempt_that_a_deadline_cut_counts_only_when_it_was_slow_itself(
    ran_for: float, *, is_expired: bool, opens: bool
) -> None:
    guarded = Guarded()
    fetch = guarded.by_origin()
    call = a_call()
    call.deadline.is_expired = is_expired
    guarded.seconds = ran_for
    await guarded.fail(fetch, call, asyncio.CancelledError(), times=4)
    if opens:
        with pytest.raises(CircuitOpenError):
            await fetch(call)
    else:
        assert await fetch(call) == b"body"


async def test_background_work_probes_early_and_others_wait() -> None:
    guarded = Guarded()
    fetch = guarded.by_origin()
    await guarded.fail(fetch, a_call(), error_for_status(503), times=4)
    guarded.seconds = 0.3
    with pytest.raises(CircuitOpenError):
        await fetch(a_call())
    await guarded.fail(fetch, a_call(max_outage=300.0), error_for_status(503), times=1)
    with pytest.raises(CircuitOpenError):
        await fetch(a_call(max_outage=300.0))
    guarded.seconds = 0.6
    assert [await fetch(a_call(max_outage=300.0)) for _ in range(3)] == [b"body"] * 3
    assert await fetch(a_call()) == b"body"


async def test_an_outage_lasts_from_the_first_failure_to_the_next_response() -> None:
    guarded = Guarded()
    fetch = guarded.by_origin()
    await guarded.fail(fetch, a_call(), error_for_status(503), times=1)
    guarded.seconds = 3.0
    assert guarded.availability.outage_seconds == 3.0
    await guarded.fail(fetch, a_call(), error_for_status(404), times=1)
    assert guarded.availability.outage_seconds == 0.0


async def test_without_a_policy_outages_are_still_noted() -> None:
    guarded = Guarded()
    breaker = OriginBreaker(None, guarded.availability, lambda: guarded.seconds, "https://logu.ro")
    fetch = breaker.fail_fast(breaker.origin_breaker(guarded.send))
    await guarded.fail(fetch, a_call(), error_for_status(503), times=100)
    guarded.seconds = 3.0
    assert guarded.availability.outage_seconds == 3.0
    assert await fetch(a_call()) == b"body"
    assert guarded.availability.outage_seconds == 0.0


async def test_a_call_that_waited_for_a_permit_is_refused_when_the_circuit_has_opened() -> None:
    guarded = Guarded()
    breaker = guarded.breaker()
    watched = breaker.origin_breaker(guarded.send)
    permit = asyncio.Event()

    async def after_a_wait(call: Call) -> bytes:
        await permit.wait()
        return await watched(call)

    waiting = asyncio.ensure_future(breaker.fail_fast(after_a_wait)(a_call()))
    await asyncio.sleep(0)
    await guarded.fail(watched, a_call(), error_for_status(503), times=4)
    permit.set()
    with pytest.raises(CircuitOpenError):
        await waiting
    assert guarded.requests == 4


async def test_a_heavy_project_does_not_affect_other_projects() -> None:
    guarded = Guarded()
    fetch = guarded.by_project()
    await guarded.fail(fetch, a_call("heavy"), error_for_status(500), times=4)
    with pytest.raises(CircuitOpenError, match=r"'heavy'.*reduce the range or filter"):
        await fetch(a_call("heavy"))
    assert await fetch(a_call("light")) == b"body"


@pytest.mark.parametrize("error", [error_for_status(503), *TELL_NOTHING_OF_IT], ids=str)
async def test_only_a_500_counts_against_the_project(error: LoguroError) -> None:
    guarded = Guarded()
    fetch = guarded.by_project()
    await guarded.fail(fetch, a_call(), error, times=50)
    assert await fetch(a_call()) == b"body"


async def test_successes_of_a_project_count_against_its_failures() -> None:
    guarded = Guarded()
    fetch = guarded.by_project()
    for _ in range(10):
        await guarded.fail(fetch, a_call(), error_for_status(500), times=1)
        assert [await fetch(a_call()) for _ in range(3)] == [b"body"] * 3


async def test_a_project_recovers() -> None:
    guarded = Guarded()
    fetch = guarded.by_project()
    await guarded.fail(fetch, a_call(), error_for_status(500), times=4)
    guarded.seconds += 5
    assert [await fetch(a_call()) for _ in range(4)] == [b"body"] * 4


async def test_memory_does_not_grow_with_the_projects_that_failed_once() -> None:
    guarded = Guarded()
    breaker = ProjectBreaker(POLICY, lambda: guarded.seconds)
    fetch = cast("Send", breaker.project_breaker(cast("Load", guarded.send)))
    for number in range(3000):
        await guarded.fail(fetch, a_call(f"p{number}"), error_for_status(500), times=1)
    assert len(breaker._circuits) == 1024
    guarded.seconds += 60
    await guarded.fail(fetch, a_call("one-more"), error_for_status(500), times=1)
    assert list(breaker._circuits) == ["one-more"]


async def test_calls_that_began_before_the_first_failure_count_as_well() -> None:
    service = Guarded()
    failing = asyncio.Event()

    async def load(call: Call) -> bytes:
        await failing.wait() if call.request.parameters else failing.set()
        return await service.send(call)

    breaker = ProjectBreaker(POLICY, lambda: 0.0)
    guarded = cast("Send", breaker.project_breaker(cast("Load", load)))
    well = [asyncio.ensure_future(guarded(a_call())) for _ in range(10)]
    await asyncio.sleep(0)
    service.error = error_for_status(500)
    for _ in range(3):
        with pytest.raises(LoguroError):
            await guarded(call_of())
    service.error = None
    assert await asyncio.gather(*well) == [b"body"] * 10
    for _ in range(3):  # six of sixteen: less than half
        service.error = error_for_status(500)
        with pytest.raises(type(service.error)):
            await guarded(call_of())


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_probe_refused_with_a_4xx_counts_as_a_success(status: int) -> None:
    service = Guarded()
    fetch = service.by_origin()
    await service.fail(fetch, a_call(), error_for_status(503), times=4)
    service.seconds = 6.0
    await service.fail(fetch, a_call(), error_for_status(status), times=POLICY.probes)
    assert await fetch(a_call()) == b"body"
