"""Throughput and memory of a run over 1,000, 10,000 and 100,000 projects, in processes of its own.

Beside it: a protocol by hand and tasks around bare aiohttp, which do the same requests and
decoding, aiohttp as people write it (a task for each slug, behind a semaphore), and httpx with
pydantic.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import httpx
import msgspec
import uvloop
from yarl import URL

from benchmarks.by_hand import connected
from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import Kpis, LoguroClient

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

AT_ONCE = 64
PATH = "/api/web-events/{}/kpis"
HEADERS = {"Authorization": "Bearer pat_made-up"}
BARE = "bare aiohttp in 64 tasks (floor)"
HTTPX = "httpx and pydantic"


async def with_this_package(origin: str, slugs: int) -> int:
    async with LoguroClient("pat_made-up", base_url=origin) as client:
        results = client.fan_out(
            (f"p{number}" for number in range(slugs)),
            lambda project: project.kpis(range="7d"),
            concurrency=AT_ONCE,
        )
        return sum([result.unwrap().current.visitors > 0 async for result in results])


async def by_hand(origin: str, slugs: int) -> int:
    decode = msgspec.json.Decoder(Kpis).decode
    left, good = iter(range(slugs)), 0
    async with AsyncExitStack() as stack:
        fetch = await connected(stack, origin, AT_ONCE)

        async def work() -> None:
            nonlocal good
            for number in left:
                body = await fetch(f"{PATH.format(f'p{number}')}?range=7d")
                good += decode(body).current.visitors > 0

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return good


async def with_bare_aiohttp(origin: str, slugs: int) -> int:
    decode = msgspec.json.Decoder(Kpis).decode
    left, good = iter(range(slugs)), 0
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
    ) as session:

        async def work() -> None:
            nonlocal good
            for number in left:
                url = URL(f"{origin}{PATH.format(f'p{number}')}?range=7d", encoded=True)
                async with session.get(url, headers=HEADERS) as response:
                    good += decode(await response.read()).current.visitors > 0

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return good


async def with_aiohttp_as_people_write_it(origin: str, slugs: int) -> int:
    permits = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def fetch(number: int) -> bool:
            url = origin + PATH.format(f"p{number}")
            async with permits, session.get(url, params={"range": "7d"}, headers=HEADERS) as found:
                response = await found.json()
                return bool(response["current"]["visitors"] > 0)

        return sum(await asyncio.gather(*(fetch(number) for number in range(slugs))))


async def with_httpx(origin: str, slugs: int) -> int:
    from benchmarks.pydantic_models import Answer  # noqa: PLC0415 - not in the others' memory

    permits = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=AT_ONCE)) as client:

        async def fetch(number: int) -> bool:
            async with permits:
                url = origin + PATH.format(f"p{number}")
                found = await client.get(url, params={"range": "7d"}, headers=HEADERS)
            return Answer.model_validate_json(found.content).current.visitors > 0

        return sum(await asyncio.gather(*(fetch(number) for number in range(slugs))))


ROWS: dict[str, Callable[[str, int], Coroutine[Any, Any, int]]] = {
    "an asyncio protocol by hand (the limit)": by_hand,
    "this package: client.fan_out": with_this_package,
    BARE: with_bare_aiohttp,
    "aiohttp as people write it": with_aiohttp_as_people_write_it,
    HTTPX: with_httpx,
}
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Size(NamedTuple):
    """The number of projects, the event loop, and the number of runs to take the median of."""

    slugs: int
    loop: str
    rounds: int


SIZES = (
    Size(1_000, "asyncio", rounds=5),
    Size(10_000, "asyncio", rounds=3),
    Size(10_000, "uvloop", rounds=3),
    Size(100_000, "asyncio", rounds=1),
)


def run(name: str, origin: str, slugs: int, loop: str) -> None:
    """One row, in this process: what it took, as JSON."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        began = time.perf_counter()
        assert runner.run(ROWS[name](origin, slugs)) == slugs
        seconds = time.perf_counter() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"per_second": slugs / seconds, "peak_mib": peak_kib / 1024}))


def measured(name: str, origin: str, size: Size) -> dict[str, float]:
    row = [name, origin, str(size.slugs), size.loop]
    command = [sys.executable, "-m", "benchmarks.bench_fan_out", *row]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def table_of(origin: str, size: Size) -> Table:
    """All rows of one size, in turn."""
    rounds = f"medians of {size.rounds} in turn" if size.rounds > 1 else "once"
    table = Table(
        f"fan-out-{size.slugs}-{size.loop}",
        f"{size.slugs:,} projects, {AT_ONCE} at a time, on {size.loop}",
        unit="projects per second",
        reference=BARE,
        method=f"Each row in processes of its own, {rounds}; the note is the peak of their memory.",
    )
    # A hundred thousand with httpx take four minutes, and show nothing new.
    names = [name for name in ROWS if name != HTTPX or size.slugs <= 10_000]
    turns = [{name: measured(name, origin, size) for name in names} for _ in range(size.rounds)]
    for name in names:
        table.rows[name] = statistics.median(turn[name]["per_second"] for turn in turns)
        table.notes[name] = f"{max(turn[name]['peak_mib'] for turn in turns):.0f} MiB"
    return table


def main() -> None:
    with serving() as origin:
        for size in SIZES:
            table_of(origin, size).show()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _, name, origin, slugs, loop = sys.argv
        run(name, origin, int(slugs), loop)
    else:
        main()
