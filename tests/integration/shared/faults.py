"""A process that calls at random while Redis fails; run by ``test_faults.py``.

The program prints a line for each violation, and ``done`` at the end.
"""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import suppress

from loguro_async import CachePolicy, Limits, LoguroClient
from loguro_async.shared_cache import RedisCache
from loguro_async.shared_limits import RedisLimits

# A busy machine takes its time; a call that waits for what never comes takes much longer.
LONGEST_SECONDS = 3.0
KEPT = [f"kept-{number}" for number in range(5)]
SHARED = [f"shared-{number}" for number in range(6)]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Process:
    def __init__(self, client: LoguroClient, seed: int) -> None:
        self.client = client
        self.random = random.Random(seed)  # noqa: S311 - no secret
        # Of each project, the latest figure seen before this process invalidated it.
        self.gone: dict[str, int] = {}
        self.seen: dict[str, int] = {}

    async def visitors(self, slug: str, **options: object) -> int:
        kpis = await self.client.project(slug).kpis(range="7d", **options)  # type: ignore[arg-type]
        return kpis.current.visitors

    async def read(self, slug: str) -> None:
        floor = self.gone.get(slug, 0)
        found = await self.visitors(slug)
        if found <= floor:
            say(f"{slug}: {found} was invalidated by this process, which had seen {floor}")
        self.seen[slug] = max(found, self.seen.get(slug, 0))

    async def invalidate(self, slug: str) -> None:
        seen = self.seen.get(slug, 0)
        await self.client.invalidate(project=slug)
        self.gone[slug] = max(seen, self.gone.get(slug, 0))

    async def leave(self, slug: str) -> None:
        call = asyncio.ensure_future(self.visitors(slug))
        await asyncio.sleep(self.random.uniform(0, 0.01))
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call

    async def operation(self) -> None:
        slug = self.random.choice(SHARED)
        match self.random.randrange(10):
            case 0:
                await self.invalidate(slug)
            case 1:
                await self.visitors(slug, cache="reload")
            case 2:
                await self.leave(slug)
            case 3 | 4:
                await self.visitors(self.random.choice(KEPT))  # the service fails for these
            case 5:
                others = self.random.sample(SHARED, 3)
                await asyncio.gather(*(self.read(other) for other in others))
            case _:
                await self.read(slug)


async def main(base_url: str, redis_url: str, seed: int, count: int) -> None:
    client = LoguroClient(
        "pat_shared",
        base_url=base_url,
        retry=None,
        breaker=None,
        timeout=20.0,
        cache=CachePolicy(ttl=60.0, stale_if_error=3600.0, throttle=0.0),
        limits=Limits(shared=RedisLimits(redis_url, concurrency=64, rate=5000.0)),
        shared_cache=RedisCache(redis_url, lease_seconds=0.3),
    )
    loop = asyncio.get_running_loop()
    async with client:
        process = Process(client, seed)
        for slug in KEPT:
            await process.visitors(slug)
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        for number in range(count):
            begun = loop.time()
            try:
                await process.operation()
            except Exception as error:  # noqa: BLE001 - every failure is a breach
                say(f"operation {number}: {type(error).__name__}: {error}")
            if loop.time() - begun > LONGEST_SECONDS:
                say(f"operation {number} took {loop.time() - begun:.1f} s")
            await asyncio.sleep(process.random.uniform(0, 0.01))
    say("done")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3], *map(int, sys.argv[3:])))  # type: ignore[arg-type]
