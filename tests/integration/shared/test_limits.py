"""Limits that processes share, with a real server."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import time
import weakref
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest

from loguro_async import DeadlineExceededError, Limits, LoguroClient
from loguro_async.shared_limits import RedisLimits
from tests.integration.shared.servers import Name, RedisServer, Start, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from redis.asyncio import Redis

    from loguro_async.emulator import LoguroEmulator

PERMITS = "loguro:limits:{permits}"


@pytest.fixture
async def make_limits(redis_server: RedisServer) -> AsyncIterator[Callable[..., RedisLimits]]:
    """Makes limits, each as another process would have them."""
    made: list[RedisLimits] = []

    def make(server: Any = redis_server.url, **options: Any) -> RedisLimits:  # noqa: ANN401
        made.append(RedisLimits(server, **options))
        return made[-1]

    yield make
    for limits in made:
        await limits.aclose()


def now() -> float:
    return asyncio.get_running_loop().time()


class PermitHolders:
    """Counts the calls that hold a permit."""

    def __init__(self) -> None:
        self.inside = self.most = self.served = 0

    async def work(
        self,
        limits: RedisLimits,
        seconds: float = 0.0,
        **options: Any,  # noqa: ANN401 - of the permit
    ) -> None:
        async with limits.permit(**options):
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                await asyncio.sleep(seconds)
            finally:
                self.inside -= 1
            self.served += 1


async def turns(limits: RedisLimits, count: int) -> list[float]:
    """Returns when each of a number of calls got a permit."""

    async def one() -> float:
        async with limits.permit():
            return now()

    return sorted(await asyncio.gather(*(one() for _ in range(count))))


async def test_all_processes_in_total_do_not_exceed_the_concurrency(
    make_limits: Callable[..., RedisLimits], inspector: Redis
) -> None:
    holders = PermitHolders()
    several = [make_limits(concurrency=3) for _ in range(3)]
    await asyncio.gather(*(holders.work(limits, 0.005) for limits in several for _ in range(30)))
    assert (holders.most, holders.served) == (3, 90)

    async def is_empty() -> bool:
        return not await inspector.exists(PERMITS, f"{PERMITS}:waiting", f"{PERMITS}:background")

    await eventually(is_empty)


async def test_a_permit_that_comes_free_goes_to_another_process_at_once(
    make_limits: Callable[..., RedisLimits],
) -> None:
    one, other = make_limits(concurrency=1), make_limits(concurrency=1)
    await PermitHolders().work(other)
    async with AsyncExitStack() as held:
        await held.enter_async_context(one.permit())
        waiting = asyncio.create_task(turns(other, 1))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        freed = now()
    assert (await waiting)[0] - freed < 0.2


async def test_all_permits_are_given_back(
    make_limits: Callable[..., RedisLimits], inspector: Redis
) -> None:
    limits = make_limits(concurrency=1)
    async with limits.permit():
        waiting = asyncio.ensure_future(PermitHolders().work(limits))
        await asyncio.sleep(0.05)
        waiting.cancel()
    with pytest.raises(ZeroDivisionError):
        async with limits.permit():
            raise ZeroDivisionError
    await limits.aclose()
    await limits.aclose()
    assert await inspector.zcard(PERMITS) == 0


async def test_callers_that_leave_at_any_moment_leave_nothing_behind(
    make_limits: Callable[..., RedisLimits], inspector: Redis
) -> None:
    limits = make_limits(concurrency=3, rate=500.0)
    holders = PermitHolders()
    for number in range(60):
        calls = [asyncio.ensure_future(holders.work(limits, 0.001)) for _ in range(5)]
        await asyncio.sleep(number / 10_000)
        for call in calls:
            call.cancel()
    await asyncio.gather(*(holders.work(limits) for _ in range(3)))

    async def is_empty() -> bool:
        return await inspector.zcard(PERMITS) == 0

    await eventually(is_empty)
    assert holders.most <= 3
    assert len(await turns(limits, 5)) == 5


async def test_the_permits_of_a_process_that_died_come_free_with_their_lease(
    make_limits: Callable[..., RedisLimits], redis_server: RedisServer
) -> None:
    code = (
        "import asyncio, sys\n"
        "from loguro_async.shared_limits import RedisLimits\n"
        "async def main():\n"
        "    limits = RedisLimits(sys.argv[1], concurrency=1, lease_seconds=3)\n"
        "    async with limits.permit():\n"
        "        print('held', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, redis_server.url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    limits = make_limits(concurrency=1, lease_seconds=3)
    with pytest.raises(DeadlineExceededError, match="waited"):
        await PermitHolders().work(limits, deadline=now() + 3.5)  # it lives, and renews its lease
    process.kill()
    await process.wait()
    await PermitHolders().work(limits, deadline=now() + 8)


async def test_all_processes_in_total_do_not_exceed_the_rate(
    make_limits: Callable[..., RedisLimits],
) -> None:
    several = [make_limits(rate=50.0) for _ in range(3)]
    for limits in several:
        await PermitHolders().work(limits)  # connects
    each = await asyncio.gather(*(turns(limits, 15) for limits in several))
    granted = sorted(turn for one in each for turn in one)
    seconds = granted[-1] - granted[0]
    assert seconds >= 43 / 50 - 0.05
    assert seconds < 2 * 44 / 50
    assert granted[10] - granted[0] > 0.1  # spread, not at once


async def test_after_an_overload_the_rate_is_what_it_was(
    make_limits: Callable[..., RedisLimits],
) -> None:
    limits = make_limits(rate=20.0)
    await PermitHolders().work(limits)
    calls = [
        asyncio.ensure_future(PermitHolders().work(limits, deadline=now() + 0.5))
        for _ in range(200)
    ]
    calls += [asyncio.ensure_future(PermitHolders().work(limits)) for _ in range(100)]
    await asyncio.sleep(0.3)
    for call in calls[200:]:
        call.cancel()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    served = sum(outcome is None for outcome in outcomes)
    assert 4 <= served <= 14
    granted = await turns(limits, 10)
    assert granted[-1] - granted[0] < 1.0


async def test_a_turn_beyond_the_deadline_is_refused_at_once(
    make_limits: Callable[..., RedisLimits],
) -> None:
    limits = make_limits(rate=1.0)
    await PermitHolders().work(limits)
    begun = now()
    waiting = asyncio.ensure_future(turns(limits, 3))
    await asyncio.sleep(0.01)
    with pytest.raises(DeadlineExceededError, match="rate is 1 a second"):
        await PermitHolders().work(limits, deadline=now() + 2.5)
    assert now() - begun < 1.5
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_one_that_is_first_is_refused_when_another_process_takes_the_turn(
    make_limits: Callable[..., RedisLimits],
) -> None:
    one, other = make_limits(rate=0.5), make_limits(rate=0.5)
    await PermitHolders().work(other)  # connects
    await PermitHolders().work(one)
    begun = now()
    with pytest.raises(DeadlineExceededError):
        await PermitHolders().work(other, deadline=now() + 1.7)
    assert now() - begun < 1.5


@pytest.mark.parametrize("limit", [{"rate": 20.0}, {"concurrency": 1}])
async def test_callers_go_before_background_work_in_all_processes(
    make_limits: Callable[..., RedisLimits], limit: dict[str, Any]
) -> None:
    batch, web = make_limits(**limit), make_limits(**limit)
    for limits in (batch, web):
        await PermitHolders().work(limits)
    order: list[str] = []

    async def work(limits: RedisLimits, name: str, *, background: bool) -> None:
        async with limits.permit(background=background):
            order.append(name)
            await asyncio.sleep(0.02)

    calls = [asyncio.ensure_future(work(batch, "batch", background=True)) for _ in range(20)]
    await asyncio.sleep(0.1)
    calls += [asyncio.ensure_future(work(web, "web", background=False)) for _ in range(5)]
    calls += [asyncio.ensure_future(work(batch, "web", background=False)) for _ in range(5)]
    await asyncio.gather(*calls)
    last = max(at for at, name in enumerate(order) if name == "web")
    begun = order.index("web")
    assert last - begun <= 11
    assert order[-3:] == ["batch"] * 3


async def test_a_server_that_comes_back_is_used_again(
    make_limits: Callable[..., RedisLimits],
    redis_server: RedisServer,
    inspector: Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = make_limits(concurrency=1)
    holders = PermitHolders()
    async with limits.permit():
        await redis_server.kill()
        await asyncio.gather(*(holders.work(limits, 0.01) for _ in range(3)))
        assert holders.most == 3  # its own limits bound it alone
    await redis_server.start()

    async def is_limited() -> bool:
        async with limits.permit():
            return bool(await inspector.zcard(PERMITS))

    await eventually(is_limited)
    await eventually(lambda: _is_free(inspector))
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "shared limits unavailable" in warnings[0].getMessage()


async def _is_free(inspector: Redis) -> bool:
    return await inspector.zcard(PERMITS) == 0


async def test_a_hung_server_delays_calls_briefly_and_gets_permits_back_later(
    make_limits: Callable[..., RedisLimits], redis_server: RedisServer, inspector: Redis
) -> None:
    limits = make_limits(concurrency=1)
    async with limits.permit():
        redis_server.pause()
        begun = now()
        await asyncio.gather(*(PermitHolders().work(limits) for _ in range(10)))
        assert now() - begun < 2.0
    redis_server.go_on()
    await eventually(lambda: _is_free(inspector))


async def test_a_permit_whose_grant_came_too_late_is_given_back(
    make_limits: Callable[..., RedisLimits], redis_server: RedisServer, inspector: Redis
) -> None:
    async with Name(redis_server) as name:
        limits = make_limits(name.url, concurrency=5, lease_seconds=60.0)
        await PermitHolders().work(limits)
        name.delay_seconds = 0.4
        await PermitHolders().work(limits)  # granted, but the reply comes too late
        name.delay_seconds = 0.0
        assert await inspector.zcard(PERMITS) <= 1
        await eventually(lambda: _is_free(inspector))


async def test_a_read_only_server_is_logged_and_limits_nothing(
    make_limits: Callable[..., RedisLimits],
    start_redis: Start,
    redis_server: RedisServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    replica = await start_redis("--replicaof", "127.0.0.1", str(redis_server.port))
    limits = make_limits(replica.url, concurrency=1)
    holders = PermitHolders()
    await asyncio.gather(*(holders.work(limits, 0.01) for _ in range(3)))
    assert holders.most == 3
    assert "read only replica" in caplog.text


async def test_a_slow_server_is_used(
    make_limits: Callable[..., RedisLimits], redis_server: RedisServer, inspector: Redis
) -> None:
    async with Name(redis_server) as name:
        limits = make_limits(name.url, concurrency=1)
        await PermitHolders().work(limits)
        name.delay_seconds = 0.03
        async with limits.permit():
            assert await inspector.zcard(PERMITS) == 1


async def test_a_client_takes_a_shared_permit_for_each_request(
    redis_server: RedisServer, inspector: Redis, loguro_emulator: LoguroEmulator
) -> None:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                LoguroClient(
                    loguro_emulator.token,
                    base_url=loguro_emulator.base_url,
                    limits=Limits(shared=RedisLimits(redis_server.url, concurrency=2)),
                )
            )
            for _ in range(2)
        ]
        loguro_emulator.fail(latency=0.05)
        calls = [
            asyncio.ensure_future(client.project("local").count(range=chip))
            for client in clients
            for chip in ("1h", "24h", "7d", "30d")
        ]

        async def taken() -> bool:
            return bool(await inspector.zcard(PERMITS) == 2)

        await eventually(taken)
        assert sum(client.stats.in_flight for client in clients) <= 2
        await asyncio.gather(*calls)


async def test_a_client_that_closes_leaves_the_limits_to_another_one_at_work(
    redis_server: RedisServer,
    inspector: Redis,
    loguro_emulator: LoguroEmulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = Limits(shared=RedisLimits(redis_server.url, concurrency=1))
    token, origin = loguro_emulator.token, loguro_emulator.base_url
    async with LoguroClient(token, base_url=origin, limits=limits) as stays:
        async with LoguroClient(token, base_url=origin, limits=limits) as leaves:
            await leaves.project("local").count()
            loguro_emulator.fail(latency=0.05)
            calls = [
                asyncio.ensure_future(stays.project("local").count(range=chip))
                for chip in ("1h", "24h", "7d")
            ]
            await eventually(lambda: stays.stats.in_flight == 1)
        assert await inspector.zcard(PERMITS) == 1
        await asyncio.gather(*calls)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not cast("RedisLimits", limits.shared)._by_loop


async def test_an_event_loop_that_ended_leaves_nothing_behind(redis_server: RedisServer) -> None:
    limits = RedisLimits(redis_server.url, concurrency=10)
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def job() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await asyncio.gather(*(PermitHolders().work(limits) for _ in range(4)))

    def jobs() -> None:
        for _ in range(6):
            asyncio.run(job())

    thread = threading.Thread(target=jobs)
    thread.start()
    await asyncio.to_thread(thread.join)
    gc.collect()
    assert len(loops) == 6
    assert sum(loop() is not None for loop in loops) <= 1
    await PermitHolders().work(limits)
    gc.collect()
    assert sum(loop() is not None for loop in loops) == 0
    await limits.aclose()


async def test_a_client_of_the_user_s_own_is_used_and_stays_open(
    make_limits: Callable[..., RedisLimits], inspector: Redis
) -> None:
    limits = make_limits(inspector, concurrency=1)
    async with limits.permit():
        assert await inspector.zcard(PERMITS) == 1
    await limits.aclose()
    assert await inspector.zcard(PERMITS) == 0


def test_limits_of_a_module_serve_one_loop_after_another() -> None:
    limits = RedisLimits("redis://127.0.0.1:1/0", concurrency=1)

    async def main() -> int:
        holders = PermitHolders()
        await asyncio.gather(*(holders.work(limits) for _ in range(3)))
        await limits.aclose()
        return holders.served

    assert [asyncio.run(main()) for _ in range(2)] == [3, 3]


async def test_without_limits_that_bind_many_calls_pass_quickly(
    make_limits: Callable[..., RedisLimits],
) -> None:
    limits = make_limits(concurrency=1000)
    holders = PermitHolders()
    begun = time.monotonic()
    await asyncio.gather(*(holders.work(limits) for _ in range(500)))
    assert time.monotonic() - begun < 5.0
    assert holders.served == 500


async def test_no_permit_is_idle_while_calls_wait(
    make_limits: Callable[..., RedisLimits],
) -> None:
    holders = PermitHolders()
    several = [make_limits(concurrency=2) for _ in range(4)]
    for limits in several:
        await holders.work(limits)
    begun = now()
    await asyncio.gather(*(holders.work(limits, 0.1) for limits in several for _ in range(5)))
    assert now() - begun < 3 * 20 * 0.1 / 2
