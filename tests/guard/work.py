"""Counts the work that a few typical things take, and prints it as JSON.

Run in a process of its own: what a test runner or a measurement of coverage does is not counted.
Work is counted instead of timed: counts are the same on a slow machine and on a busy one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import json
import sys
import tracemalloc
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from loguro_async import CachePolicy, LoguroClient
from loguro_async.decoding import decode
from loguro_async.endpoints import TOP_REFERRERS
from loguro_async.models.response_base import estimated_bytes, note_received
from tests.guard.counters import counting_calls, counting_instructions, counting_tasks
from tests.guard.network import BODIES, Network

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

NOW = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
ROUNDS = 5
ENTRIES = 1_000
DASHBOARDS = 1_000
PROJECTS = 10


@asynccontextmanager
async def a_client(cache: CachePolicy | None) -> AsyncGenerator[tuple[LoguroClient, Network]]:
    """A client, and a network that responds to it."""
    network = Network()
    with network.in_place():
        async with LoguroClient("pat_made-up", base_url="http://127.0.0.1", cache=cache) as client:
            yield client, network


def imported() -> dict[str, int]:
    """The modules that the package brings with it, its own and all."""
    own = [name for name in sys.modules if name.partition(".")[0] == "loguro_async"]
    return {"import: modules of the package": len(own), "import: modules": len(sys.modules)}


async def one_call(name: str, call: Callable[[], Awaitable[object]]) -> dict[str, int]:
    """The least that one call took: what is done now and then does not belong to it."""
    for _ in range(ROUNDS):
        await call()  # what is done only once is not counted
    calls: list[int] = []
    instructions: list[int] = []
    tasks: list[int] = []
    for _ in range(ROUNDS):
        with counting_calls() as seen:
            await call()
        calls.append(seen["call"] + seen["c_call"])
        with counting_instructions() as seen:
            await call()
        instructions.append(seen["opcode"])
        with counting_tasks() as seen:
            await call()
        tasks.append(seen["task"])
    return {
        f"{name}: calls": min(calls),
        f"{name}: instructions": min(instructions),
        f"{name}: tasks": min(tasks),
    }


async def calls() -> dict[str, int]:
    """Counts the work of one call, cached and uncached."""
    async with a_client(CachePolicy()) as (client, _):
        project = client.project("local")
        cached = partial(project.kpis, range="7d", filter="path:/pricing")
        anew = partial(project.kpis, range="7d", cache="reload")
        rows_anew = partial(project.top_referrers, range="7d", cache="reload")
        return {
            **await one_call("cached response", cached),
            **await one_call("uncached response", anew),
            **await one_call("300 rows uncached", rows_anew),
        }


async def requests_of_dashboards(cache: CachePolicy | None) -> int:
    """The requests that many overviews of a few projects take, all opened at once."""
    async with a_client(cache) as (client, network):
        slugs = [f"p{number % PROJECTS}" for number in range(DASHBOARDS)]
        await asyncio.gather(*(client.project(slug).overview(range="7d") for slug in slugs))
        return network.requests


async def memory_of_cached_responses() -> dict[str, int]:
    """Returns the bytes of one cached response: measured, and as the client counts it."""
    async with a_client(CachePolicy()) as (client, _):
        await client.project("first").kpis(range="7d")
        gc.collect()
        tracemalloc.start()
        for number in range(ENTRIES):
            await client.project(f"p{number}").kpis(range="7d")
        gc.collect()
        held, _peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        stats = client.stats
        return {
            "cached response: bytes": held // ENTRIES,
            "cached response: bytes as counted": stats.cache_bytes // stats.cache_entries,
        }


def decoding() -> dict[str, int]:
    """Counts the work and memory of decoding a top list, of holding it, and of weighing it."""
    read = partial(decode, TOP_REFERRERS, BODIES["top-referrers"])
    weighed = read()
    note_received(weighed, raw=BODIES["top-referrers"], fetched_at=NOW, shape=TOP_REFERRERS.shape)
    with counting_calls() as seen:
        read()
    with counting_calls() as seen_by_scales:
        estimated_bytes(weighed)
    gc.collect()
    gc.disable()
    before = sys.getallocatedblocks()
    response = read()
    blocks = sys.getallocatedblocks() - before
    del response
    tracemalloc.start()
    read()
    _held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    return {
        "300 rows decoded: calls": seen["call"] + seen["c_call"],
        "300 rows decoded: blocks of memory": blocks,
        "300 rows decoded: bytes at the most": peak,
        "300 rows weighed: calls": seen_by_scales["call"] + seen_by_scales["c_call"],
    }


async def main() -> None:
    work = imported() | decoding() | await calls() | await memory_of_cached_responses()
    work["1,000 dashboards, cache: requests"] = await requests_of_dashboards(CachePolicy())
    work["1,000 dashboards, no cache: requests"] = await requests_of_dashboards(None)
    print(json.dumps(work))  # noqa: T201 - the tests read it


if __name__ == "__main__":
    asyncio.run(main())
