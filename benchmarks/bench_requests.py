"""What one uncached request costs, 64 at a time, beside what others charge."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import httpx
import msgspec
import uvloop
from pydantic import BaseModel
from yarl import URL

from benchmarks.raw_server import serving
from benchmarks.tables import Table, medians_in_turn
from loguro_async import Kpis, LoguroClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Ask = Callable[[], Awaitable[object]]

AT_ONCE = 64
REQUESTS = 4_000
SLOW_REQUESTS = 400
ROUNDS = 7
PATH = "/api/web-events/local/kpis"
HEADERS = {"Authorization": "Bearer pat_made-up"}
FLOOR = "aiohttp at its floor (prebuilt URL, no cookies, msgspec)"
DECODER = msgspec.json.Decoder(Kpis)


class Values(BaseModel):
    visitors: int
    pageviews: int
    sessions: int
    bounceRate: float  # noqa: N815 - as people write it
    avgDurationSec: float  # noqa: N815 - the same


class Answer(BaseModel):
    current: Values
    previous: Values | None
    range: dict[str, Any]


class Connection(asyncio.Protocol):
    """As little as a request can be: bytes out, a body of known length in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._answer.set_result(data.partition(b"\r\n\r\n")[2])


async def by_hand(stack: AsyncExitStack, origin: str) -> Ask:
    host, _, port = origin.removeprefix("http://").partition(":")
    free: list[Connection] = []
    loop = asyncio.get_running_loop()
    for _ in range(AT_ONCE):
        _, connection = await loop.create_connection(Connection, host, int(port))
        free.append(connection)
    for connection in free:
        stack.callback(connection.transport.close)
    request = f"GET {PATH}?range=7d HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    async def ask() -> Kpis:
        connection = free.pop()
        try:
            return DECODER.decode(await connection.ask(request))
        finally:
            free.append(connection)

    return ask


async def rows_of(stack: AsyncExitStack, origin: str) -> dict[str, tuple[Ask, int]]:
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

    project = client.project("local")
    return {
        "an asyncio protocol by hand (the limit)": (await by_hand(stack, origin), REQUESTS),
        FLOOR: (floor, REQUESTS),
        # Asked anew, kept, and counted: all of the client's stages are at work.
        "this package": (partial(project.kpis, range="7d", cache="reload"), REQUESTS),
        "aiohttp as people write it (params=, json())": (as_people_write_it, REQUESTS),
        "httpx and pydantic": (with_httpx, SLOW_REQUESTS),
    }


async def microseconds(ask: Ask, requests: int) -> float:
    left = iter(range(requests))

    async def work() -> None:
        for _ in left:
            await ask()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return (time.perf_counter() - began) / requests * 1e6


async def measure(origin: str) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        rows = await rows_of(stack, origin)
        measures = {name: partial(microseconds, *row) for name, row in rows.items()}
        return await medians_in_turn(measures, rounds=ROUNDS)


def main() -> None:
    for loop, factory in (("asyncio", None), ("uvloop", uvloop.new_event_loop)):
        table = Table(
            f"requests-{loop}",
            f"one uncached request, {AT_ONCE} at a time, on {loop}",
            unit="µs",
            reference=FLOOR,
            method=(
                f"The server is a plain protocol in another process. Medians of {ROUNDS} rounds "
                "that take turns. This package has cache, retries, breaker, limits and statistics."
            ),
        )
        with serving() as origin, asyncio.Runner(loop_factory=factory) as runner:
            table.rows = runner.run(measure(origin))
        table.show()


if __name__ == "__main__":
    main()
