"""Limits that are kept together, in a real server."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest
from redis.asyncio import Redis

from loguro_async import Limits, LoguroClient
from loguro_async.shared_limits import RedisLimits
from tests.integration.shared.servers import RedisServer, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

PLACES = "loguro:limits:{places}"


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(tmp_path)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


def looking_into(server: RedisServer) -> Redis:
    return Redis(host="127.0.0.1", port=server.port)


class Crowd:
    """Counts who holds a place."""

    def __init__(self) -> None:
        self.inside = self.most = self.served = 0

    async def work(self, limits: RedisLimits) -> None:
        async with limits.place():
            self.inside += 1
            self.most = max(self.most, self.inside)
            for _ in range(20):
                await asyncio.sleep(0)
            self.inside -= 1
            self.served += 1


async def test_no_more_requests_are_in_flight_than_all_may_have_together(
    redis_server: RedisServer,
) -> None:
    crowd = Crowd()
    both = [RedisLimits(redis_server.url, concurrency=3) for _ in range(2)]
    await asyncio.gather(*(crowd.work(limits) for limits in both for _ in range(20)))
    assert (crowd.most, crowd.served) == (3, 40)
    for limits in both:
        await limits.aclose()


async def test_all_places_are_given_back(redis_server: RedisServer) -> None:
    limits = RedisLimits(redis_server.url, concurrency=1)
    async with limits.place():
        waiting = asyncio.ensure_future(Crowd().work(limits))
        await asyncio.sleep(0)
        waiting.cancel()
    with pytest.raises(ZeroDivisionError):
        async with limits.place():
            raise ZeroDivisionError
    await limits.aclose()
    await limits.aclose()
    async with looking_into(redis_server) as inspector:
        assert await inspector.zcard(PLACES) == 0


async def test_the_place_of_a_process_that_died_comes_free(redis_server: RedisServer) -> None:
    crowd = Crowd()
    limits = RedisLimits(redis_server.url, concurrency=1)
    async with looking_into(redis_server) as inspector:
        await inspector.zadd(PLACES, {"dead": time.time() * 1000 - 1})
        await crowd.work(limits)
        assert crowd.served == 1
    await limits.aclose()


async def test_turns_are_spread_evenly_over_all_processes(redis_server: RedisServer) -> None:
    both = [RedisLimits(redis_server.url, rate=0.01) for _ in range(2)]
    waits = [await limits._take(limits._link(), "somebody") for limits in both * 2]
    assert waits[0] == 0
    assert waits[1:] == pytest.approx([100, 200, 300], abs=5)
    for limits in both:
        await limits.aclose()


async def test_a_server_that_comes_back_is_used_again(redis_server: RedisServer) -> None:
    limits = RedisLimits(redis_server.url, concurrency=1)
    await Crowd().work(limits)
    await redis_server.kill()
    await Crowd().work(limits)
    await redis_server.start()
    limits._link()._away_until = 0.0
    async with limits.place(), looking_into(redis_server) as inspector:
        assert await inspector.zcard(PLACES) == 1
    await limits.aclose()


async def test_a_client_takes_a_shared_place_for_each_request(
    redis_server: RedisServer, loguro_emulator: LoguroEmulator
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
        inspector = await stack.enter_async_context(looking_into(redis_server))
        loguro_emulator.fail(latency=0.05)
        calls = [
            asyncio.ensure_future(client.project("local").count(range=chip))
            for client in clients
            for chip in ("1h", "24h", "7d", "30d")
        ]

        async def taken() -> bool:
            return bool(await inspector.zcard(PLACES) == 2)

        await eventually(taken)
        assert sum(client.stats.in_flight for client in clients) <= 2
        await asyncio.gather(*calls)


async def test_a_client_that_closes_leaves_the_limits_to_another_one_at_work(
    redis_server: RedisServer,
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

            async def under_way() -> bool:
                return stays.stats.in_flight == 1

            await eventually(under_way)
        async with looking_into(redis_server) as inspector:
            assert await inspector.zcard(PLACES) == 1
        await asyncio.gather(*calls)
    assert not caplog.records
    assert not cast("RedisLimits", limits.shared)._links


async def test_a_place_that_was_given_to_nobody_any_more_is_given_back(
    redis_server: RedisServer,
) -> None:
    limits = RedisLimits(redis_server.url, concurrency=2)
    take = limits._take

    async def take_and_leave(link: Any, who: str) -> float:  # noqa: ANN401 - a link
        await take(link, who)
        raise asyncio.CancelledError  # as a deadline does, while the server's reply is on its way

    limits._take = take_and_leave  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError):
            async with limits.place():
                pass
    await limits.aclose()
    async with looking_into(redis_server) as inspector:
        assert await inspector.zcard(PLACES) == 0


async def test_what_could_not_be_given_back_is_given_back_later(redis_server: RedisServer) -> None:
    limits = RedisLimits(redis_server.url, concurrency=1)
    async with limits.place():
        limits._link()._away_until = time.monotonic() + 0.1
    async with looking_into(redis_server) as inspector:

        async def free() -> bool:
            return bool(await inspector.zcard(PLACES) == 0)

        await eventually(free)
    await limits.aclose()


def test_limits_of_a_module_serve_one_loop_after_another() -> None:
    limits = RedisLimits("redis://127.0.0.1:1/0", concurrency=1)

    async def main() -> int:
        crowd = Crowd()
        await asyncio.gather(*(crowd.work(limits) for _ in range(3)))
        await limits.aclose()
        return crowd.served

    assert [asyncio.run(main()) for _ in range(2)] == [3, 3]
