"""Measures the memory of a cached response, and compares it with the client's estimate."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import LoguroClient

RESPONSES = 5_000
COUNTED = "as the client counts it"


async def bytes_per_response(origin: str) -> tuple[float, float]:
    """Returns the bytes of a cached response: measured, and counted by the client."""
    async with LoguroClient("pat_made-up", base_url=origin) as client:
        await client.project("first").kpis(range="7d")
        gc.collect()
        tracemalloc.start()
        for number in range(RESPONSES):
            await client.project(f"p{number}").kpis(range="7d")
        gc.collect()
        measured, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return measured / RESPONSES, client.stats.cache_bytes / client.stats.cache_entries


def main() -> None:
    table = Table(
        "memory",
        "memory of one cached response of kpis",
        unit="bytes",
        reference=COUNTED,
        method=f"Over {RESPONSES:,} responses, by tracemalloc.",
    )
    with serving() as origin:
        table.rows["measured"], table.rows[COUNTED] = asyncio.run(bytes_per_response(origin))
    table.show()


if __name__ == "__main__":
    main()
