"""How fast the embedded Loguro answers out of a million events, and whether its loop goes on.

It prints milliseconds, medians first.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime
from typing import Final

import aiohttp

from loguro_async.emulator import LoguroEmulator

NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)
EVENTS: Final = 1_000_000
ROUNDS: Final = 15
PATHS: Final = (
    "kpis?range=7d",
    "kpis?range=7d&filter=path:/pricing",
    "kpis?range=30d",
    "kpis?range=all",
    "timeseries?range=7d",
    "top-pages?range=7d&compare=1",
    "top-flows?range=7d",
    "top-locations?range=7d",
    "custom-events?range=7d",
    "?range=7d&limit=100",
    "recent-events",
)


async def took_ms(session: aiohttp.ClientSession, path: str) -> float:
    start = time.perf_counter()
    async with session.get(f"/api/web-events/local{'' if path[0] == '?' else '/'}{path}") as answer:
        await answer.read()
        assert answer.status == 200
    return (time.perf_counter() - start) * 1000


async def widest_gap_ms(stop: asyncio.Event) -> float:
    """The longest time between two turns of the loop, which are a millisecond apart at best."""
    widest, last = 0.0, time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        widest, last = max(widest, (now - last) * 1000), now
    return widest


async def main() -> None:
    start = time.perf_counter()
    async with LoguroEmulator(events=EVENTS, seed=7, now=NOW) as loguro:
        print(f"{EVENTS:,} events, generated and served after {time.perf_counter() - start:.1f} s")
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:
            print(f"{'':36} {'median':>8} {'slowest':>8}   ms")
            for path in PATHS:
                times = [await took_ms(session, path) for _ in range(ROUNDS)]
                print(f"{path:36} {statistics.median(times):8.1f} {max(times):8.1f}")
            stop = asyncio.Event()
            gap = asyncio.create_task(widest_gap_ms(stop))
            start = time.perf_counter()
            await asyncio.gather(*(took_ms(session, "kpis?range=7d") for _ in range(32)))
            each = (time.perf_counter() - start) * 1000 / 32
            stop.set()
            print(f"32 kpis at once: {each:.1f} ms each; widest gap of the loop {await gap:.1f} ms")


asyncio.run(main())
