"""Measures a cached call, and the same call in other caches.

Each row is the same call, awaited repeatedly while its response is cached. All rows come from one
run in rounds that take turns, so that their ratios hold even if the speed of the machine changes.
The median of each row is printed. The first response comes from a server on loopback.

Peers that are not installed are left out and named; ``make bench`` installs them.
"""

from __future__ import annotations

import asyncio
import importlib.util
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web
from cachetools import TTLCache

from benchmarks.tables import Table
from loguro_async import F, LoguroClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 7
CALLS = 20_000
SLOW_CALLS = 300
REFERENCE = "async-lru"
BODY = (
    b'{"current":{"visitors":143,"pageviews":402,"sessions":181,"bounceRate":0.42,'
    b'"avgDurationSec":96.5},"previous":null,"range":{"chip":"7d",'
    b'"from":"2026-06-04T10:00:00.000Z","to":"2026-06-11T10:00:00.000Z","bucket":"day",'
    b'"hasPrevious":true}}'
)
TEXT = "path:/pricing"
FILTER = F.path("/pricing")

Call: TypeAlias = "Callable[..., Awaitable[object]]"
Decorate: TypeAlias = "Callable[[Call], Call]"


async def serve(stack: AsyncExitStack) -> str:
    """A server on loopback that gives key figures."""

    async def kpis(_request: web.Request) -> web.Response:
        return web.Response(
            body=BODY,
            content_type="application/json",
            headers={"Cache-Control": "max-age=3600"},
        )

    app = web.Application()
    app.router.add_get("/api/web-events/local/kpis", kpis)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def plain_rows(response: object) -> dict[str, Call]:
    """Returns the floor, and caches that only need a function."""
    cached = {("7d", TEXT): response}
    ttl: Any = TTLCache(1000, 3600)  # its type parameters differ between stubs
    ttl["7d", TEXT] = response

    async def from_dict(*, range: str, filter: str) -> object:
        return cached[range, filter]

    async def from_ttl_cache(*, range: str, filter: str) -> object:
        return ttl[range, filter]

    return {
        "a dict behind async def (floor)": from_dict,
        "cachetools TTLCache behind async def": from_ttl_cache,
    }


def peer_rows(response: object) -> dict[str, Call]:
    """Returns caches that decorate a function."""
    rows: dict[str, Call] = {}

    async def kpis(*, range: str, filter: str) -> object:  # noqa: ARG001 - the key
        return response

    def add(name: str, module: str, decorate: Callable[[], Decorate]) -> None:
        if importlib.util.find_spec(module) is None:
            print(f"{name} is not installed and left out")
            return
        rows[name] = decorate()(kpis)

    def async_lru() -> Decorate:
        decorate: Decorate = __import__("async_lru").alru_cache(maxsize=1000)
        return decorate

    def aiocache() -> Decorate:
        decorate: Decorate = __import__("aiocache").cached(ttl=3600)
        return decorate

    def cashews() -> Decorate:
        cache = __import__("cashews").Cache()
        cache.setup("mem://")
        decorate: Decorate = cache(ttl=3600, key="{range}:{filter}")
        return decorate

    add(REFERENCE, "async_lru", async_lru)
    add("aiocache (memory)", "aiocache", aiocache)
    add("cashews (memory)", "cashews", cashews)
    return rows


async def http_rows(stack: AsyncExitStack, origin: str) -> dict[str, Call]:
    """Returns caches that replace an HTTP client."""
    rows: dict[str, Call] = {}
    url = f"{origin}/api/web-events/local/kpis?range=7d&filter={TEXT}"
    if importlib.util.find_spec("aiohttp_client_cache"):
        module = __import__("aiohttp_client_cache")
        session = await stack.enter_async_context(
            module.CachedSession(cache=module.CacheBackend(expire_after=3600))
        )

        async def from_session(**_key: object) -> object:
            async with session.get(url) as response:
                return await response.read()

        rows["aiohttp-client-cache (memory)"] = from_session
    else:
        print("aiohttp-client-cache is not installed and left out")
    if importlib.util.find_spec("hishel") and importlib.util.find_spec("httpx"):
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        storage = __import__("hishel").AsyncSqliteStorage(database_path=f"{folder}/responses.db")
        httpx = __import__("hishel.httpx", fromlist=["AsyncCacheClient"])
        client = await stack.enter_async_context(httpx.AsyncCacheClient(storage=storage))

        async def from_client(**_key: object) -> object:
            return await client.get(url)

        rows["hishel (sqlite)"] = from_client
    else:
        print("hishel is not installed and left out")
    return rows


async def microseconds(call: Call, key: object, calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        await call(range="7d", filter=key)
    return (time.perf_counter() - began) / calls * 1e6


async def main() -> None:
    async with AsyncExitStack() as stack:
        origin = await serve(stack)
        client = await stack.enter_async_context(LoguroClient("pat_made-up", base_url=origin))
        project = client.project("local")
        response = await project.kpis(range="7d", filter=TEXT)
        rows = plain_rows(response) | peer_rows(response)
        rows |= await http_rows(stack, origin)
        keyed: dict[str, tuple[Call, object]] = {name: (call, TEXT) for name, call in rows.items()}
        keyed["this package, filter as text"] = (project.kpis, TEXT)
        keyed["this package, filter as a Filter"] = (project.kpis, FILTER)
        taken: dict[str, list[float]] = {name: [] for name in keyed}
        for call, key in keyed.values():
            await call(range="7d", filter=key)
        for _ in range(ROUNDS):
            for name, (call, key) in keyed.items():
                is_slow = await microseconds(call, key, 10) > 20
                taken[name].append(await microseconds(call, key, SLOW_CALLS if is_slow else CALLS))
        assert client.stats.requests == 1, "the response was not cached"
        report({name: statistics.median(times) for name, times in taken.items()})


def report(medians: dict[str, float]) -> None:
    table = Table(
        "cache",
        "one cached response",
        unit="µs",
        reference=REFERENCE if REFERENCE in medians else "a dict behind async def (floor)",
        method=f"The same call again and again, medians of {ROUNDS} interleaved rounds.",
    )
    table.rows = medians
    table.show()


if __name__ == "__main__":
    asyncio.run(main())
