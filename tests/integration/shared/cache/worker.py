"""A process that makes calls through the shared cache; run by ``test_sharing.py``."""

from __future__ import annotations

import asyncio
import sys

from loguro_async import LoguroClient
from loguro_async.shared_cache import RedisCache


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(base_url: str, redis_url: str, lease_seconds: str, callers: str) -> None:
    cache = RedisCache(redis_url, lease_seconds=float(lease_seconds), patience_seconds=5.0)
    async with LoguroClient("pat_shared", base_url=base_url, shared_cache=cache) as client:
        project = client.project("local")
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        answers = await asyncio.gather(*(project.kpis(range="7d") for _ in range(int(callers))))
        say(" ".join(str(answer.current.visitors) for answer in answers))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
