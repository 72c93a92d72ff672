"""Measures uncached requests, 64 at a time, of this package and of other clients."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import AsyncExitStack
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import aiohttp
import httpx
import msgspec
import uvloop
from yarl import URL

from benchmarks.by_hand import connected
from benchmarks.pydantic_models import Answer
from benchmarks.raw_server import serving
from benchmarks.tables import Table, medians_in_turn
from loguro_async import Kpis, LoguroClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Request = Callable[[], Awaitable[object]]

AT_ONCE = 64
REQUESTS = 4_000
SLOW_REQUESTS = 400
ROUNDS = 7
PATH = "/api/web-events/local/kpis"
HEADERS = {"Authorization": "Bearer pat_made-up"}
FLOOR = "aiohttp at its floor (prebuilt URL, no cookies, msgspec)"
OURS = "this package"
DECODER = msgspec.json.Decoder(Kpis)
# New objects between two runs of the collector; Python's own default is 700.
SELDOM = 50_000


async def by_hand(stack: AsyncExitStack, origin: str) -> Request:
    fetch = await connected(stack, origin, AT_ONCE)

    async def request() -> Kpis:
        return DECODER.decode(await fetch(f"{PATH}?range=7d"))

    return request


async def rows_of(stack: AsyncExitStack, origin: str) -> dict[str, tuple[Request, int]]:
    """Each row's request, and how many of it are made in a round."""
    bare = await stack.enter_async_context(
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
        )
    )
    session = await stack.enter_async_context(aiohttp.ClientSession())
    client = await stack.enter_async_context(LoguroClient("pat_made-up", base_url=origin))
    http = await stack.enter_async_context(
        httpx.AsyncClient(limits=httpx.Limits(max_connections=AT_ONCE))
    )
    prebuilt = URL(f"{origin}{PATH}?range=7d", encoded=True)

    async def floor() -> Kpis:
        async with bare.get(prebuilt, headers=HEADERS) as response:
            return DECODER.decode(await response.read())

    async def as_people_write_it() -> object:
        async with session.get(origin + PATH, params={"range": "7d"}, headers=HEADERS) as response:
            response.raise_for_status()
            return await response.json()

    async def with_httpx() -> Answer:
        response = await http.get(origin + PATH, params={"range": "7d"}, headers=HEADERS)
        return Answer.model_validate_json(response.content)

    # So many projects that no two concurrent requests are equal; each response is cached.
    projects = cycle([client.project(f"p{number}") for number in range(4 * AT_ONCE)])

    async def with_this_package() -> Kpis:
        return await next(projects).kpis(range="7d", cache="reload")

    return {
        "an asyncio protocol by hand (the limit)": (await by_hand(stack, origin), REQUESTS),
        FLOOR: (floor, REQUESTS),
        OURS: (with_this_package, REQUESTS),
        "aiohttp as people write it (params=, json())": (as_people_write_it, REQUESTS),
        "httpx and pydantic": (with_httpx, SLOW_REQUESTS),
    }


async def microseconds(request: Request, requests: int) -> float:
    left = iter(range(requests))

    async def work() -> None:
        for _ in left:
            await request()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return (time.perf_counter() - began) / requests * 1e6


async def with_collector_seldom(request: Request, requests: int) -> float:
    before = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        return await microseconds(request, requests)
    finally:
        gc.set_threshold(*before)


async def measure(origin: str) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        rows = await rows_of(stack, origin)
        measures = {name: partial(microseconds, *row) for name, row in rows.items()}
        for name in (FLOOR, OURS):
            measures[f"{name}, collector seldom"] = partial(with_collector_seldom, *rows[name])
        return await medians_in_turn(measures, rounds=ROUNDS)


def main() -> None:
    for loop, factory in (("asyncio", None), ("uvloop", uvloop.new_event_loop)):
        table = Table(
            f"requests-{loop}",
            f"one uncached request, {AT_ONCE} at a time, on {loop}",
            unit="µs",
            reference=FLOOR,
            method=(
                f"The server is a plain protocol in another process. Medians of {ROUNDS} "
                "interleaved rounds. This package has cache, retries, breaker, limits and "
                "statistics, "
                f"and caches each response. Collector seldom: gc.set_threshold({SELDOM:_})."
            ),
        )
        with serving() as origin, asyncio.Runner(loop_factory=factory) as runner:
            table.rows = runner.run(measure(origin))
        table.show()


if __name__ == "__main__":
    main()
