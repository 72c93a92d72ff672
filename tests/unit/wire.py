"""A network that answers as a test says, and what the pipeline needs of its runtime."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest.mock import Mock

from aiohttp import ClientResponse
from aioresponses import CallbackResult, aioresponses

from loguro_async.runtime import Runtime
from tests.contract.reference import golden

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from yarl import URL

NOW: Final = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


def in_loop_time(chance: float = 0.5) -> Runtime:
    """Runtime that wait by the running loop's clock, and whose dice always fall the same."""
    clock = asyncio.get_running_loop().time
    return Runtime(clock=clock, now=lambda: NOW, random=lambda: chance)


class Reply(NamedTuple):
    """What comes back for one request; an error instead of an answer where there is one."""

    status: int = 200
    body: bytes = b'{"items":[]}'
    headers: Mapping[str, str] | None = None
    seconds: float = 0.0
    error: Exception | None = None


KPIS_REPLY: Final = Reply(body=golden("kpis"))


class Asked(NamedTuple):
    """One request. The URL's query is decoded and sorted; what is sent is tested over sockets."""

    url: URL
    headers: Mapping[str, str]
    options: Mapping[str, Any]


class _Response(ClientResponse):
    """aiohttp gives a response the writer of its request; a scripted one has none."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*args, stream_writer=Mock(output_size=0), **options)


class Wire:
    """Answers requests by the end of their path, in the order given; the last answer stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.request_came = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0
        self._replies: dict[str, list[Reply]] = {
            "/local": [Reply(body=golden("events"))],
            "/kpis": [KPIS_REPLY],
            "/timeseries": [Reply(body=golden("timeseries"))],
            "/count": [Reply(body=b'{"count":7}')],
            "/custom-events": [Reply(body=golden("custom-events"))],
            "/sessions": [Reply(body=golden("visitor-sessions"))],
            "": [Reply()],
        }

    def answers(self, end_of_path: str, *replies: Reply) -> None:
        self._replies[end_of_path] = list(replies)

    @property
    def paths(self) -> list[str]:
        return [asked.url.path for asked in self.asked]

    async def _callback(self, url: URL, **options: Any) -> CallbackResult:  # noqa: ANN401
        self.asked.append(Asked(url, options.pop("headers"), options))
        end_of_path = max((end for end in self._replies if url.path.endswith(end)), key=len)
        replies = self._replies[end_of_path]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.request_came.set()
        try:
            await asyncio.sleep(reply.seconds)
        finally:
            self.under_way -= 1
        if reply.error is not None:
            raise reply.error
        return CallbackResult(
            status=reply.status,
            body=reply.body,
            headers=dict(reply.headers or {}),
            response_class=_Response,
        )

    @contextmanager
    def in_place(self) -> Generator[None]:
        """Stand in for the network of every aiohttp session."""
        network: Any = aioresponses()  # types of its own are not complete
        with network:
            network.get(re.compile(""), callback=self._callback, repeat=True)
            yield
