"""Reads the body of a response, complete and decompressed, and the text of an error's body."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import Final

import aiohttp
import msgspec

from loguro_async.errors import ResponseTooLargeError

ACCEPTED_ENCODINGS: Final = "gzip, deflate"

_ERROR_BODY_BYTES: Final = 64 * 1024


class _ErrorBody(msgspec.Struct):
    """Source: the reference's README: an error body looks like ``{"error": "…"}``."""

    error: str = ""


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Returns the complete body.

    Raises:
        ClientPayloadError: It ended too early, or is not compressed as its headers say.
        ResponseTooLargeError: Decompressed it is larger than ``limit``.
    """
    content = response.content
    decompress = _decompressor(response) if "Content-Encoding" in response.headers else None
    chunks: list[bytes] = []
    size = 0
    while chunk := await content.readany():
        if decompress is not None:
            chunk = decompress(chunk, limit - size + 1)
        size += len(chunk)
        if size > limit:
            response.close()
            message = (
                f"the body is larger than {limit:,} bytes; request a shorter range or fewer rows, "
                "or raise Limits.max_body_bytes"
            )
            raise ResponseTooLargeError(message)
        chunks.append(chunk)
        if content.at_eof():
            break
    if decompress is not None:
        decompress.check_complete()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_error_text(response: aiohttp.ClientResponse, seconds: float) -> str:
    """Returns the text in the body of an error; empty if there is none.

    Reads for ``seconds`` at most and accepts a part of the body, because the status is known
    even without the text.
    """
    body = bytearray()
    with suppress(aiohttp.ClientError, OSError):
        decompress = _decompressor(response)
        async with asyncio.timeout(seconds):
            while (room := _ERROR_BODY_BYTES - len(body)) > 0 and (
                chunk := await response.content.readany()
            ):
                body += chunk[:room] if decompress is None else decompress(chunk, room)
    try:
        return msgspec.json.decode(body, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


class _Decompressor:
    """Decompresses gzip and zlib data piece by piece, up to a limit."""

    __slots__ = ("_encoding", "_inflate")

    def __init__(self, encoding: str) -> None:
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            message = f"its Content-Encoding {encoding} is not one of {ACCEPTED_ENCODINGS}"
            raise aiohttp.ClientPayloadError(message)
        self._encoding = encoding
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # reads either header

    def __call__(self, data: bytes, limit: int) -> bytes:
        """Returns the decompressed data, ``limit`` bytes at most.

        Raises:
            ClientPayloadError: The data is not compressed so.
        """
        try:
            return self._inflate.decompress(data, limit)
        except zlib.error as error:
            message = f"its body is not {self._encoding}, as its Content-Encoding says"
            raise aiohttp.ClientPayloadError(message) from error

    def check_complete(self) -> None:
        """Refuses data that ended too early."""
        if not self._inflate.eof:
            message = f"its {self._encoding} body ended too early"
            raise aiohttp.ClientPayloadError(message)


def _decompressor(response: aiohttp.ClientResponse) -> _Decompressor | None:
    encoding = response.headers.get("Content-Encoding")
    if encoding is None or encoding.lower() == "identity":
        return None
    return _Decompressor(encoding.strip().lower())
