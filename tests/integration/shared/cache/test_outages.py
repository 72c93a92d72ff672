"""Redis is slow, hung, down, read-only, full or failed over, as described in the docs.

In every case calls go on, what this process has in memory stays, and one warning says why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from loguro_async import CachePolicy, QueryFailedError
from tests.integration.shared.servers import (
    HASTY,
    Make,
    Name,
    RedisServer,
    Service,
    Start,
    eventually,
    eventually_shared,
    visitors,
)

if TYPE_CHECKING:
    from loguro_async import LoguroClient

STALE = CachePolicy(ttl=60.0, jitter=0.0, stale_if_error=3600.0)


class Warnings:
    """The warnings of the package, as lines."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def lines(self) -> list[str]:
        return [
            record.getMessage()
            for record in self._caplog.records
            if record.name == "loguro_async" and record.levelno >= logging.WARNING
        ]


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Warnings:
    return Warnings(caplog)


async def fill(client: LoguroClient, count: int = 20) -> None:
    for number in range(count):
        await visitors(client, f"kept-{number}")


async def is_down(warnings: Warnings, reason: str, clients: int = 1) -> None:
    await eventually(lambda: len(warnings.lines()) >= clients)
    assert len(warnings.lines()) == clients  # one for each, however often it is tried again
    assert all(reason in line for line in warnings.lines())


async def test_slow_once_drops_nothing_and_is_used_again(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    async with Name(redis_server) as name:
        client = make(server=name.url, patience_seconds=0.4, cache=STALE)
        other = make()
        await fill(client)
        name.delay_seconds = 5.0
        await visitors(client, "another")
        name.delay_seconds = 0.0
        assert client.stats.cache_entries == 21
        requests = len(service.paths)
        await eventually_shared(other, client)
        service.status = 500
        for number in range(20):
            await visitors(client, f"kept-{number}")
        assert client.stats.stale == 0  # verified by their generations, without a request
        assert len([path for path in service.paths[requests:] if "kept" in path]) == 0


async def test_always_slow_is_never_used_and_said_once(
    make: Make, redis_server: RedisServer, warnings: Warnings
) -> None:
    async with Name(redis_server) as name:
        name.delay_seconds = 0.1
        client = make(server=name.url, patience_seconds=0.05)
        for number in range(20):
            await visitors(client, f"slug-{number}")
            await asyncio.sleep(0.02)
        await is_down(warnings, "no reply within 0.05 s")


async def test_hung_costs_one_timeout_and_memory_is_used(
    make: Make, redis_server: RedisServer, service: Service, warnings: Warnings
) -> None:
    client, other = make(patience_seconds=HASTY, cache=STALE), make()
    await fill(client)
    redis_server.pause()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(*(visitors(client, f"new-{number}") for number in range(20)))
    assert loop.time() - begun < 2.0
    await is_down(warnings, f"no reply within {HASTY} s")
    requests = len(service.paths)
    await fill(client)
    assert len(service.paths) == requests
    redis_server.go_on()
    await eventually_shared(other, client)
    assert client.stats.cache_entries >= 40


async def test_gone_uses_memory_and_sends_invalidations_later(
    make: Make, redis_server: RedisServer, service: Service, warnings: Warnings
) -> None:
    first, second = make(), make()
    await fill(first)
    old = await visitors(second, "kept-0")
    await redis_server.kill()
    await visitors(first, "new")
    await is_down(warnings, "", clients=2)
    await first.invalidate(project="kept-0")
    requests = len(service.paths)
    assert await visitors(second, "kept-0") == old  # as without a shared cache
    await fill(first)
    assert len(service.paths) == requests + 1
    await redis_server.start()
    await eventually_shared(first, second)
    assert await visitors(second, "kept-0") != old


async def test_data_lost_makes_entries_stale_copies_and_nothing_else(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    first, second = make(cache=STALE), make(cache=STALE)
    await fill(first)
    await redis_server.kill()
    await redis_server.start()
    await eventually_shared(first, second)
    service.status = 500
    await fill(first)
    assert first.stats.stale == 20
    service.status = 200
    await fill(first)
    assert first.stats.cache_entries >= 20


async def test_read_only_is_down_and_says_so(
    make: Make, start_redis: Start, redis_server: RedisServer, warnings: Warnings
) -> None:
    replica = await start_redis("--replicaof", "127.0.0.1", str(redis_server.port))
    client = make(server=replica.url)
    await fill(client)
    await client.invalidate(project="kept-0")
    await is_down(warnings, "read only replica")
    await replica.command("REPLICAOF", "NO", "ONE")
    await eventually_shared(make(server=replica.url), client)


async def test_full_is_down_and_says_so(make: Make, start_redis: Start, warnings: Warnings) -> None:
    server = await start_redis("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    client = make(server=server.url)
    await fill(client)
    await is_down(warnings, "command not allowed when used memory")
    await server.command("CONFIG", "SET", "maxmemory", "0")
    await eventually_shared(make(server=server.url), client)


async def test_a_user_without_eval_is_reported_without_the_password(
    make: Make, redis_server: RedisServer, warnings: Warnings
) -> None:
    allowed = ("+@all", "-eval", "-evalsha", "-script")
    await redis_server.command("ACL", "SETUSER", "app", "on", ">s3cretpw", "~*", "&*", *allowed)
    url = redis_server.url.replace("//", "//app:s3cretpw@")
    client = make(server=url)
    await fill(client)
    await is_down(warnings, "NoPermissionError")
    await redis_server.command("ACL", "SETUSER", "app", "+@all")
    await eventually_shared(make(), client)
    assert not any("s3cretpw" in line for line in warnings.lines())


async def test_a_wrong_password_is_reported_and_not_shown(
    make: Make, redis_server: RedisServer, warnings: Warnings
) -> None:
    client = make(server=redis_server.url.replace("//", "//app:s3cretpw@"))
    await fill(client)
    await is_down(warnings, "AuthenticationError")
    assert "s3cretpw" not in "".join(warnings.lines())


async def test_a_node_of_a_cluster_is_reported_with_what_to_pass(
    make: Make, start_redis: Start, warnings: Warnings
) -> None:
    node = await start_redis("--cluster-enabled", "yes")
    client = make(server=node.url)
    await fill(client)
    await is_down(warnings, "pass a redis.asyncio.RedisCluster")


@pytest.mark.parametrize("end", ["demoted", "killed"])
async def test_failed_over_shares_through_the_new_primary(
    make: Make, start_redis: Start, redis_server: RedisServer, end: str
) -> None:
    new = await start_redis()
    async with Name(redis_server) as name:
        first = make(server=name.url)
        await fill(first)
        name.target = new
        if end == "demoted":
            await redis_server.command("REPLICAOF", "127.0.0.1", str(new.port))
        else:
            await redis_server.kill()
        second = make(server=name.url)
        await first.invalidate(project="kept-0")
        await eventually_shared(first, second)
        await fill(second)
        await second.invalidate(project="kept-1")
        await eventually_shared(second, first)


async def test_what_was_invalidated_in_a_gap_is_not_served_as_fresh(
    make: Make, redis_server: RedisServer
) -> None:
    async with Name(redis_server) as name:
        deaf, other = make(server=name.url, patience_seconds=0.4), make()
        old = await visitors(deaf)
        await visitors(deaf, "untouched")
        name.delay_seconds = 5.0
        await visitors(deaf, "another")  # finds out
        await other.invalidate(project="local")
        assert await visitors(deaf) == old  # as without a shared cache
        name.delay_seconds = 0.0
        await eventually_shared(other, deaf)
        hits = deaf.stats.hits
        await visitors(deaf, "untouched")
        assert deaf.stats.hits == hits + 1
        assert await visitors(deaf) != old


async def test_what_was_invalidated_in_a_gap_still_covers_an_outage_of_the_service(
    make: Make, redis_server: RedisServer, service: Service
) -> None:
    async with Name(redis_server) as name:
        deaf, other = make(server=name.url, patience_seconds=0.4, cache=STALE), make()
        old = await visitors(deaf)
        name.delay_seconds = 5.0
        await visitors(deaf, "another")
        await other.invalidate(project="local")
        name.delay_seconds = 0.0
        await eventually_shared(other, deaf)
        service.status = 500
        response = await deaf.project("local").kpis(range="7d")
        assert (response.current.visitors, response.stale) == (old, True)
        with pytest.raises(QueryFailedError):
            await visitors(other)
