"""A network that responds at once, so that only the work of the client is counted."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from aiohttp import ClientSession

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from yarl import URL

_KPIS = (
    b'{"current":{"visitors":143,"pageviews":402,"sessions":181,"bounceRate":0.42,'
    b'"avgDurationSec":96.5},"previous":null,"range":{"chip":"7d",'
    b'"from":"2026-06-04T10:00:00.000Z","to":"2026-06-11T10:00:00.000Z","bucket":"day",'
    b'"hasPrevious":true}}'
)
_ROWS = 300
_TOP_REFERRERS = json.dumps(
    {"items": [{"referrer": f"{n}.example", "count": 9 * n, "visitors": n} for n in range(_ROWS)]}
).encode()
BODIES = {
    "kpis": _KPIS,
    "timeseries": b'{"items":[],"bucket":"day"}',
    "top-pages": b'{"items":[{"path":"/","count":9,"visitors":7}]}',
    "top-referrers": _TOP_REFERRERS,
}


class _Body:
    """The whole body, and then nothing."""

    def __init__(self, body: bytes) -> None:
        self._chunks = [b"", body]

    async def readany(self) -> bytes:
        return self._chunks.pop()

    def at_eof(self) -> bool:
        return not self._chunks[-1]


class _Response:
    status = 200
    closed = True
    headers: Mapping[str, str] = {}

    def __init__(self, body: bytes) -> None:
        self.content = _Body(body)


class Network:
    """Stands in for aiohttp; each request waits for one turn of the loop."""

    def __init__(self) -> None:
        self.requests = 0

    async def _get(self, url: URL, **_options: object) -> _Response:
        self.requests += 1
        await asyncio.sleep(0)
        return _Response(BODIES[url.name])

    @contextmanager
    def in_place(self) -> Generator[None]:
        """Answer the requests of every session."""
        with patch.object(ClientSession, "get", self._get):
            yield
