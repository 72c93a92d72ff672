"""The faults of a service, or of a proxy in between: each a few raw bytes.

Every fault names the errors that a call may end in; an empty list means that the call must succeed.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from functools import cache
from typing import NamedTuple

from loguro_async.errors import (
    AuthenticationError,
    BadRequestError,
    DeadlineExceededError,
    DecodeError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    RedirectError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
)
from tests.contract.reference import golden

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]

GOOD = golden("kpis")
TOKEN = "pat_kept-to-itself"
LARGEST = 1024 * 1024


class Fault(NamedTuple):
    """The fault of one request, and the errors that the call may end in; without retries.

    Attributes:
        act: What happens to the request.
        errors: The errors that the call may end in; empty where it must succeed.
        holds: Whether the service makes all further calls wait for a long time.
    """

    act: Act
    errors: tuple[type[Exception], ...] = ()
    holds: bool = False


def response(body: bytes = GOOD, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def sending(wire: bytes) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        await writer.drain()

    return act


def then_closing(wire: bytes) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        await writer.drain()
        writer.close()

    return act


def then_resetting(wire: bytes) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        await writer.drain()
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    return act


def dripping(wire: bytes) -> Act:
    """Sends a byte every few milliseconds, for far longer than any call waits."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for byte in wire:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)
        await asyncio.sleep(60)

    return act


@cache
def bomb() -> bytes:
    """A small body that is a large one when it is unpacked."""
    return gzip.compress(b" " * (64 * LARGEST), compresslevel=9)


def status(line: str, *headers: str, body: bytes = b'{"error":"the text"}') -> Act:
    return sending(response(body, *headers, status=line))


def body(content: bytes, *headers: str) -> Act:
    return sending(response(content, *headers))


_HEAD = b"HTTP/1.1 200 OK\r\n"
_LENGTH = b"Content-Length: %d\r\n\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_BROKEN = (TransportError,)
_LATE = (DeadlineExceededError,)
_UNREADABLE = (DecodeError,)

FAULTS: dict[str, Fault] = {
    # the connection
    "reset": Fault(then_resetting(b""), _BROKEN),
    "hang up": Fault(then_closing(b""), _BROKEN),
    "reset in the body": Fault(then_resetting(_HEAD + _LENGTH % 500 + GOOD[:50]), _BROKEN),
    "cut with a length": Fault(then_closing(_HEAD + _LENGTH % 5000 + GOOD), _BROKEN),
    "cut in a chunk": Fault(then_closing(_CHUNKED + b"fff\r\n" + GOOD[:50]), _BROKEN),
    "cut between chunks": Fault(then_closing(_CHUNKED + b"5\r\n" + GOOD[:5] + b"\r\n"), _BROKEN),
    "cut without a length": Fault(then_closing(_HEAD + b"\r\n" + GOOD[:90]), _UNREADABLE),
    "closed after the response": Fault(then_closing(response())),
    "silence": Fault(dripping(b""), _LATE),
    "headers that drip": Fault(dripping(response()), _LATE),
    "a body that drips": Fault(dripping(_HEAD + _LENGTH % 9000), _LATE),
    # no HTTP
    "no HTTP": Fault(then_closing(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), _BROKEN),
    "no status": Fault(then_closing(b"HTTP/1.1 abc OK\r\n\r\n"), _BROKEN),
    "an endless status line": Fault(then_closing(b"HTTP/1.1 200 " + b"k" * 100_000), _BROKEN),
    "a huge header": Fault(then_closing(response(GOOD, "X-Much: " + "x" * 100_000)), _BROKEN),
    "10,000 headers": Fault(
        then_closing(response(GOOD, *(f"X-{number}: 1" for number in range(10_000)))), _BROKEN
    ),
    "two lengths": Fault(then_closing(response(GOOD, "Content-Length: 5")), _BROKEN),
    "a length that is none": Fault(
        then_closing(_HEAD + b"Content-Length: many\r\n\r\n" + GOOD), _BROKEN
    ),
    "chunks of no size": Fault(then_closing(_CHUNKED + b"zz\r\n" + GOOD), _BROKEN),
    # bodies
    "HTML with 200": Fault(body(b"<!doctype html><title>Sign in</title>"), _UNREADABLE),
    "an empty body": Fault(body(b""), _UNREADABLE),
    "204": Fault(sending(b"HTTP/1.1 204 No Content\r\n\r\n"), (StatusError,)),
    "304": Fault(sending(b"HTTP/1.1 304 Not Modified\r\n\r\n"), (StatusError,)),
    "a byte order mark": Fault(body(b"\xef\xbb\xbf" + GOOD), _UNREADABLE),
    "UTF-16": Fault(body(GOOD.decode().encode("utf-16")), _UNREADABLE),
    "latin-1": Fault(body(b'{"current":"caf\xe9"}'), _UNREADABLE),
    "a charset of its own": Fault(body(GOOD, "Content-Type: text/plain; charset=utf-7")),
    "null": Fault(body(b"null"), _UNREADABLE),
    "depth": Fault(body(b"[" * 100_000), _UNREADABLE),
    "depth in a new field": Fault(
        body(GOOD[:-2] + b',"deep":' + b"[" * 50_000 + b"]" * 50_000 + b"}"), _UNREADABLE
    ),
    "a huge integer": Fault(
        body(GOOD.replace(b'"visitors": 143', b'"visitors": ' + b"9" * 5000)), _UNREADABLE
    ),
    "a negative count": Fault(
        body(GOOD.replace(b'"visitors": 143', b'"visitors": -1')), _UNREADABLE
    ),
    "not a number": Fault(body(GOOD.replace(b"0.42", b"NaN")), _UNREADABLE),
    "too large": Fault(body(b" " * (LARGEST + 1)), (ResponseTooLargeError,)),
    "a gzip bomb": Fault(body(bomb(), "Content-Encoding: gzip"), (ResponseTooLargeError,)),
    "gzip that is none": Fault(body(GOOD, "Content-Encoding: gzip"), _BROKEN),
    # statuses
    "redirect": Fault(
        status("302 Found", "Location: http://127.0.0.1:9/elsewhere"), (RedirectError,)
    ),
    "400": Fault(status("400 Bad Request"), (BadRequestError,)),
    "401": Fault(status("401 Unauthorized"), (AuthenticationError,)),
    "403": Fault(status("403 Forbidden"), (StatusError,)),
    "404": Fault(status("404 Not Found"), (ProjectNotFoundError,)),
    "429": Fault(status("429 Too Many Requests"), (RateLimitedError,)),
    "429, later": Fault(
        status("429 Too Many Requests", "Retry-After: 3600"), (RateLimitedError,), holds=True
    ),
    "429, nonsense": Fault(
        status("429 Too Many Requests", "Retry-After: soon"), (RateLimitedError,)
    ),
    "500": Fault(status("500 Internal Server Error"), (QueryFailedError,)),
    "502, HTML": Fault(
        status("502 Bad Gateway", body=b"<html>bad gateway</html>"), (QueryFailedError,)
    ),
    "503": Fault(status("503 Service Unavailable"), (QueryFailedError,)),
    "504": Fault(status("504 Gateway Timeout"), (QueryFailedError,)),
    "599": Fault(status("599 Odd"), (QueryFailedError,)),
    # what gives the token away, if anything does
    "an echo of the token": Fault(
        status(f"500 {TOKEN}", f"X-Request-Id: {TOKEN}", body=b'{"error":"%s"}' % TOKEN.encode()),
        (QueryFailedError,),
    ),
    "an echo in a body": Fault(body(b'{"current":"%s"}' % TOKEN.encode()), _UNREADABLE),
    "a cookie": Fault(body(GOOD, "Set-Cookie: session=1; Path=/")),
}
