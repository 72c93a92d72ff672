"""A server that reads requests as bytes and writes back whatever bytes a test gives it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http_response(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer, as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class RawServer:
    """The requests of each connection, and the bytes to send next."""

    def __init__(self, act: Act) -> None:
        self.heads: list[str] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        self.asked = asyncio.Event()
        self.base_url = ""
        self._act = act

    @property
    def request_lines(self) -> list[str]:
        return [head.split("\r\n", 1)[0] for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                self.asked.set()
                await self._act(writer)
                await writer.drain()
        self.hung_up.set()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def a_server(act: bytes | Act) -> AsyncGenerator[RawServer]:
    """A server on loopback that does the same for each request.

    Args:
        act: The bytes to answer with, or what to do with the connection.
    """

    async def write(writer: asyncio.StreamWriter) -> None:
        assert isinstance(act, bytes)
        writer.write(act)

    raw = RawServer(write if isinstance(act, bytes) else act)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield raw
        if raw.connections:
            # The test's client is closed by now: nothing of a connection may be left to the next.
            await asyncio.wait_for(raw.hung_up.wait(), 10)
