"""How an answer reaches the caller: whole, or as a fault has it."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator.faults import Fault

_ERRORS: Final[Mapping[int, str]] = {
    400: "Invalid project identifier",
    401: "Invalid token",
    404: "Project not found",
    429: "Too many requests",
    500: "Query failed",
}
# On, with no time to linger: closing sends a reset at once.
_RESET: Final = struct.pack("ii", 1, 0)


def json_response(content: object, status: int = HTTPStatus.OK) -> web.Response:
    """An answer in JSON."""
    return web.Response(
        body=msgspec.json.encode(content), status=status, content_type="application/json"
    )


def error_response(status: int, message: str) -> web.Response:
    """An answer that something went wrong.

    Source: "Status codes"; the body is `{"error": …}`.
    """
    return json_response({"error": message}, status)


def canned(fault: Fault) -> web.Response | None:
    """The answer that a fault gives whatever was asked, if it gives one."""
    status = fault.status or HTTPStatus.OK
    if fault.body is not None:
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        return web.Response(body=body, status=status, content_type="application/json")
    if fault.status is None or fault.status == HTTPStatus.OK:
        return None
    return error_response(status, _ERRORS.get(status) or _phrase(status))


def _phrase(status: int) -> str:
    """What a status is called."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


async def deliver(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    """Send an answer as a fault has it.

    Args:
        request: What was asked.
        response: The answer; its headers and body are changed where the fault says so.
        fault: What goes wrong.

    Returns:
        What aiohttp shall finish; nothing is left to be done for a connection that was cut.
    """
    if fault.extra_fields:
        response.body = _widened(_body(response), fault.extra_fields)
    response.headers.update(fault.headers or {})
    if fault.truncate == "silent":
        await _send_without_length(request, response)
    elif fault.truncate or fault.drip is not None:
        return await _send_in_pieces(request, response, fault)
    return response


def reset(request: web.Request) -> None:
    """Cut the connection without a word."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()


async def _send_in_pieces(
    request: web.Request, response: web.Response, fault: Fault
) -> web.StreamResponse:
    """Send the body, or its first half, byte by byte where it shall drip."""
    body = _body(response)
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    with suppress(ConnectionError):  # the caller may be gone before the last byte
        await stream.prepare(request)
        sent = _half(body) if fault.truncate else body
        if fault.drip is None:
            await stream.write(sent)
        for place in range(len(sent) if fault.drip is not None else 0):
            await stream.write(sent[place : place + 1])
            await asyncio.sleep(fault.drip or 0)
    if fault.truncate:
        stream.force_close()
    return stream


async def _send_without_length(request: web.Request, response: web.Response) -> None:
    """Send half of the body with nothing that tells its length, and close."""
    if request.transport is None:
        return
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    request.transport.write("\r\n".join([*lines, "", ""]).encode() + _half(_body(response)))
    request.transport.close()


def _half(body: bytes) -> bytes:
    """The first half of a body."""
    return body[: len(body) // 2]


def _body(response: web.Response) -> bytes:
    """The bytes of an answer's body."""
    return response.body if isinstance(response.body, bytes) else b""


def _widened(body: bytes, fields: Mapping[str, object]) -> bytes:
    """The body with more fields in every object; a body that is no JSON stays as it is."""
    try:
        return msgspec.json.encode(_with_fields(msgspec.json.decode(body), fields))
    except msgspec.DecodeError:
        return body


def _with_fields(value: object, fields: Mapping[str, object]) -> object:
    """The value with more fields in every object but a custom event's own properties."""
    if isinstance(value, list):
        return [_with_fields(item, fields) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        inner = {
            name: item if name == "custom_props" else _with_fields(item, fields)
            for name, item in found.items()
        }
        return {**fields, **inner}
    return value
