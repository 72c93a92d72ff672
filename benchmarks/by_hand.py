"""The limit: requests by a plain asyncio protocol, which can do nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack


class _Connection(asyncio.Protocol):
    """As little as a request can be: bytes out, a body of known length in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._answer.set_result(data.partition(b"\r\n\r\n")[2])


async def connected(
    stack: AsyncExitStack, origin: str, connections: int
) -> Callable[[str], Awaitable[bytes]]:
    """What gives the body of a path, over as many connections as were asked for."""
    host, _, port = origin.removeprefix("http://").partition(":")
    free: list[_Connection] = []
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        _, connection = await loop.create_connection(_Connection, host, int(port))
        stack.callback(connection.transport.close)
        free.append(connection)

    async def ask(path: str) -> bytes:
        connection = free.pop()
        try:
            return await connection.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        finally:
            free.append(connection)

    return ask
