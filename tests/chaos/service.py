"""A service on loopback whose faults a test chooses."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from tests.chaos.faults import Act


class FaultyService:
    """Runs, for each request, the next act of a test.

    Args:
        next_act: Returns the next act.
    """

    def __init__(self, next_act: Callable[[], Act]) -> None:
        self.heads: list[str] = []
        self.base_url = ""
        self._next_act = next_act
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    head = await reader.readuntil(b"\r\n\r\n")
                    self.heads.append(head.decode())
                    await self._next_act()(writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def stop(self) -> None:
        """Closes all connections, however slow they are."""
        connections = tuple(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)


@asynccontextmanager
async def a_service(next_act: Callable[[], Act]) -> AsyncGenerator[FaultyService]:
    service = FaultyService(next_act)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        await service.stop()
