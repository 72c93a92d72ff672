"""A server in a process of its own that can do so much and no more.

Its workers take a constant time for each request, and requests beyond them wait in one queue. It
can also limit its rate, leave requests without a response, and be away for some seconds.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

# Run as a script, too: in its own process, only what is needed is imported.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.raw_server import KPIS

if TYPE_CHECKING:
    from collections.abc import Generator

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(KPIS), KPIS)
TOO_MANY: Final = b"HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
UNAVAILABLE: Final = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Capacity:
    """The capacity of the server.

    Args:
        seconds: How long a worker takes for a request.
        workers: How many there are; `None` for one for each request.
        rate: Requests in a second; others get 429 with `Retry-After: 1`.
        window: How the rate is counted: a bucket that fills evenly and holds as many as are
            allowed in a second, or windows of a second.
        hang_every: Every n-th request gets no response; 0 for none.
        away_after: Responses after which the server is away for `away_seconds`; 0 for never.
        away_seconds: How long it is away.
        away_by: Whether it then responds with 503 or refuses connections.
    """

    seconds: float = 0.0
    workers: int | None = None
    rate: int | None = None
    window: Literal["bucket", "fixed"] = "bucket"
    hang_every: int = 0
    away_after: int = 0
    away_seconds: float = 3.0
    away_by: Literal["503", "refusing"] = "503"


class _Service:
    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.loop = asyncio.get_running_loop()
        self.connections = set[asyncio.Transport]()
        self.requests = self.responses = 0
        self.free_at = [0.0] * (capacity.workers or 0)
        self.is_away = False
        self.allowed = float(capacity.rate or 0)
        self.counted_at = 0.0
        self.port = 0

    async def listen(self) -> None:
        self.server = await self.loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self.port, backlog=4096, reuse_address=True
        )
        self.port = self.server.sockets[0].getsockname()[1]

    def receive(self, connection: asyncio.Transport) -> None:
        self.requests += 1
        if self.is_away:
            connection.write(UNAVAILABLE)
        elif not self.is_within_rate():
            connection.write(TOO_MANY)
        elif not (every := self.capacity.hang_every) or self.requests % every:
            self.loop.call_at(self.finish_at(), self.respond, connection)

    def finish_at(self) -> float:
        """When a worker that takes requests in turn is done with this one."""
        begin = self.loop.time()
        if not self.free_at:
            return begin + self.capacity.seconds
        finish = max(begin, self.free_at[0]) + self.capacity.seconds
        heapq.heapreplace(self.free_at, finish)
        return finish

    def is_within_rate(self) -> bool:
        rate = self.capacity.rate
        if rate is None:
            return True
        now = self.loop.time()
        if self.capacity.window == "bucket":
            self.allowed = min(rate, self.allowed + (now - self.counted_at) * rate)
            self.counted_at = now
        elif now >= self.counted_at + 1:
            self.allowed, self.counted_at = rate, now
        self.allowed -= (is_allowed := self.allowed >= 1)
        return is_allowed

    def respond(self, connection: asyncio.Transport) -> None:
        if connection.is_closing():
            return
        connection.write(OK)
        self.responses += 1
        if self.responses == self.capacity.away_after:
            self.going = self.loop.create_task(self.go_away())

    async def go_away(self) -> None:
        self.is_away = True
        if self.capacity.away_by == "503":
            await asyncio.sleep(self.capacity.away_seconds)
        else:
            self.server.close()
            for connection in [*self.connections]:
                connection.abort()
            await asyncio.sleep(self.capacity.away_seconds)
            await self.listen()
        self.is_away = False


class _Connection(asyncio.Protocol):
    def __init__(self, service: _Service) -> None:
        self._service = service

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._service.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        # The clients send a request whole, and the next one after its response.
        self._service.receive(self._transport)


async def _serve(capacity: Capacity) -> None:
    service = _Service(capacity)
    await service.listen()
    print(service.port, flush=True)
    await asyncio.Event().wait()


@contextmanager
def serving(capacity: Capacity) -> Generator[str]:
    """Runs the server; gives its address."""
    command = [sys.executable, __file__, json.dumps(asdict(capacity))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(Capacity(**json.loads(sys.argv[1]))))
