"""Connections: how they are opened, reused, closed, and made through proxies."""

from __future__ import annotations

import asyncio
import base64
import gzip
import itertools
import socket
import ssl
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from loguro_async import (
    ConfigurationError,
    ConnectError,
    ResponseTooLargeError,
    TransportError,
)
from loguro_async.errors import AttemptTimeoutError
from loguro_async.pipeline import session as session_module
from loguro_async.pipeline.retry import is_transient
from loguro_async.pipeline.stats import Counters
from tests.calls import a_call
from tests.contract.reference import golden
from tests.integration.raw_server import a_server, http_response
from tests.integration.test_wire import silence
from tests.integration.transports import TOKEN, a_call_with, a_transport, failure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.pipeline.transport import Transport

KPIS = golden("kpis")
WHOLE = http_response(KPIS)


# --- connections that are kept --------------------------------------------------------------------


@pytest.mark.parametrize(
    "extra",
    [
        http_response(b'{"stolen":1}'),
        http_response(b'{"stolen":1}', "500 Oops"),
        http_response(b'{"stolen":1}')[:-3],
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"garbage\r\n\r\n",
        b"\x00",
    ],
    ids=["response", "error", "half a response", "no content", "garbage", "zero"],
)
@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "late"])
async def test_a_connection_with_unread_bytes_is_not_used_again(
    extra: bytes,
    is_late: bool,  # noqa: FBT001
) -> None:
    went_idle = asyncio.Event()
    was_sent = asyncio.Event()
    is_first = iter([True])

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(WHOLE)
        if not next(is_first, False):
            return
        if is_late:
            await writer.drain()
            await went_idle.wait()
        writer.write(extra)
        await writer.drain()
        was_sent.set()

    async with a_server(act) as server, a_transport(server.base_url) as transport:
        try:
            assert await transport.send(a_call()) == KPIS
        except TransportError:
            assert not is_late  # a response that garbage follows at once cannot be told from it
        went_idle.set()
        await was_sent.wait()
        await asyncio.sleep(0.02)  # it arrives
        assert await transport.send(a_call()) == KPIS
        assert server.connections == 2


async def test_idle_connections_stay_open_for_more_than_a_minute() -> None:
    async with a_server(WHOLE) as server, a_transport(server.base_url) as transport:
        await transport.send(a_call())
        connector: Any = _connector(transport)
        assert 75 <= connector._keepalive_timeout <= 120
        [(connection, idle_since)] = next(iter(connector._conns.values()))
        # As if a minute had gone by.
        connector._conns[next(iter(connector._conns))][0] = (connection, idle_since - 65)
        await transport.send(a_call())
        assert server.connections == 1


def _connector(transport: Transport) -> Any:  # noqa: ANN401 - aiohttp's private parts
    assert transport._own_session is not None
    return transport._own_session.connector


async def test_a_dead_peer_is_noticed_by_the_system() -> None:
    async with a_server(WHOLE) as server, a_transport(server.base_url) as transport:
        await transport.send(a_call())
        [(connection, _)] = next(iter(_connector(transport)._conns.values()))
        opened: socket.socket = connection.transport.get_extra_info("socket")
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        limits = {
            "TCP_KEEPIDLE": (1, 10),
            "TCP_KEEPALIVE": (1, 10),
            "TCP_KEEPINTVL": (1, 5),
            "TCP_KEEPCNT": (1, 5),
            "TCP_USER_TIMEOUT": (5_000, 15_000),
        }
        known = {name: span for name, span in limits.items() if hasattr(socket, name)}
        assert known
        for name, (least, most) in known.items():
            with suppress(OSError):  # Python knows the option, and this system may not
                assert least <= opened.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) <= most


async def test_connecting_takes_ten_seconds_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert session_module._CONNECT_SECONDS == 10
    monkeypatch.setattr(session_module, "_CONNECT_SECONDS", 0.05)

    async def never(*_arguments: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", never)
    async with a_transport("http://127.0.0.1:9") as transport:
        error = await failure(transport, a_call())
    assert isinstance(error, ConnectError)
    assert is_transient(error)


# --- the time of an attempt -----------------------------------------------------------------------


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(WHOLE[:-20])


@pytest.mark.parametrize("act", [silence, half], ids=lambda act: act.__name__)
async def test_an_attempt_ends_at_its_own_time(act: Any) -> None:  # noqa: ANN401
    counters = Counters()
    call = a_call(attempt_timeout=0.05)
    async with a_server(act) as server, a_transport(server.base_url, counters=counters) as t:
        error = await failure(t, call)
        assert isinstance(error, AttemptTimeoutError)
        assert isinstance(error, TimeoutError)
        assert is_transient(error)
        assert "attempt_timeout=0.05" in str(error)
        assert error.__context__ is None
        assert (call.attempts, counters.requests, counters.in_flight) == (1, 1, 0)
        await asyncio.wait_for(server.hung_up.wait(), 10)


async def test_an_attempt_notes_when_it_began() -> None:
    call = a_call()
    assert call.sent_at is None
    async with a_server(WHOLE) as server, a_transport(server.base_url) as transport:
        for _ in range(2):
            began = time.monotonic()
            await transport.send(call)
            assert call.sent_at is not None
            assert began <= call.sent_at <= time.monotonic()
    assert call.attempts == 2


async def test_a_response_that_came_while_the_loop_was_blocked_is_used() -> None:
    asked = asyncio.Event()

    async def act(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(0.01)
        # In pieces, which no single turn of the loop reads.
        for start in range(0, len(WHOLE), 40):
            writer.write(WHOLE[start : start + 40])
            await writer.drain()

    async with a_server(act) as server, a_transport(server.base_url) as transport:
        requests = [
            asyncio.ensure_future(transport.send(a_call(attempt_timeout=0.05))) for _ in range(8)
        ]
        await asked.wait()
        await asyncio.sleep(0.02)
        time.sleep(0.3)  # noqa: ASYNC251 - blocks the loop on purpose
        assert await asyncio.gather(*requests) == [KPIS] * 8
        await transport.aclose()


async def test_cancelling_a_timed_attempt_is_no_timeout() -> None:
    async with a_server(silence) as server, a_transport(server.base_url) as transport:
        request = asyncio.ensure_future(transport.send(a_call(attempt_timeout=60)))
        await server.asked.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert request.cancelled()


# --- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(KPIS)[:-6], "gzip"),
        (gzip.compress(KPIS)[:-30], "gzip"),
        (b"", "gzip"),
        (KPIS, "gzip"),
        (KPIS, "br"),
        (KPIS, "zstd, gzip"),
    ],
    ids=["no checksum", "cut", "empty", "plain", "brotli", "two"],
)
async def test_a_wrongly_encoded_body_is_no_response(body: bytes, encoding: str) -> None:
    wire = http_response(body, "200 OK", f"Content-Encoding: {encoding}")
    async with a_server(wire) as server, a_transport(server.base_url) as transport:
        error = await failure(transport, a_call())
    assert type(error) is TransportError


@pytest.mark.parametrize("encoding", ["identity", "GZIP", "x-gzip"])
async def test_encodings_go_by_several_names(encoding: str) -> None:
    body = KPIS if encoding == "identity" else gzip.compress(KPIS)
    wire = http_response(body, "200 OK", f"Content-Encoding: {encoding}")
    async with a_server(wire) as server, a_transport(server.base_url) as transport:
        assert await transport.send(a_call()) == KPIS


@pytest.mark.parametrize("too_many", [0, 1])
async def test_the_cap_counts_what_is_decompressed(too_many: int) -> None:
    body = b" " * ((1 << 20) + too_many)
    wire = http_response(gzip.compress(body), "200 OK", "Content-Encoding: gzip")
    async with a_server(wire) as server, a_transport(server.base_url) as transport:
        if too_many:
            assert isinstance(await failure(transport, a_call()), ResponseTooLargeError)
        else:
            assert await transport.send(a_call()) == body


# --- proxies and certificates ---------------------------------------------------------------------


async def test_a_proxy_gets_its_own_credentials() -> None:
    async with a_server(WHOLE) as proxy:
        address = proxy.base_url.replace("//", "//me:p%40ss@")
        async with a_transport("http://127.0.0.1:9", proxy=address) as transport:
            assert await transport.send(a_call()) == KPIS
    credentials = base64.b64encode(b"me:p@ss").decode()
    assert proxy.request_lines == ["GET http://127.0.0.1:9/api/web-events/local/kpis HTTP/1.1"]
    assert f"\r\nProxy-Authorization: Basic {credentials}\r\n" in proxy.heads[0]
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n" in proxy.heads[0]


async def test_the_environment_may_name_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_server(WHOLE) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with a_transport("http://127.0.0.1:9", trust_env=True) as transport:
            assert await transport.send(a_call()) == KPIS
    assert proxy.request_lines[0].startswith("GET http://127.0.0.1:9/")


@pytest.mark.parametrize("status", ["407 Who are you", "403 No"])
async def test_a_proxy_that_refuses_the_tunnel_sees_no_token(status: str) -> None:
    async with a_server(http_response(b"", status)) as proxy:
        address = proxy.base_url.replace("//", "//me:hunter2@")
        async with a_transport("https://logu.ro", proxy=address) as transport:
            error = await failure(transport, a_call())
        proxy.hung_up.set()
    assert isinstance(error, ConnectError)
    assert "check the proxy" in str(error)
    assert "hunter2" not in f"{error!r} {error}"
    assert proxy.request_lines == ["CONNECT logu.ro:443 HTTP/1.1"]
    assert TOKEN not in proxy.heads[0]


async def test_a_proxy_that_is_away_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://me:hunter2@127.0.0.1:{unused.getsockname()[1]}"
        async with a_transport("https://logu.ro", proxy=proxy) as transport:
            error = await failure(transport, a_call())
    assert isinstance(error, ConnectError)
    assert "check the proxy" in str(error)
    assert "hunter2" not in f"{error!r} {error}"


@asynccontextmanager
async def tls_server(authority: trustme.CA) -> AsyncGenerator[str]:
    """A service whose certificate is signed by an unknown authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(WHOLE)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_private_authority_is_trusted_where_its_context_is_given() -> None:
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]
    async with tls_server(authority) as origin:
        async with a_transport(origin, ssl=context) as transport:
            assert await transport.send(a_call()) == KPIS
        async with a_transport(origin) as transport:
            error = await failure(transport, a_call())
    assert isinstance(error, ConnectError)
    assert "ssl=ssl.create_default_context(cafile=" in str(error)


async def test_extra_headers_go_with_every_request() -> None:
    headers = {"X-Team": "growth", "User-Agent": "weekly-report/1.0"}
    async with a_server(WHOLE) as server, a_transport(server.base_url, headers=headers) as t:
        for more in itertools.repeat({"X-Team": "other"}, 2):
            await t.send(a_call_with(more))
    assert len(server.heads) == 2
    for head in server.heads:
        assert head.count("\r\nX-Team: ") == 1
        assert "\r\nX-Team: growth\r\n" in head
        assert "\r\nUser-Agent: weekly-report/1.0\r\n" in head


@pytest.mark.parametrize(
    "proxy", ["user:secret@127.0.0.1:9", "http://user:secret@127.0.0.1:999999", "http://[::1"]
)
async def test_a_proxy_of_the_environment_that_is_no_url_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    async with a_transport("http://127.0.0.1:9", trust_env=True) as transport:
        with pytest.raises(ConfigurationError, match="HTTP_PROXY") as caught:
            await transport.send(a_call())
    assert "secret" not in str(caught.value)
