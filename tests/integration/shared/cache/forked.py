"""Forks two workers after the client was made; one invalidates, the other says whether it heard."""

from __future__ import annotations

import asyncio
import os
import sys
import time

from loguro_async import LoguroClient
from loguro_async.shared_cache import RedisCache

base_url, redis_url = sys.argv[1:]
client = LoguroClient(
    "pat_shared", base_url=base_url, shared_cache=RedisCache(redis_url, patience_seconds=5.0)
)
ready, told = os.pipe(), os.pipe()


async def read() -> None:
    project = client.project("local")
    first = (await project.kpis(range="7d")).current.visitors
    os.write(ready[1], b"x")
    await asyncio.to_thread(os.read, told[0], 1)
    until = time.monotonic() + 10
    while (seen := (await project.kpis(range="7d")).current.visitors) == first:
        if time.monotonic() > until:
            break
        await asyncio.sleep(0.01)
    sys.stdout.write("heard\n" if seen != first else "deaf\n")
    sys.stdout.flush()
    await client.aclose()


async def invalidate() -> None:
    await client.project("other").kpis(range="7d")
    await asyncio.to_thread(os.read, ready[0], 1)
    await client.invalidate(project="local")
    os.write(told[1], b"x")
    await client.aclose()


for work in (read, invalidate):
    if os.fork() == 0:
        asyncio.run(work())
        os._exit(0)
for _ in range(2):
    os.wait()
