"""A server in its own process that sends the same body to every request of a path.

A plain asyncio protocol, so that the clients are what is measured.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Generator

KPIS = (
    b'{"current":{"visitors":143,"pageviews":402,"sessions":181,"bounceRate":0.42,'
    b'"avgDurationSec":96.5},"previous":null,"range":{"chip":"7d",'
    b'"from":"2026-06-04T10:00:00.000Z","to":"2026-06-11T10:00:00.000Z","bucket":"day",'
    b'"hasPrevious":true}}'
)
TIMESERIES = b'{"items":[],"bucket":"day"}'
TOP_PAGES = b'{"items":[{"path":"/","count":9,"visitors":7}]}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BODIES = {b"/kpis": KPIS, b"/timeseries": TIMESERIES, b"/top-pages": TOP_PAGES}
_RESPONSES = {path: _HEAD % len(body) + body for path, body in _BODIES.items()}


class _Responder(asyncio.Protocol):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        # The clients send a request in one piece, and the next one after the response.
        target = data.split(b" ", 2)[1].partition(b"?")[0]
        response = _RESPONSES[target[target.rindex(b"/") :]]
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, response)
        else:
            self._transport.write(response)


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Responder(seconds), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(*, seconds: float = 0.0) -> Generator[str]:
    """The server's address, while it runs.

    Args:
        seconds: The delay of each response.
    """
    command = [sys.executable, __file__, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
