"""A million calls over a million keys, a tenth of them cancelled: does memory stay flat?

The whole pipeline runs, but for the transport: a stand-in responds after a moment, so that nothing
is sent. Every tenth of the way it prints the memory that the process holds; at the end every table
must be empty. Run it with ``make soak``; it takes a few minutes and stops by itself.
"""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from loguro_async import BreakerPolicy, CachePolicy, Limits, RetryPolicy
from loguro_async.connection import ConnectionOptions
from loguro_async.endpoints import COUNT
from loguro_async.pipeline.service import Service
from loguro_async.pipeline.stages import pipeline
from loguro_async.pipeline.view_options import ViewOptions
from loguro_async.request import Query
from loguro_async.runtime import Runtime

if TYPE_CHECKING:
    from loguro_async import Count
    from loguro_async.pipeline.cache import CacheStage
    from loguro_async.pipeline.call import Call
    from loguro_async.pipeline.transport import Transport

CALLS = 1_000_000
KEYS = 1_000_000
CALLERS = 200
CANCELLED_SHARE = 0.1
SEED = 7
CACHE = CachePolicy(ttl=3600.0, max_bytes=32 * 1024 * 1024)


class StandIn:
    """Responds after a moment, instead of the transport."""

    async def send(self, call: Call) -> bytes:
        await asyncio.sleep(0)
        return b'{"count":%d}' % len(call.request.slug)

    def without_token(self, body: bytes) -> bytes:
        return body

    async def aclose(self) -> None:
        """Has nothing to close."""


def a_service() -> Service:
    service = Service(
        "https://logu.ro",
        "pat_made-up",
        limits=Limits(),
        cache=CACHE,
        retry=RetryPolicy(),
        breaker=BreakerPolicy(),
        hooks=None,
        session=None,
        connection=ConnectionOptions(),
        shared_cache=None,
        runtime=Runtime(),
    )
    service.transport = cast("Transport", StandIn())
    return service


def resident_mib() -> float:
    """Memory that the process holds now; where that cannot be told, the most it ever held."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


async def call_on(cache: CacheStage, calls: list[int], rng: random.Random) -> int:
    """Makes calls while some are left; returns how many were cancelled."""
    cancelled = 0
    while calls:
        calls.pop()
        query: Query[Count] = Query(COUNT, f"site-{rng.randrange(KEYS)}", range="7d")
        task = asyncio.create_task(cache.get(query, "default", None))
        if rng.random() < CANCELLED_SHARE:
            await asyncio.sleep(0)
            task.cancel()
        cancelled += (await asyncio.gather(task, return_exceptions=True))[0] is not None and (
            task.cancelled()
        )
    return cancelled


async def watch(calls: list[int], held: list[float]) -> None:
    step = CALLS // 10
    due = CALLS - step
    while calls:
        await asyncio.sleep(0.05)
        if len(calls) <= due:
            due -= step
            held.append(resident_mib())
            print(f"{CALLS - len(calls):>9,} calls  {held[-1]:7.1f} MiB", flush=True)


async def main() -> None:
    service = a_service()
    cache = pipeline(service, ViewOptions(30.0, RetryPolicy(), CACHE))
    calls = [0] * CALLS
    held: list[float] = []
    rng = random.Random(SEED)  # noqa: S311 - which call is cancelled is no secret
    began = time.perf_counter()
    watching = asyncio.create_task(watch(calls, held))
    callers = [call_on(cache, calls, rng) for _ in range(CALLERS)]
    cancelled = sum(await asyncio.gather(*callers))
    await watching
    seconds = time.perf_counter() - began
    stats = service.stats()
    await service.aclose(5.0)
    gc.collect()
    left = service.stats()
    assert left.cache_entries == left.cache_bytes == left.in_flight == 0
    assert not service.cache.slugs()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    print(f"{CALLS:,} calls in {seconds:.0f} s, {cancelled:,} of them cancelled; every table empty")
    print(f"{stats.misses:,} misses, {stats.hits + stats.coalesced:,} returned without a load,")
    print(f"{stats.cache_entries:,} responses cached in {stats.cache_bytes / 2**20:.0f} MiB")
    half = held[len(held) // 2]
    print(f"memory: {half:.1f} MiB half way, {held[-1]:.1f} MiB at the end")


if __name__ == "__main__":
    asyncio.run(main())
