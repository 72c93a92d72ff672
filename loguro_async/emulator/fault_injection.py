"""Carries out faults: other responses, changed or truncated bodies, and connections that break."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from aiohttp import web

from loguro_async.emulator.responses import error_response

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
# SO_LINGER with a timeout of 0: closing sends a reset.
_RESET: Final = struct.pack("ii", 1, 0)


def fault_response(fault: Fault) -> web.Response | None:
    """Returns the response that a fault replaces any other with, if it does."""
    status = fault.status or HTTPStatus.OK
    if fault.body is not None:
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        return web.Response(body=body, status=status, content_type="application/json")
    if fault.status is None or fault.status == HTTPStatus.OK:
        return None
    return error_response(status, _ERRORS.get(status) or _phrase(status))


def _phrase(status: int) -> str:
    """Returns the name of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


async def send(request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
    """Sends a response as a fault says.

    Args:
        request: The request.
        response: The response; the fault may change its headers and body.
        fault: The fault.

    Returns:
        The response for aiohttp to finish.
    """
    if fault.extra_fields:
        response.body = _with_extra_fields(_body(response), fault.extra_fields)
    response.headers.update(fault.headers or {})
    if fault.truncate == "silent":
        await _send_without_length(request, response)
    elif fault.truncate or fault.drip is not None:
        return await _send_in_pieces(request, response, fault)
    return response


def reset(request: web.Request) -> None:
    """Resets the connection without a response."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()


async def _send_in_pieces(
    request: web.Request, response: web.Response, fault: Fault
) -> web.StreamResponse:
    """Sends the body or its first half, byte by byte if the fault has a drip."""
    body = _body(response)
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    with suppress(ConnectionError):  # the client may disconnect before the last byte
        await stream.prepare(request)
        sent = _half(body) if fault.truncate else body
        if fault.drip is None:
            await stream.write(sent)
        for position in range(len(sent) if fault.drip is not None else 0):
            await stream.write(sent[position : position + 1])
            await asyncio.sleep(fault.drip or 0)
    if fault.truncate:
        stream.force_close()
    return stream


async def _send_without_length(request: web.Request, response: web.Response) -> None:
    """Sends half of the body without any length, and closes the connection."""
    if request.transport is None:
        return
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    request.transport.write("\r\n".join([*lines, "", ""]).encode() + _half(_body(response)))
    request.transport.close()


def _half(body: bytes) -> bytes:
    """Returns the first half of a body."""
    return body[: len(body) // 2]


def _body(response: web.Response) -> bytes:
    """Returns the bytes of a response's body."""
    return response.body if isinstance(response.body, bytes) else b""


def _with_extra_fields(body: bytes, fields: Mapping[str, object]) -> bytes:
    """Returns the body with more fields in every object; it stays the same if it is no JSON."""
    try:
        return msgspec.json.encode(_with_fields(msgspec.json.decode(body), fields))
    except msgspec.DecodeError:
        return body


def _with_fields(value: object, fields: Mapping[str, object]) -> object:
    """Returns the value with more fields in every object but a custom event's properties."""
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
