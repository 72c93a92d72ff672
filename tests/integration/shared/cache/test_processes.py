"""Forks, event loops, and clients of redis-py that the user made."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.sentinel import Sentinel

from loguro_async import ConfigurationError, LoguroClient
from loguro_async.shared_cache import RedisCache
from loguro_async.shared_limits import RedisLimits
from tests.integration.shared.servers import (
    PATIENT,
    Make,
    RedisServer,
    Service,
    Start,
    eventually,
    eventually_shared,
    visitors,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

FORKED = Path(__file__).with_name("forked.py")


async def test_workers_forked_after_the_client_was_made_hear_each_other(
    service: Service, redis_server: RedisServer
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(FORKED),
        service.base_url,
        redis_server.url,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[4],
    )
    out, _ = await process.communicate()
    assert out.split() == [b"heard"]


def test_a_second_event_loop_is_refused_at_once() -> None:
    cache = RedisCache("redis://127.0.0.1:1/0")

    async def use(client: LoguroClient) -> None:
        await client.invalidate(project="local")

    client = LoguroClient("pat_made-up", base_url="http://127.0.0.1:1", shared_cache=cache)
    with asyncio.Runner() as first:
        first.run(use(client))
        with asyncio.Runner() as second, pytest.raises(ConfigurationError, match="event loop"):
            second.run(use(client))
        first.run(client.aclose())


async def test_decode_responses_in_the_url_is_overruled(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    url = redis_server.url + "?decode_responses=True&max_connections=1&socket_timeout=9"
    first, second = make(server=url), make(server=url)
    await visitors(first)
    await eventually_shared(first, second)


@pytest.mark.skipif(not hasattr(RedisCluster, "pubsub"), reason="refused with this redis-py")
async def test_a_cluster_is_shared_through_its_own_client(make: Make, start_redis: Start) -> None:
    node = await start_redis("--cluster-enabled", "yes")
    slots = [str(slot) for slot in range(16384)]
    assert await node.command("CLUSTER", "ADDSLOTS", *slots) == "+OK"

    async def is_formed() -> bool:
        return await node.command("SET", "key", "value") == "+OK"

    await eventually(is_formed)
    clusters = [RedisCluster(host="127.0.0.1", port=node.port) for _ in range(2)]
    first, second = (make(server=cluster) for cluster in clusters)
    await visitors(first)
    await eventually_shared(first, second)
    await visitors(second, "local")
    await first.invalidate(project="local")
    old = await visitors(first, "again-1")
    await first.invalidate()
    await eventually(lambda: second.stats.cache_entries == 0)
    assert await visitors(second, "again-1") != old
    for client in (first, second):
        await client.aclose()
    for cluster in clusters:
        await cluster.aclose()


async def test_a_sentinel_s_client_follows_the_primary(
    make: Make, start_redis: Start, redis_server: RedisServer, tmp_path: Path
) -> None:
    replica = await start_redis("--replicaof", "127.0.0.1", str(redis_server.port))
    file = tmp_path / "sentinel.conf"
    file.write_text(
        f"sentinel monitor main 127.0.0.1 {redis_server.port} 1\n"
        "sentinel down-after-milliseconds main 200\n"
        "sentinel failover-timeout main 2000\n"
    )
    watcher = await start_redis("--sentinel", config=file)
    make_sentinel: Any = Sentinel  # redis-py's own types are incomplete
    sentinels = [make_sentinel([("127.0.0.1", watcher.port)]) for _ in range(2)]
    primaries: list[Redis] = [sentinel.master_for("main") for sentinel in sentinels]
    first, second = (make(server=primary) for primary in primaries)
    await visitors(first)
    await eventually_shared(first, second)

    async def knows_the_replica() -> bool:
        return await watcher.command("SENTINEL", "REPLICAS", "main") == "*1"

    async def is_promoted() -> bool:
        try:
            return await replica.command("SET", "key", "value") == "+OK"
        except ConnectionError:  # Redis closes its connections as it is promoted
            return False

    await eventually(knows_the_replica)
    await redis_server.kill()
    await eventually(is_promoted, seconds=30)
    await eventually_shared(first, second, seconds=30)
    for client in (first, second):
        await client.aclose()
    closing: list[Awaitable[None]] = [primary.aclose() for primary in primaries]
    closing += [one.aclose() for sentinel in sentinels for one in sentinel.sentinels]
    await asyncio.gather(*closing)


async def test_a_small_pool_of_the_user_s_is_not_exhausted(
    make: Make, redis_server: RedisServer
) -> None:
    pool = ConnectionPool(host="127.0.0.1", port=redis_server.port, max_connections=3)
    redis = Redis.from_pool(pool)
    first, second = make(server=redis, patience_seconds=PATIENT), make()
    slugs = [f"slug-{number}" for number in range(50)]
    await asyncio.gather(*(visitors(first, slug) for slug in slugs))
    await eventually_shared(second, first)
    assert await redis.get("nothing") is None
    await first.aclose()
    await redis.aclose()


async def test_a_user_with_no_more_rights_than_the_docs_list_is_enough(
    make: Make, redis_server: RedisServer
) -> None:
    page = (Path(__file__).parents[4] / "docs" / "shared-cache.md").read_text(encoding="utf-8")
    block = page.partition("ACL SETUSER loguro ")[2].partition("```")[0]
    rights = [word for line in block.splitlines() if "#" not in line for word in line.split()]
    assert len(rights) > 10
    assert await redis_server.command("ACL", "SETUSER", "loguro", *rights) == "+OK"
    url = redis_server.url.replace("//", "//loguro:PASSWORD@")
    first, second = make(server=url), make(server=url)
    await visitors(first)
    await eventually_shared(first, second)
    await first.invalidate()
    limits = RedisLimits(url, concurrency=1, rate=1000.0)
    async with limits.permit():
        assert await redis_server.command("ZCARD", "loguro:limits:{permits}") == ":1"
    await limits.aclose()
    assert await redis_server.command("ZCARD", "loguro:limits:{permits}") == ":0"
