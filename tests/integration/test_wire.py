"""Hostile and broken responses, byte for byte."""

from __future__ import annotations

import asyncio
import gc
import gzip
import itertools
import logging
import socket
import struct
import traceback
import tracemalloc
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async import (
    AuthenticationError,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    Limits,
    LoguroClient,
    LoguroError,
    QueryFailedError,
    RedirectError,
    ResponseTooLargeError,
    TransportError,
)
from tests.contract.reference import golden
from tests.integration.raw_server import RawServer, a_server, http_response

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "pat_kept-to-itself"
WHOLE = http_response(golden("kpis"))


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """A socket or a session that was not closed is an error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def a_client(server: RawServer, **options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    options.setdefault("retry", None)
    return LoguroClient(TOKEN, base_url=server.base_url, **options)


async def failure(wire: bytes, **options: Any) -> LoguroError:  # noqa: ANN401 - as above
    async with a_server(wire) as server, a_client(server, **options) as client:
        with pytest.raises(LoguroError) as caught:
            await client.project("local").kpis()
    return caught.value


# --- what comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_redirects_are_refused_so_that_the_token_goes_nowhere_else(status: str) -> None:
    async with a_server(WHOLE) as elsewhere:
        error = await failure(http_response(b"", status, f"Location: {elsewhere.base_url}/stolen"))
        assert elsewhere.heads == []
    assert isinstance(error, RedirectError)
    assert "base_url" in str(error)


def compressed(body: bytes, encoding: str) -> bytes:
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    return http_response(packed, "200 OK", f"Content-Encoding: {encoding}")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_body_is_understood(encoding: str) -> None:
    wire = compressed(golden("kpis"), encoding)
    async with a_server(wire) as server, a_client(server) as client:
        assert (await client.project("local").kpis()).raw == golden("kpis")


@pytest.mark.parametrize("status", ["200 OK", "500 Oops"])
async def test_a_gzip_bomb_is_given_up_before_it_fills_the_memory(status: str) -> None:
    bomb = gzip.compress(bytes(200 << 20), compresslevel=1)
    wire = http_response(bomb, status, "Content-Encoding: gzip")
    del bomb
    tracemalloc.start()
    try:
        error = await failure(wire, limits=Limits(max_body_bytes=1 << 20))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(error, ResponseTooLargeError | QueryFailedError)
    assert peak < 24 << 20


async def test_a_body_without_end_is_given_up() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()

    async with (
        a_server(act) as server,
        a_client(server, limits=Limits(max_body_bytes=1 << 20)) as c,
    ):
        with pytest.raises(ResponseTooLargeError, match="max_body_bytes"):
            await c.project("local").kpis()


async def test_a_body_in_many_chunks_is_put_together() -> None:
    body = golden("kpis")

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 50):
            part = body[start : start + 50]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")

    async with a_server(act) as server, a_client(server) as client:
        assert (await client.project("local").kpis()).raw == body


async def reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def cut_short(writer: asyncio.StreamWriter) -> None:
    writer.write(WHOLE[:-20])
    writer.close()


async def cut_in_a_chunk(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n{")
    writer.close()


async def reset_in_the_body(writer: asyncio.StreamWriter) -> None:
    writer.write(WHOLE[:-20])
    await writer.drain()
    await reset(writer)


BROKEN = [reset, hang_up, cut_short, cut_in_a_chunk, reset_in_the_body]


@pytest.mark.parametrize("act", BROKEN, ids=lambda act: act.__name__)
async def test_a_broken_connection_is_a_transport_error(act: Any) -> None:  # noqa: ANN401
    async with a_server(act) as server, a_client(server) as client:
        with pytest.raises(TransportError, match="no complete response") as caught:
            await client.project("local").kpis()
        assert client.stats.in_flight == 0
    assert not isinstance(caught.value, ConnectError)
    assert (caught.value.slug, caught.value.endpoint, caught.value.attempts) == ("local", "kpis", 1)


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        http_response(b"this is no gzip", "200 OK", "Content-Encoding: gzip"),
    ],
    ids=["ssh", "status", "length", "header", "gzip"],
)
async def test_a_response_that_is_no_http_is_a_transport_error(wire: bytes) -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        writer.close()

    async with a_server(act) as server, a_client(server) as client:
        with pytest.raises(TransportError):
            await client.project("local").kpis()


async def test_half_a_body_that_looks_whole_is_not_believed() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + golden("kpis")[:-20])
        writer.close()

    async with a_server(act) as server, a_client(server) as client:
        with pytest.raises(DecodeError) as caught:
            await client.project("local").kpis()
        assert client.stats.cache_entries == 0
    assert caught.value.body == golden("kpis")[:-20]


async def test_a_closed_port_is_a_connect_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with LoguroClient(TOKEN, base_url=f"http://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(ConnectError, match="base_url"):
                await client.project("local").kpis()


# --- deadlines and ends ---------------------------------------------------------------------------


async def drip(writer: asyncio.StreamWriter) -> None:
    """One byte after another, each soon enough for a timeout between two reads."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for byte in itertools.repeat(b" "):
        if writer.is_closing():
            return
        writer.write(byte)
        await writer.drain()
        await asyncio.sleep(0.005)


async def silence(writer: asyncio.StreamWriter) -> None:
    await writer.drain()


@pytest.mark.parametrize("act", [drip, silence], ids=lambda act: act.__name__)
async def test_a_deadline_ends_the_call_and_hangs_up(act: Any) -> None:  # noqa: ANN401
    async with a_server(act) as server, a_client(server) as client:
        with pytest.raises(DeadlineExceededError):
            await client.project("local").kpis(timeout=0.05)
        await asyncio.wait_for(server.hung_up.wait(), 10)
        assert client.stats.in_flight == 0


async def test_a_cancelled_call_hangs_up() -> None:
    async with a_server(silence) as server, a_client(server) as client:
        call = asyncio.ensure_future(client.project("local").kpis())
        await server.asked.wait()
        call.cancel()
        await asyncio.wait_for(server.hung_up.wait(), 10)
        assert call.cancelled()
        assert client.stats.in_flight == 0


async def test_closing_hangs_up_at_once_where_nothing_is_under_way() -> None:
    async with a_server(WHOLE) as server:
        client = a_client(server)
        await client.project("local").kpis()
        await client.aclose()
        await asyncio.wait_for(server.hung_up.wait(), 10)
        with pytest.raises(ClientClosedError):
            await client.project("local").kpis()


async def test_the_caller_s_session_keeps_its_connection_for_the_caller() -> None:
    async with a_server(WHOLE) as server, aiohttp.ClientSession() as session:
        async with a_client(server, session=session) as client:
            await client.project("local").kpis()
        async with session.get(server.base_url) as response:
            assert await response.read() == golden("kpis")
        assert server.connections == 1


# --- what must never show -------------------------------------------------------------------------


def all_texts(error: BaseException) -> str:
    """All that a log of an error could show, its causes included."""
    told = "".join(traceback.format_exception(error))
    while True:
        told += f"{error} {error!r} {error.args} {vars(error)}"
        following = error.__cause__ or error.__context__
        if following is None:
            return told
        error = following


@pytest.mark.parametrize(
    "act", [*BROKEN, "401", "redirect", "json"], ids=lambda act: getattr(act, "__name__", act)
)
async def test_the_token_shows_in_no_error_or_log(
    act: Any,  # noqa: ANN401
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    wires = {
        "401": http_response(f'{{"error":"bad token {TOKEN}"}}'.encode(), f"401 No {TOKEN}"),
        "redirect": http_response(b"", "302 Found", f"Location: http://127.0.0.1:9/{TOKEN}"),
        "json": http_response(b"{"),
    }
    async with (
        a_server(wires[act] if isinstance(act, str) else act) as server,
        a_client(server) as client,
    ):
        with pytest.raises(LoguroError) as caught:
            await client.project("local").kpis()
        if act == "401":
            assert isinstance(caught.value, AuthenticationError)
    assert TOKEN not in all_texts(caught.value)
    assert TOKEN not in caplog.text
