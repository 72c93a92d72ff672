"""Failures do not queue up: who waited for a load fails with it, or loads at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from loguro_async import (
    BadRequestError,
    DeadlineExceededError,
    DecodeError,
    LoguroError,
    QueryFailedError,
    RateLimitedError,
    TransportError,
)
from tests.integration.shared.servers import Make, Service, eventually, keys_on, visitors

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from loguro_async import LoguroClient


async def warm(clients: list[LoguroClient]) -> None:
    for client in clients:
        await visitors(client, "warm")


async def failures(clients: list[LoguroClient]) -> tuple[list[BaseException | int], float]:
    """The outcomes of one call in each client, and the seconds until the last one."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    outcomes = await asyncio.gather(*map(visitors, clients), return_exceptions=True)
    return outcomes, loop.time() - begun


@pytest.mark.parametrize(
    ("status", "kind"), [(500, QueryFailedError), (400, BadRequestError), (429, RateLimitedError)]
)
async def test_those_who_wait_fail_with_the_load(
    make: Make, service: Service, status: int, kind: type[LoguroError]
) -> None:
    clients = [make() for _ in range(12)]
    await warm(clients)
    service.status, service.seconds, asked = status, 0.3, len(service.paths)
    outcomes, seconds = await failures(clients)
    assert {type(outcome) for outcome in outcomes} == {kind}
    assert seconds < 12 * 0.3 / 2
    assert len(service.paths) == asked + 1
    assert {str(outcome) for outcome in outcomes} == {str(outcomes[0])}


async def test_a_body_that_does_not_decode_fails_all_who_wait(make: Make, service: Service) -> None:
    clients = [make() for _ in range(4)]
    await warm(clients)
    service.body, service.seconds, asked = b"[" * 10_000, 0.2, len(service.paths)
    outcomes, _ = await failures(clients)
    assert {type(outcome) for outcome in outcomes} == {DecodeError}
    assert len(service.paths) == asked + 1


async def test_a_broken_connection_of_one_process_lets_the_others_try_at_once(
    make: Make, service: Service
) -> None:
    clients = [make(breaker=None, lease_seconds=5.0) for _ in range(6)]
    await warm(clients)
    service.breaks, service.seconds, asked = 1, 0.3, len(service.paths)
    outcomes, seconds = await failures(clients)
    assert sum(isinstance(outcome, TransportError) for outcome in outcomes) <= 1
    assert sum(isinstance(outcome, int) for outcome in outcomes) >= 5
    assert seconds < 4.0
    assert len(service.paths) >= asked + 2


async def test_a_later_call_is_not_given_the_failure(
    make: Make, service: Service, inspector: Redis
) -> None:
    first, second = make(), make()
    await warm([first, second])
    service.status = 500
    with pytest.raises(QueryFailedError):
        await visitors(first)
    service.status = 200

    async def is_released() -> bool:
        return not await keys_on(inspector, "*:lease:*")

    await eventually(is_released)
    assert await visitors(second) > 0


async def test_a_hung_load_ends_for_all_at_the_deadline_that_it_began_with(
    make: Make, service: Service
) -> None:
    hasty, patient = make(timeout=0.5), make(timeout=10.0)
    await warm([hasty, patient])
    asked = len(service.paths)
    service.may_answer.clear()
    hung = asyncio.create_task(visitors(hasty))
    await eventually(lambda: len(service.paths) > asked)
    waiting = asyncio.create_task(visitors(patient))
    with pytest.raises(DeadlineExceededError):
        await hung
    await eventually(lambda: len(service.paths) == asked + 2)
    service.may_answer.set()
    assert await waiting == asked + 2


async def test_a_lease_is_given_up_at_the_deadline_even_if_the_load_goes_on(
    make: Make, service: Service
) -> None:
    keen, other = make(lease_seconds=0.3), make(lease_seconds=0.3)
    await warm([keen, other])
    asked = len(service.paths)
    service.may_answer.clear()
    project = keen.project("local")
    calls = [asyncio.create_task(project.kpis(range="7d", timeout=0.6))]
    await eventually(lambda: len(service.paths) > asked)
    calls.append(asyncio.create_task(project.kpis(range="7d", timeout=20.0)))
    waiting = asyncio.create_task(visitors(other))
    await eventually(lambda: len(service.paths) == asked + 2)
    service.may_answer.set()
    assert await waiting > 0
    await asyncio.gather(*calls, return_exceptions=True)
