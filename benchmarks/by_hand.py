"""The lower bound: requests by a minimal asyncio protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack


class _Connection(asyncio.Protocol):
    """Sends requests, and receives bodies that arrive in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> asyncio.Future[bytes]:
        self._body: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._body

    def data_received(self, data: bytes) -> None:
        self._body.set_result(data.partition(b"\r\n\r\n")[2])


async def connected(
    stack: AsyncExitStack, origin: str, connections: int
) -> Callable[[str], Awaitable[bytes]]:
    """Returns a function that fetches the body of a path, over a number of connections."""
    host, _, port = origin.removeprefix("http://").partition(":")
    free: list[_Connection] = []
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        _, connection = await loop.create_connection(_Connection, host, int(port))
        stack.callback(connection.transport.close)
        free.append(connection)

    async def fetch(path: str) -> bytes:
        connection = free.pop()
        try:
            return await connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        finally:
            free.append(connection)

    return fetch
