from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from loguro_async import (
    CacheMissError,
    CachePolicy,
    LoguroClient,
)
from loguro_async.runtime import Runtime
from loguro_async.shared.cache_entry import Location
from loguro_async.shared_cache import RedisCache
from tests.integration.shared.servers import (
    PATIENT,
    TOKEN,
    Make,
    RedisServer,
    Service,
    entry_on,
    eventually,
    keys_on,
    visitors,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from redis.asyncio import Redis

WORKER = Path(__file__).with_name("worker.py")


@asynccontextmanager
async def worker(
    service: Service, redis_server: RedisServer, *, callers: int
) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(WORKER),
        service.base_url,
        redis_server.url,
        "0.5",
        str(callers),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[4],
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def begin(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")


async def test_4_processes_with_250_callers_of_one_cold_key_make_one_request(
    service: Service, redis_server: RedisServer
) -> None:
    async with AsyncExitStack() as all_of_them:
        workers = [
            await all_of_them.enter_async_context(worker(service, redis_server, callers=250))
            for _ in range(4)
        ]
        service.may_answer.clear()
        for process in workers:
            begin(process)
        await eventually(lambda: service.paths)
        service.may_answer.set()
        for process in workers:
            assert process.stdout is not None
            assert (await process.stdout.readline()).split() == [b"1"] * 250
            assert await process.wait() == 0
    assert len(service.paths) == 1


async def test_killing_the_process_that_loads_frees_its_lease_when_it_expires(
    service: Service, redis_server: RedisServer, make: Make
) -> None:
    service.may_answer.clear()
    async with worker(service, redis_server, callers=1) as process:
        begin(process)
        await eventually(lambda: service.paths)
        waiting = asyncio.create_task(visitors(make()))
        process.kill()
        await process.wait()
        await eventually(lambda: len(service.paths) == 2)
        service.may_answer.set()
        assert await waiting == 2


async def test_a_shared_response_has_its_fetch_time_and_its_bytes(make: Make) -> None:
    before = datetime.now(UTC)
    first = await make().project("local").kpis(range="7d")
    second = await make().project("local").kpis(range="7d")
    assert second == first
    assert second.raw == first.raw
    assert second.fetched_at == first.fetched_at >= before
    assert not second.stale


async def test_what_is_taken_over_expires_as_if_fetched_here(
    service: Service, redis_server: RedisServer
) -> None:
    seconds = 0.0
    begin = datetime.now(UTC)
    runtime = Runtime(clock=lambda: seconds, now=lambda: begin + timedelta(seconds=seconds))

    def make() -> LoguroClient:
        return LoguroClient(
            TOKEN,
            base_url=service.base_url,
            cache=CachePolicy(ttl=60.0, jitter=0.0),
            shared_cache=RedisCache(redis_server.url, patience_seconds=PATIENT),
            _runtime=runtime,
        )

    async with make() as first, make() as second:
        assert await visitors(first) == 1
        seconds = 50.0
        assert await visitors(second) == 1
        seconds = 59.0
        assert await visitors(second) == 1
        assert second.stats.hits == 1
        seconds = 61.0
        assert await visitors(second) == 2


async def test_each_view_judges_the_age_of_what_it_shares_by_its_own_policy(
    make: Make, service: Service
) -> None:
    await visitors(make())
    await asyncio.sleep(0.3)
    client = make()
    strict = client.with_options(cache=CachePolicy(ttl=0.2))
    assert list(await asyncio.gather(visitors(client), visitors(strict))) == [1, 2]


async def test_a_thousand_keys_at_once_are_all_shared(make: Make, service: Service) -> None:
    first, second = make(lease_seconds=10.0), make()
    slugs = [f"slug-{number}" for number in range(1000)]
    answers = await asyncio.gather(*(visitors(first, slug) for slug in slugs))
    assert await asyncio.gather(*(visitors(second, slug) for slug in slugs)) == answers
    assert len(service.paths) == 1000


async def test_statistics_count_responses_from_the_shared_cache(make: Make) -> None:
    first, second = make(), make()
    assert await visitors(first) == await visitors(second) == await visitors(second)
    assert (first.stats.requests, first.stats.shared_hits) == (1, 0)
    assert (second.stats.requests, second.stats.shared_hits, second.stats.hits) == (0, 1, 1)


async def test_an_entry_expires_with_its_time_to_live(make: Make, inspector: Redis) -> None:
    await visitors(make())
    await eventually(lambda: entry_on(inspector))
    entry = await entry_on(inspector)
    assert entry is not None
    assert 59_000 < await inspector.pttl(entry) <= 60_000


async def test_only_if_cached_looks_in_this_process_alone(make: Make) -> None:
    await visitors(make())
    with pytest.raises(CacheMissError):
        await make().project("local").kpis(range="7d", cache="only-if-cached")


async def test_a_lease_is_renewed_and_ended_by_its_owner_alone(
    redis_server: RedisServer, inspector: Redis
) -> None:
    cache = RedisCache(redis_server.url, lease_seconds=5.0, patience_seconds=PATIENT)
    connection = cache.connection(b"t" * 16, Mock())
    location, owner, other = Location(b"e" * 16, b"s" * 16), b"o" * 16, b"x" * 16
    first = await connection.read(location, owner, "if-missing", 5.0)
    second = await connection.read(location, other, "if-free", 5.0)
    assert first is not None
    assert second is not None
    assert (first.holder, second.holder) == (owner, owner)
    (lease,) = await keys_on(inspector, "*:lease:*")

    await inspector.pexpire(lease, 1000)
    connection.renew(location, other, 5.0)
    connection.release(location, other)
    for _ in range(8):  # commands under way at once, of which the last may overtake the first
        await connection.read(location, other, "if-free", 5.0)
    assert 0 < await inspector.pttl(lease) <= 1000
    connection.renew(location, owner, 5.0)

    async def is_renewed() -> bool:
        return bool(await inspector.pttl(lease) > 1000)

    await eventually(is_renewed)
    with connection.watch(location) as watch:
        connection.release(location, owner, b"why")
        assert await watch.ended(owner, 5.0) == b"why"
    third = await connection.read(location, other, "if-free", 5.0)
    assert third is not None
    assert third.holder == other
    await connection.aclose()
