from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from tests.integration.shared.servers import (
    HASTY,
    Make,
    RedisServer,
    Service,
    command,
    entry_on,
    eventually,
    eventually_shared,
    visitors,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis


async def test_a_key_of_another_type_affects_only_its_own_response(
    make: Make, inspector: Redis
) -> None:
    await visitors(make())
    await eventually(lambda: entry_on(inspector))
    entry = await entry_on(inspector)
    assert entry is not None
    await inspector.delete(entry)
    await inspector.rpush(entry, b"a list")
    client = make()
    assert await visitors(client) == 2
    await visitors(client, "other")
    assert await visitors(make(), "other") == 3


async def test_a_server_that_hangs_is_found_out_once_and_recovers(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    first, second = make(patience_seconds=HASTY), make()
    await visitors(first)
    await visitors(second)
    redis_server.pause()
    for number in range(20):
        await visitors(first, f"slug-{number}")
    await first.invalidate(project="local")
    assert second.stats.cache_entries == 1
    redis_server.go_on()
    await eventually(lambda: second.stats.cache_entries == 0)  # told late, but told
    await eventually_shared(first, second)


async def test_a_server_that_hangs_from_the_start_does_not_stop_any_call(
    make: Make, redis_server: RedisServer
) -> None:
    redis_server.pause()
    first, second = make(patience_seconds=HASTY), make(patience_seconds=HASTY)
    assert await visitors(first) == 1
    assert await visitors(second) == 2
    redis_server.go_on()
    await eventually_shared(first, second)


async def test_a_server_that_dies_and_comes_back_is_used_again(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    first, second = make(), make()
    await visitors(first)
    old = await visitors(second)
    await redis_server.kill()
    for number in range(20):
        await visitors(first, f"slug-{number}")
    await first.invalidate(project="local")
    await redis_server.start()
    await eventually_shared(first, second)
    assert await visitors(second) != old


async def test_who_waits_for_another_process_loads_itself_when_the_server_dies(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    service.may_answer.clear()
    loading = asyncio.create_task(visitors(make()))
    await eventually(lambda: service.paths)
    waiting = asyncio.create_task(visitors(make()))
    await asyncio.sleep(0.05)
    assert len(service.paths) == 1
    await redis_server.kill()
    await eventually(lambda: len(service.paths) == 2)
    service.may_answer.set()
    assert sorted(await asyncio.gather(loading, waiting)) == [1, 2]


async def test_the_end_leaves_neither_task_nor_socket(make: Make, inspector: Redis) -> None:
    tasks = asyncio.all_tasks()
    client = make()
    await visitors(client)
    await client.aclose()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks

    async def is_alone() -> bool:
        return len(cast("list[object]", await command(inspector, "CLIENT LIST"))) == 1

    await eventually(is_alone)


async def test_a_redis_client_of_ones_own_is_used_and_stays_open(
    make: Make, redis_server: RedisServer, inspector: Redis
) -> None:
    first, second = make(server=inspector), make(server=inspector)
    await visitors(first)
    await visitors(second)
    assert second.stats.shared_hits == 1
    for client in (first, second):
        await client.aclose()
    assert await inspector.get("nothing") is None


async def test_a_redis_client_of_ones_own_recovers_with_its_server(
    make: Make, redis_server: RedisServer, inspector: Redis
) -> None:
    first = make(server=inspector, patience_seconds=HASTY)
    second = make(server=inspector, patience_seconds=HASTY)
    await visitors(first)
    redis_server.pause()
    await visitors(first, "other")
    await visitors(second, "other")
    redis_server.go_on()
    await eventually_shared(first, second)
    await redis_server.kill()
    await visitors(first, "another")
    await redis_server.start()
    await eventually_shared(first, second)
