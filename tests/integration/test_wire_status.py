"""The status is the outcome, whatever becomes of the body behind it."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    BadRequestError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
)
from tests.calls import a_call
from tests.integration.raw_server import a_server, http_response
from tests.integration.test_wire import reset
from tests.integration.transports import a_transport, failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Act = Callable[[asyncio.StreamWriter, str], Awaitable[None]]

STATUSES = {
    "400 Bad": BadRequestError,
    "401 No": AuthenticationError,
    "404 Gone": ProjectNotFoundError,
    "429 Slow": RateLimitedError,
    "503 Away": QueryFailedError,
}
TEXT = b'{"error":"the token is revoked"}'


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


async def cut(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Content-Length: 100") + TEXT)
    writer.close()


async def missing(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Content-Length: 100"))
    writer.close()


async def reset_in_the_body(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Content-Length: 100") + TEXT)
    await writer.drain()
    await asyncio.sleep(0.02)  # else the system may discard what was sent
    await reset(writer)


async def stalled(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Content-Length: 100") + TEXT)


async def dripping(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Content-Length: 100000"))
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Transfer-Encoding: chunked"))
    while not writer.is_closing():
        writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        await writer.drain()


async def bad_chunk(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(head(status, "Transfer-Encoding: chunked") + b"not a size\r\n")


async def no_gzip(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(http_response(TEXT, status, "Content-Encoding: gzip"))


async def cut_gzip(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(http_response(gzip.compress(TEXT)[:-12], status, "Content-Encoding: gzip"))


async def brotli(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(http_response(b"\x0b\x02\x80" + TEXT + b"\x03", status, "Content-Encoding: br"))


async def unknown(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(http_response(TEXT, status, "Content-Encoding: x\x7f, gzip"))


BODIES: list[Act] = [
    cut,
    missing,
    reset_in_the_body,
    stalled,
    dripping,
    endless,
    bad_chunk,
    no_gzip,
    cut_gzip,
    brotli,
    unknown,
]


@pytest.mark.parametrize("act", BODIES, ids=lambda act: act.__name__)
async def test_a_broken_body_does_not_hide_the_status(act: Act) -> None:
    statuses = iter(STATUSES)

    async def next_status(writer: asyncio.StreamWriter) -> None:
        await act(writer, next(statuses))

    for kind in STATUSES.values():
        async with a_server(next_status) as server, a_transport(server.base_url) as transport:
            began = time.monotonic()
            call = a_call(deadline=began + 0.5)
            assert type(await failure(transport, call)) is kind
            assert time.monotonic() - began < 0.5
            assert call.attempts == 1


async def test_the_body_of_an_error_is_awaited_for_about_a_second() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        await stalled(writer, "401 No")

    async with a_server(act) as server, a_transport(server.base_url) as transport:
        began = time.monotonic()
        assert isinstance(
            await failure(transport, a_call(attempt_timeout=0.3)), AuthenticationError
        )
        assert 0.9 < time.monotonic() - began < 4


async def test_the_text_is_complete_however_it_arrives() -> None:
    sizes = itertools.cycle([1, 5, 1000])

    async def act(writer: asyncio.StreamWriter) -> None:
        whole, size = http_response(TEXT, "401 No"), next(sizes)
        for start in range(0, len(whole), size):
            writer.write(whole[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)

    async with a_server(act) as server, a_transport(server.base_url) as transport:
        for _ in range(3):
            error = await failure(transport, a_call())
            assert isinstance(error, AuthenticationError)
            assert error.reason == "the token is revoked"
        assert server.connections == 1


async def test_a_compressed_text_is_read() -> None:
    wire = http_response(gzip.compress(TEXT), "401 No", "Content-Encoding: gzip")
    async with a_server(wire) as server, a_transport(server.base_url) as transport:
        error = await failure(transport, a_call())
    assert isinstance(error, AuthenticationError)
    assert error.reason == "the token is revoked"


async def test_the_status_comes_before_the_deadline() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        await stalled(writer, "401 No")

    async with a_server(act) as server, a_transport(server.base_url) as transport:
        began = time.monotonic()
        error = await failure(transport, a_call(deadline=began + 0.4))
        assert isinstance(error, AuthenticationError)
        assert time.monotonic() - began < 0.4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"too\u001b]0;title\u0007 much\u001b[2J\u202edata\u009b1m\u2028", "too muchdata"),
        (r"two\r\nX-Evil: lines", "two X-Evil: lines"),
        (r"a\u0000b\ud800c", None),
    ],
)
async def test_the_text_acts_on_no_terminal(text: str, shown: str | None) -> None:
    wire = http_response(f'{{"error":"{text}"}}'.encode(), "400 Bad", "X-Request-Id: r\x1b[2J-1")
    async with a_server(wire) as server, a_transport(server.base_url) as transport:
        error: Any = await failure(transport, a_call())
    assert str(error).isprintable()
    assert shown is None or error.reason == shown
