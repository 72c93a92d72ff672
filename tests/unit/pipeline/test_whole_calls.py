"""One deadline over all stages, and what the end of a client does to calls under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import Limits
from loguro_async.errors import (
    ClientClosedError,
    ConfigurationError,
    DeadlineExceededError,
    RateLimitedError,
)
from tests.unit.pipeline.stages import a_pipeline, a_service, get_kpis, now, other
from tests.unit.wire import KPIS_REPLY, Reply
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from tests.unit.wire import Wire


@in_virtual_time
async def test_the_deadline_covers_waiting_for_a_permit(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=100.0))
    async with a_service(Limits(1)) as service:
        first = asyncio.ensure_future(get_kpis(a_pipeline(service, timeout=200.0)))
        await wire.request_came.wait()
        with pytest.raises(DeadlineExceededError) as caught:
            await get_kpis(a_pipeline(service), other("second"), timeout=3.0)
        assert now() == pytest.approx(3.0)
        assert caught.value.slug == "second"
        assert not caught.value.attempts
        await first
    assert len(wire.requests) == 1


@in_virtual_time
async def test_the_deadline_covers_all_attempts_together(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500, seconds=4.0))
    async with a_service() as service:
        with pytest.raises(DeadlineExceededError) as caught:
            await get_kpis(a_pipeline(service, timeout=7.0))
        assert now() == pytest.approx(7.0)
        assert caught.value.attempts == 2
        await asyncio.sleep(0)
        assert wire.in_flight == 0
        assert service.stats().in_flight == 0


@in_virtual_time
async def test_a_back_off_that_would_exceed_the_deadline_is_not_started(wire: Wire) -> None:
    wire.respond("/kpis", Reply(429, headers={"Retry-After": "60"}))
    async with a_service() as service:
        with pytest.raises(RateLimitedError):
            await get_kpis(a_pipeline(service))
        assert now() == 0


@in_virtual_time
async def test_the_timeout_of_a_call_overrides_that_of_the_view(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=10.0))
    async with a_service() as service:
        pipeline = a_pipeline(service, timeout=5.0)
        with pytest.raises(DeadlineExceededError):
            await get_kpis(pipeline)
        await get_kpis(pipeline, timeout=11.0)
        assert now() == pytest.approx(5.0 + 10.0)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "5", True])
@in_virtual_time
async def test_an_invalid_timeout_is_refused(wire: Wire, timeout: Any) -> None:  # noqa: ANN401
    async with a_service() as service:
        with pytest.raises(ConfigurationError, match="timeout"):
            await get_kpis(a_pipeline(service), timeout=timeout)
        assert service.stats().errors == 1
    assert wire.requests == []


@in_virtual_time
async def test_closing_lets_a_call_in_flight_end(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=4.0))
    async with a_service() as service:
        in_flight = asyncio.ensure_future(get_kpis(a_pipeline(service)))
        await wire.request_came.wait()
    assert (await in_flight).current.visitors == 143
    assert now() == pytest.approx(4.0)


@in_virtual_time
async def test_closing_cancels_a_call_that_takes_longer_with_a_reason(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=10.0))
    async with a_service() as service:
        in_flight = asyncio.ensure_future(get_kpis(a_pipeline(service)))
        await wire.request_came.wait()
    with pytest.raises(ClientClosedError):
        await in_flight
    assert now() == pytest.approx(5.0)
    assert wire.in_flight == 0
