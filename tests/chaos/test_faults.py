"""Each fault alone, and all mixed: a response or a typed error, in time, and nothing is left."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import random
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from loguro_async import CachePolicy, Kpis, Limits, LoguroClient, LoguroError, RetryPolicy
from tests.chaos.faults import FAULTS, GOOD, LARGEST, TOKEN, Act, response, sending
from tests.chaos.service import a_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

GOOD_ACT = sending(response(GOOD))
TIMEOUT = 0.25
# What a busy machine may add to a deadline of a quarter of a second; benchmarks measure the rest.
AT_THE_LATEST = 5.0
QUICK = RetryPolicy(max_attempts=3, initial_backoff=0.001, max_backoff=0.002)
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """Collects garbage, so that resources that are left open fail this test and not a later one."""
    yield
    gc.collect()


def run(main: Callable[[], Awaitable[None]], loop: str = "asyncio") -> None:
    async def bounded() -> None:
        before = asyncio.all_tasks()
        async with asyncio.timeout(50):
            await main()
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == before, "tasks are left over"

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(bounded())


def a_client(base_url: str, **options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    options = {"timeout": TIMEOUT, "limits": Limits(8, max_body_bytes=LARGEST), **options}
    return LoguroClient(TOKEN, base_url=base_url, **options)


def everything_shown(error: BaseException) -> str:
    chain = "".join(traceback.format_exception(error))
    return chain + repr(error) + repr(vars(error)) + repr(pickle.dumps(error))


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_typed_error_in_time_and_the_next_call_is_fine(
    name: str, loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault = FAULTS[name]
    acts: list[Act] = [fault.act]

    async def main() -> None:
        async with (
            a_service(lambda: acts[0]) as service,
            a_client(service.base_url, retry=None) as client,
        ):
            project = client.project("local")
            began = asyncio.get_running_loop().time()
            if fault.errors:
                with pytest.raises(fault.errors) as caught:
                    await project.kpis()
                assert isinstance(caught.value, LoguroError)
                assert caught.value.slug == "local"
                assert TOKEN not in everything_shown(caught.value)
                assert client.stats.cache_entries == 0
            else:
                assert (await project.kpis()).current.visitors == 143
            assert asyncio.get_running_loop().time() - began < AT_THE_LATEST
            acts[0] = GOOD_ACT
            if fault.holds:
                with pytest.raises(fault.errors, match="nothing was sent"):
                    await project.kpis(cache="reload", timeout=10)
            else:
                assert (await project.kpis(cache="reload", timeout=10)).current.visitors == 143
            assert client.stats.in_flight == 0
            assert not any("cookie" in head.lower() for head in service.heads)

    run(main, loop)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_faults_mixed_with_cancellations_leave_nothing_behind(share: float, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    # Tested elsewhere: a 401 drops what is cached, and a long Retry-After ends all calls.
    names = sorted(name for name in FAULTS if name != "401" and not FAULTS[name].holds)
    outcomes: dict[str, int] = {}

    def next_act() -> Act:
        return FAULTS[rng.choice(names)].act if rng.random() < share else GOOD_ACT

    async def call(client: LoguroClient, number: int) -> None:
        project = client.project(f"p{number % 40}")
        running = asyncio.ensure_future(project.kpis(range=rng.choice(["1h", "24h", "7d"])))
        if rng.random() < 0.1:
            asyncio.get_running_loop().call_later(rng.random() * 0.01, running.cancel)
        began = asyncio.get_running_loop().time()
        (outcome,) = await asyncio.gather(running, return_exceptions=True)
        assert asyncio.get_running_loop().time() - began < TIMEOUT + AT_THE_LATEST
        assert isinstance(outcome, Kpis | LoguroError | asyncio.CancelledError), outcome
        outcomes[type(outcome).__name__] = outcomes.get(type(outcome).__name__, 0) + 1

    async def main() -> None:
        cache = CachePolicy(ttl=0.01, stale_if_error=0.02)
        async with (
            a_service(next_act) as service,
            a_client(service.base_url, retry=QUICK, cache=cache) as client,
        ):
            for start in range(0, 600, 30):
                await asyncio.gather(*(call(client, start + number) for number in range(30)))
            stats = client.stats
            assert stats.in_flight == 0
            assert client._service.cache.single_flight._in_flight == set()
            assert client._service.limiter._permits.in_use == 0
            assert stats.errors <= 600

    run(main)
    assert sum(outcomes.values()) == 600
    assert outcomes["Kpis"] > 0


def test_a_401_is_an_authentication_error_whatever_else_happens() -> None:
    async def main() -> None:
        async with (
            a_service(lambda: FAULTS["401"].act) as service,
            a_client(service.base_url) as client,
        ):
            with pytest.raises(LoguroError) as caught:
                async for _ in client.fan_out(
                    (f"p{number}" for number in range(100)), lambda project: project.kpis()
                ):
                    pass
            assert type(caught.value).__name__ == "AuthenticationError"
            assert client.stats.in_flight == 0

    run(main)


def test_a_retry_that_would_come_too_late_is_not_waited_for() -> None:
    async def main() -> None:
        async with (
            a_service(lambda: FAULTS["429, later"].act) as service,
            a_client(service.base_url, timeout=1000.0) as client,
        ):
            with pytest.raises(LoguroError) as caught:
                await client.project("local").kpis()
            assert caught.value.attempts == 1

    run(main)
