from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from loguro_async import (
    Between,
    BreakerPolicy,
    CachePolicy,
    CircuitOpenError,
    Hooks,
    Limits,
    LoguroClient,
    LoguroError,
    Project,
    QueryFailedError,
    RequestSent,
    RetryPlanned,
    RetryPolicy,
)
from tests.unit.wire import KPIS_REPLY, NOW, Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from tests.unit.wire import Wire

FAILING = Reply(500)
DOWN = Reply(503)


def a_client(**options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    """A client in the running loop's time."""
    return LoguroClient("pat_t", _runtime=in_loop_time(), **options)


@in_virtual_time
async def test_a_thousand_calls_to_a_failing_service_send_at_most_1100_requests(
    wire: Wire,
) -> None:
    wire.respond("/kpis", FAILING)
    async with a_client(breaker=None) as client:
        results = await asyncio.gather(
            *(client.project(f"p{number}").kpis() for number in range(1000)),
            return_exceptions=True,
        )
        assert all(isinstance(result, QueryFailedError) for result in results)
        assert 1000 < len(wire.requests) <= 1100
        assert client.stats.retries == len(wire.requests) - 1000


@in_virtual_time
async def test_the_retry_budget_refills_while_requests_succeed(wire: Wire) -> None:
    wire.respond("/kpis", *[FAILING] * 3, *[KPIS_REPLY] * 10, FAILING, KPIS_REPLY)
    retry = RetryPolicy(max_attempts=9, budget=1)
    async with a_client(breaker=None, cache=None, retry=retry) as client:
        project = client.project("local")
        for _ in range(2):
            with pytest.raises(QueryFailedError):
                await project.kpis()
        for _ in range(11):
            await project.kpis()
    assert len(wire.requests) == 3 + 12


@in_virtual_time
async def test_an_open_circuit_sends_nothing_and_probes_later(wire: Wire) -> None:
    wire.respond("/kpis", DOWN)
    breaker = BreakerPolicy(min_requests=4, open_seconds=5.0, probes=1)
    async with a_client(breaker=breaker, retry=None) as client:
        for number in range(4):
            with pytest.raises(QueryFailedError):
                await client.project(f"p{number}").kpis()
        with pytest.raises(CircuitOpenError) as caught:
            await client.project("local").kpis()
        assert (caught.value.retry_after, caught.value.slug) == (5.0, "local")
        assert len(wire.requests) == 4
        wire.respond("/kpis", KPIS_REPLY)
        await asyncio.sleep(5.0)
        assert (await client.project("local").kpis()).current.visitors


@in_virtual_time
async def test_a_stale_response_is_returned_while_the_circuit_is_open(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY, DOWN)
    policy = CachePolicy(ttl=1.0, stale_if_error=600.0, throttle=0.0)
    breaker = BreakerPolicy(min_requests=2)
    async with a_client(cache=policy, breaker=breaker, retry=None) as client:
        project = client.project("local")
        await project.kpis()
        await asyncio.sleep(2.0)
        for _ in range(5):
            assert (await project.kpis()).stale
    assert len(wire.requests) == 2


@in_virtual_time
async def test_one_heavy_project_does_not_affect_the_others(wire: Wire) -> None:
    wire.respond("heavy/kpis", FAILING)
    async with a_client(breaker=BreakerPolicy(min_requests=3), retry=None) as client:
        for _ in range(3):
            with pytest.raises(QueryFailedError):
                await client.project("heavy").kpis()
        with pytest.raises(CircuitOpenError, match="project 'heavy'"):
            await client.project("heavy").kpis()
        await client.project("light").kpis()


@in_virtual_time
async def test_interactive_calls_go_before_those_of_a_fan_out(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    async with a_client(limits=Limits(1)) as client:

        async def batch() -> list[str]:
            slugs = (f"batch-{number}" for number in range(5))
            return [
                result.slug
                async for result in client.fan_out(slugs, lambda project: project.kpis())
            ]

        running = asyncio.create_task(batch())
        await wire.request_came.wait()
        await client.project("person").kpis()
        assert [path.split("/")[3] for path in wire.paths][:2] == ["batch-0", "person"]
        assert len(await running) == 5


@in_virtual_time
async def test_a_slow_request_is_hedged_where_the_policy_says_so(wire: Wire) -> None:
    replies = [KPIS_REPLY._replace(seconds=1.0 - number / 100) for number in range(30)]
    late, quick = KPIS_REPLY._replace(seconds=25.0), KPIS_REPLY._replace(seconds=0.1)
    wire.respond("/kpis", *replies, late, quick)
    async with a_client(cache=None, retry=RetryPolicy(hedge=True)) as client:
        project = client.project("local")
        for _ in replies:
            await project.kpis()
        began = asyncio.get_running_loop().time()
        await project.kpis()
        assert asyncio.get_running_loop().time() - began < 1.2
        assert wire.in_flight == 0
        assert client.stats.requests == 32


async def test_hooks_are_called_for_requests_and_retries_without_the_token(wire: Wire) -> None:
    wire.respond("/kpis", FAILING, KPIS_REPLY)
    seen: list[object] = []

    def sent(request: RequestSent) -> dict[str, str]:
        seen.append(request)
        return {"traceparent": "00-1-2-01"}

    hooks = Hooks(on_request=sent, on_retry=seen.append, on_response=seen.append)
    async with LoguroClient(
        "pat_kept-to-itself", hooks=hooks, retry=RetryPolicy(initial_backoff=0.0)
    ) as client:
        await client.project("local").kpis()
    kinds = [type(event).__name__ for event in seen]
    assert kinds == [
        "RequestSent",
        "ResponseReceived",
        "RetryPlanned",
        "RequestSent",
        "ResponseReceived",
    ]
    assert isinstance(seen[2], RetryPlanned)
    assert [request.headers["traceparent"] for request in wire.requests] == ["00-1-2-01"] * 2
    assert "kept-to-itself" not in repr(seen)


@in_virtual_time
async def test_without_a_breaker_every_call_is_sent(wire: Wire) -> None:
    wire.respond("/kpis", DOWN)
    async with a_client(breaker=None, retry=None) as client:

        async def call(project: Project) -> None:
            with pytest.raises(LoguroError):
                await project.kpis()

        for _ in range(50):
            await call(client.project("local"))
    assert len(wire.requests) == 50


@in_virtual_time
async def test_failures_that_lead_to_a_split_do_not_open_the_project_s_circuit(
    wire: Wire,
) -> None:
    wire.respond("/timeseries", *[FAILING] * 5, Reply(body=b'{"items":[],"bucket":"day"}'))
    window = Between(NOW - dt.timedelta(days=100), NOW)
    retry = RetryPolicy(max_attempts=1, split_on_failure=True)
    async with a_client(retry=retry, breaker=BreakerPolicy(min_requests=5)) as client:
        project = client.project("local")
        assert (await project.timeseries(range=window)).parts > 1
        assert int(await project.count()) == 7


@in_virtual_time
async def test_a_service_that_hangs_opens_the_circuit_while_stale_responses_are_returned(
    wire: Wire,
) -> None:
    wire.respond("/count", Reply(body=b'{"count":7}'), Reply(seconds=1e6))
    cache = CachePolicy(ttl=10, stale_if_error=3600, throttle=60)
    clock = asyncio.get_running_loop().time
    async with a_client(timeout=30, cache=cache) as client:
        project = client.project("local")
        await project.count()
        await asyncio.sleep(20)
        waited: list[float] = []
        for _ in range(4):
            began = clock()
            assert (await project.count()).stale
            waited.append(clock() - began)
        assert waited == [30, 0, 0, 0]


@in_virtual_time
async def test_an_interactive_call_does_not_wait_behind_a_background_load(wire: Wire) -> None:
    wire.respond("/count", Reply(body=b'{"count":7}', seconds=1))
    async with a_client(limits=Limits(concurrency=1)) as client:
        busy = asyncio.create_task(client.project("busy").count())
        await asyncio.sleep(0)

        async def run() -> None:
            async for _ in client.fan_out(["a", "b"], lambda project: project.count()):
                pass

        running = asyncio.create_task(run())
        await asyncio.sleep(0.1)
        assert int(await client.project("b").count()) == 7
        assert [path.split("/")[3] for path in wire.paths][:2] == ["busy", "b"]
        await asyncio.gather(busy, running)


@pytest.mark.parametrize("status", [200, 500])
async def test_no_part_of_the_token_is_in_an_error(wire: Wire, status: int) -> None:
    token = "pat_0123456789abcdef0123456789abcdef"
    bodies = {
        500: '{"error":"' + "x" * 180 + " " + token + '"}',
        200: '{"items":[{"' + token + '": nothing}]}',
    }
    wire.respond("/top-pages", Reply(status, body=bodies[status].encode()))
    async with LoguroClient(token, retry=None) as client:
        with pytest.raises(LoguroError) as caught:
            await client.project("local").top_pages()
    seen = repr((caught.value, vars(caught.value), str(caught.value), caught.value.__cause__))
    assert not any(token[start : start + 8] in seen for start in range(4, len(token) - 8))


@in_virtual_time
async def test_headers_that_cannot_be_sent_are_left_out(wire: Wire) -> None:
    bad: list[Any] = [{"X-T": "a\r\nEvil: 1"}, {"X-T": 5}, ["a"], {"Transfer-Encoding": "chunked"}]
    for headers in bad:
        hooks = Hooks(on_request=Mock(return_value=headers))
        async with a_client(hooks=hooks) as client:
            await client.project("local").kpis()
        assert not {"X-T", "Transfer-Encoding"} & wire.requests[-1].headers.keys()
