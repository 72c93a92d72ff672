"""An overview against three calls in a row, and a thousand dashboards that are opened at once."""

from __future__ import annotations

import asyncio
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.raw_server import serving
from benchmarks.tables import Table, medians_in_turn
from loguro_async import CachePolicy, LoguroClient

if TYPE_CHECKING:
    from loguro_async import Project

ROUNDS = 15
SERVICE_SECONDS = 0.02
DASHBOARDS = 1_000
PROJECTS = 10


async def one_overview(project: Project) -> float:
    began = time.perf_counter()
    await project.overview(range="7d", cache="reload")
    return (time.perf_counter() - began) * 1000


async def three_in_a_row(project: Project) -> float:
    began = time.perf_counter()
    await project.kpis(range="7d", cache="reload")
    await project.timeseries(range="7d", cache="reload")
    await project.top_pages(range="7d", limit=10, cache="reload")
    return (time.perf_counter() - began) * 1000


async def overview(origin: str) -> Table:
    table = Table(
        "overview",
        f"key figures, series, top pages; the service takes {SERVICE_SECONDS * 1000:.0f} ms",
        unit="ms",
        reference="three calls in a row",
        method=f"Medians of {ROUNDS} interleaved rounds.",
    )
    async with LoguroClient("pat_made-up", base_url=origin) as client:
        project = client.project("local")
        rows = {
            "three calls in a row": partial(three_in_a_row, project),
            "overview()": partial(one_overview, project),
        }
        table.rows = await medians_in_turn(rows, rounds=ROUNDS)
    return table


async def opened(origin: str, cache: CachePolicy | None) -> tuple[list[float], int]:
    """Milliseconds until each of the dashboards is there, and the requests that it took."""
    async with LoguroClient("pat_made-up", base_url=origin, cache=cache) as client:

        async def open_one(number: int) -> float:
            began = time.perf_counter()
            await client.project(f"p{number % PROJECTS}").overview(range="7d")
            return (time.perf_counter() - began) * 1000

        taken = await asyncio.gather(*(open_one(number) for number in range(DASHBOARDS)))
        return list(taken), client.stats.requests


async def dashboards(origin: str) -> Table:
    table = Table(
        "dashboards",
        f"{DASHBOARDS:,} dashboards of {PROJECTS} projects, opened at once",
        unit="ms, 99th percentile",
        reference="with the cache",
        method="The note is the median, and the requests that were sent.",
    )
    for name, cache in (("with the cache", CachePolicy()), ("without a cache", None)):
        taken, requests = await opened(origin, cache)
        table.rows[name] = statistics.quantiles(taken, n=100)[98]
        table.notes[name] = f"median {statistics.median(taken):.0f} ms, {requests:,} requests"
    return table


def main() -> None:
    with serving(seconds=SERVICE_SECONDS) as origin:
        asyncio.run(overview(origin)).show()
        asyncio.run(dashboards(origin)).show()


if __name__ == "__main__":
    main()
