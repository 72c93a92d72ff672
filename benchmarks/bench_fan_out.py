"""Throughput and memory of a run over 1,000, 10,000 and 100,000 projects, each in its own process.

Beside it: a protocol by hand and tasks around bare aiohttp, which do the same requests and
decoding, aiohttp as people write it (a task for each slug, behind a semaphore), and httpx with
pydantic.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import aiohttp
import httpx
import msgspec
from yarl import URL

from benchmarks.by_hand import connected
from benchmarks.raw_server import serving
from benchmarks.tables import Table
from loguro_async import Kpis, LoguroClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AT_ONCE = 64
SIZES = (1_000, 10_000, 100_000)
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
        ask = await connected(stack, origin, AT_ONCE)

        async def work() -> None:
            nonlocal good
            for number in left:
                body = await ask(f"{PATH.format(f'p{number}')}?range=7d")
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
    places = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def ask(number: int) -> bool:
            url = origin + PATH.format(f"p{number}")
            async with places, session.get(url, params={"range": "7d"}, headers=HEADERS) as found:
                answer = await found.json()
                return bool(answer["current"]["visitors"] > 0)

        return sum(await asyncio.gather(*(ask(number) for number in range(slugs))))


async def with_httpx(origin: str, slugs: int) -> int:
    from benchmarks.pydantic_models import Answer  # noqa: PLC0415 - not in the others' memory

    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=AT_ONCE)) as client:

        async def ask(number: int) -> bool:
            async with places:
                url = origin + PATH.format(f"p{number}")
                found = await client.get(url, params={"range": "7d"}, headers=HEADERS)
            return Answer.model_validate_json(found.content).current.visitors > 0

        return sum(await asyncio.gather(*(ask(number) for number in range(slugs))))


RUNS: dict[str, Callable[[str, int], Awaitable[int]]] = {
    "an asyncio protocol by hand (the limit)": by_hand,
    "this package: client.fan_out": with_this_package,
    BARE: with_bare_aiohttp,
    "aiohttp as people write it": with_aiohttp_as_people_write_it,
    HTTPX: with_httpx,
}


async def run(name: str, origin: str, slugs: int) -> None:
    """One row, in this process: what it took, as JSON."""
    began = time.perf_counter()
    assert await RUNS[name](origin, slugs) == slugs
    seconds = time.perf_counter() - began
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"per_second": slugs / seconds, "peak_mib": peak_kib / 1024}))


def measured(name: str, origin: str, slugs: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_fan_out", name, origin, str(slugs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    with serving() as origin:
        for slugs in SIZES:
            throughput = Table(
                f"fan-out-{slugs}",
                f"{slugs:,} projects, {AT_ONCE} at a time",
                unit="projects per second",
                reference=BARE,
                method="Each row in a process of its own; the note is its peak memory.",
            )
            for name in RUNS:
                if name == HTTPX and slugs > 10_000:
                    continue  # a minute and a half that shows nothing new
                figures = measured(name, origin, slugs)
                throughput.rows[name] = figures["per_second"]
                throughput.notes[name] = f"{figures['peak_mib']:.0f} MiB"
            throughput.show()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    else:
        main()
