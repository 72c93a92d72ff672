"""A network that responds as a test says, and a runtime in the time of the event loop."""

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


def in_loop_time(random: float = 0.5) -> Runtime:
    """Returns a runtime with the clock of the running loop, and always the same random number."""
    clock = asyncio.get_running_loop().time
    return Runtime(clock=clock, now=lambda: NOW, random=lambda: random)


class Reply(NamedTuple):
    """The response to one request, or the error that is raised instead."""

    status: int = 200
    body: bytes = b'{"items":[]}'
    headers: Mapping[str, str] | None = None
    seconds: float = 0.0
    error: Exception | None = None


KPIS_REPLY: Final = Reply(body=golden("kpis"))


class SentRequest(NamedTuple):
    """One request. The URL's query is decoded and sorted; what is sent is tested over sockets."""

    url: URL
    headers: Mapping[str, str]
    options: Mapping[str, Any]


_NOTHING_SENT: Final = Mock(output_size=0)


class _Response(ClientResponse):
    """aiohttp gives a response the writer of its request; a scripted one has none."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*args, stream_writer=_NOTHING_SENT, **options)


class Wire:
    """Responds to requests by the end of their path, in the order given; the last reply stays."""

    def __init__(self) -> None:
        self.requests: list[SentRequest] = []
        self.request_came = asyncio.Event()
        self.in_flight = 0
        self.most_in_flight = 0
        self._replies: dict[str, list[Reply]] = {
            "/local": [Reply(body=golden("events"))],
            "/kpis": [KPIS_REPLY],
            "/timeseries": [Reply(body=golden("timeseries"))],
            "/count": [Reply(body=b'{"count":7}')],
            "/custom-events": [Reply(body=golden("custom-events"))],
            "/sessions": [Reply(body=golden("visitor-sessions"))],
            "": [Reply()],
        }

    def respond(self, end_of_path: str, *replies: Reply) -> None:
        self._replies[end_of_path] = list(replies)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    async def _callback(self, url: URL, **options: Any) -> CallbackResult:  # noqa: ANN401
        self.requests.append(SentRequest(url, options.pop("headers"), options))
        end_of_path = max((end for end in self._replies if url.path.endswith(end)), key=len)
        replies = self._replies[end_of_path]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.request_came.set()
        try:
            await asyncio.sleep(reply.seconds)
        finally:
            self.in_flight -= 1
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
