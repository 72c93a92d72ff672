"""The memory that one kept answer takes, and what the client counts for it."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import LoguroClient

ANSWERS = 5_000
COUNTED = "as the client counts it"


async def kept(origin: str) -> tuple[float, float]:
    """Bytes for each of many kept answers: measured, and counted by the client."""
    async with LoguroClient("pat_made-up", base_url=origin) as client:
        await client.project("first").kpis(range="7d")
        gc.collect()
        tracemalloc.start()
        for number in range(ANSWERS):
            await client.project(f"p{number}").kpis(range="7d")
        gc.collect()
        measured, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return measured / ANSWERS, client.stats.cache_bytes / client.stats.cache_entries


def main() -> None:
    table = Table(
        "memory",
        "one kept answer of kpis",
        unit="bytes",
        reference=COUNTED,
        method=f"Over {ANSWERS:,} answers, by tracemalloc.",
    )
    with serving() as origin:
        table.rows["as it is"], table.rows[COUNTED] = asyncio.run(kept(origin))
    table.show()


if __name__ == "__main__":
    main()
