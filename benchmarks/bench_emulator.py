"""Measures responses of the embedded Loguro with a million events, and its event loop's delay."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime
from typing import Final

import aiohttp

from benchmarks.tables import Table
from loguro_async.emulator import LoguroEmulator

NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)
EVENTS: Final = 1_000_000
ROUNDS: Final = 15
AT_ONCE: Final = 32
KPIS: Final = "kpis?range=7d"
PATHS: Final = (
    KPIS,
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
    async with session.get(
        f"/api/web-events/local{'' if path[0] == '?' else '/'}{path}"
    ) as response:
        await response.read()
        assert response.status == 200
    return (time.perf_counter() - start) * 1000


async def widest_gap_ms(stop: asyncio.Event) -> float:
    """The longest time between two turns of the loop, which are a millisecond apart at best."""
    widest, last = 0.0, time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        widest, last = max(widest, (now - last) * 1000), now
    return widest


async def many_at_once(session: aiohttp.ClientSession) -> tuple[float, float]:
    """Milliseconds for each of many requests, and the widest gap of the loop meanwhile."""
    stop = asyncio.Event()
    gap = asyncio.create_task(widest_gap_ms(stop))
    start = time.perf_counter()
    await asyncio.gather(*(took_ms(session, KPIS) for _ in range(AT_ONCE)))
    each = (time.perf_counter() - start) * 1000 / AT_ONCE
    stop.set()
    return each, await gap


async def fill(table: Table) -> None:
    async with LoguroEmulator(events=EVENTS, seed=7, now=NOW) as loguro:
        headers = {"Authorization": f"Bearer {loguro.token}"}
        async with aiohttp.ClientSession(loguro.base_url, headers=headers) as session:
            for path in PATHS:
                times = [await took_ms(session, path) for _ in range(ROUNDS)]
                table.rows[path] = statistics.median(times)
                table.notes[path] = f"slowest {max(times):.0f} ms"
            row = f"{KPIS}, each of {AT_ONCE} at once"
            table.rows[row], gap_ms = await many_at_once(session)
            table.notes[row] = f"widest gap of the loop {gap_ms:.0f} ms"


def main() -> None:
    table = Table(
        "emulator",
        f"the embedded Loguro, out of {EVENTS:,} events",
        unit="ms",
        reference=KPIS,
        method=f"Medians of {ROUNDS} requests in a row, over HTTP.",
    )
    asyncio.run(fill(table))
    table.show()


if __name__ == "__main__":
    main()
