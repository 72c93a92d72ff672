from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from unittest.mock import Mock

import aiohttp
import pytest

from loguro_async import __version__
from loguro_async.connection import ConnectionOptions
from loguro_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConnectError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    RedirectError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
)
from loguro_async.pipeline.stats import Counters
from loguro_async.pipeline.transport import Transport
from loguro_async.runtime import Runtime
from tests.contract.reference import golden
from tests.unit.wire import NOW, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.pipeline.call import Call
    from tests.unit.wire import Wire

TOKEN = "pat_kept-to-itself"


@asynccontextmanager
async def a_transport(
    *,
    session: aiohttp.ClientSession | None = None,
    connection: ConnectionOptions | None = None,
    max_body_bytes: int = 1 << 20,
    counters: Counters | None = None,
) -> AsyncGenerator[Transport]:
    transport = Transport(
        "https://logu.ro/prefix",
        TOKEN,
        session=session,
        connection=connection or ConnectionOptions(),
        max_body_bytes=max_body_bytes,
        runtime=Runtime(now=lambda: NOW),
        counters=counters or Counters(),
    )
    try:
        yield transport
    finally:
        await transport.aclose()


async def failure(call: Call) -> Exception:
    async with a_transport() as transport:
        with pytest.raises((StatusError, TransportError)) as caught:
            await transport.send(call)
    return caught.value


async def status_error(call: Call) -> StatusError:
    error = await failure(call)
    assert isinstance(error, StatusError)
    return error


async def test_returns_the_bytes_of_the_body(wire: Wire, call: Call) -> None:
    async with a_transport() as transport:
        assert await transport.send(call) == golden("kpis")
    assert [str(request.url) for request in wire.requests] == [
        "https://logu.ro/prefix/api/web-events/local/kpis?filter=path:/pricing&range=7d"
    ]


async def test_sends_the_token_and_a_user_agent(wire: Wire, call: Call) -> None:
    async with a_transport() as transport:
        await transport.send(call)
    headers = wire.requests[0].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"].startswith(f"loguro-async/{__version__} ")


async def test_counts_requests_and_attempts(wire: Wire, call: Call, counters: Counters) -> None:
    wire.respond("/kpis", Reply(status=500), Reply())
    async with a_transport(counters=counters) as transport:
        with pytest.raises(QueryFailedError):
            await transport.send(call)
        await transport.send(call)
    assert (call.attempts, counters.requests, counters.in_flight) == (2, 2, 0)


async def test_a_request_is_in_flight_until_it_ends_or_is_cancelled(
    wire: Wire, call: Call, counters: Counters
) -> None:
    wire.respond("/kpis", Reply(seconds=3600))
    async with a_transport(counters=counters) as transport:
        request = asyncio.create_task(transport.send(call))
        await wire.request_came.wait()
        assert counters.in_flight == 1
        request.cancel()
        await asyncio.wait({request})
    assert (counters.in_flight, wire.in_flight) == (0, 0)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (404, ProjectNotFoundError),
        (429, RateLimitedError),
        (500, QueryFailedError),
        (502, QueryFailedError),
        (503, QueryFailedError),
        (599, QueryFailedError),
        (301, RedirectError),
        (307, RedirectError),
        (204, StatusError),
        (403, StatusError),
        (418, StatusError),
    ],
)
async def test_every_status_but_200_has_its_error(
    wire: Wire, call: Call, status: int, kind: type[StatusError]
) -> None:
    wire.respond(
        "/kpis", Reply(status, b'{"error": "what\\n\\n went  wrong"}', {"X-Request-Id": "r-1"})
    )
    error = await status_error(call)
    assert type(error) is kind
    assert (error.status, error.reason, error.request_id) == (status, "what went wrong", "r-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b'{"message": "no error here"}',
        b'{"error": 7}',
        b'{"error": "\xff"}',
        b"[" * 60_000,
        b'{"error": ' + b"[" * 60_000,
    ],
    ids=["empty", "html", "other member", "no text", "bad utf-8", "deep", "deep error"],
)
async def test_an_error_body_of_another_kind_gives_no_reason(
    wire: Wire, call: Call, body: bytes
) -> None:
    wire.respond("/kpis", Reply(502, body))
    error = await status_error(call)
    assert error.reason == ""
    assert "\n" not in str(error)


async def test_a_long_reason_is_shortened(wire: Wire, call: Call) -> None:
    wire.respond("/kpis", Reply(400, b'{"error": "' + b"x" * 5000 + b'"}'))
    assert (await status_error(call)).reason == "x" * 200


async def test_a_response_that_repeats_the_token_does_not_reveal_it(wire: Wire, call: Call) -> None:
    body = f'{{"error": "no such token: {TOKEN}"}}'.encode()
    wire.respond("/kpis", Reply(401, body, {"X-Request-Id": f"of {TOKEN}"}))
    error = await status_error(call)
    assert error.reason == "no such token: pat_***"
    assert TOKEN not in f"{error} {error!r} {vars(error)}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("Thu, 11 Jun 2026 10:00:30 GMT", 30.0),
        ("Thu, 11 Jun 2026 10:00:30 -0000", 30.0),
        ("Thu, 11 Jun 2026 11:00:30 +0100", 30.0),
        ("Thu, 11 Jun 2026 09:59:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("700", 700.0),
        ("1" + "0" * 30, 1e9),
        ("9" * 400, 1e9),
        ("9" * 5000, 1e9),
        ("-" + "9" * 400, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("Thu, 99 Jun 2026 10:00:30 GMT", None),
        ("Thu, 11 Jun 9999999999 10:00:30 GMT", None),
    ],
)
async def test_retry_after_is_seconds_or_a_date(
    wire: Wire, call: Call, text: str, seconds: float | None
) -> None:
    wire.respond("/kpis", Reply(429, headers={"Retry-After": text}))
    assert (await status_error(call)).retry_after == seconds


async def test_a_date_to_retry_after_is_counted_from_the_clock_of_the_service(
    wire: Wire, call: Call
) -> None:
    headers = {
        "Date": "Thu, 11 Jun 2026 09:00:00 GMT",
        "Retry-After": "Thu, 11 Jun 2026 09:00:30 GMT",
    }
    wire.respond("/kpis", Reply(429, headers=headers))
    assert (await status_error(call)).retry_after == 30.0


async def test_without_retry_after_an_error_has_none(wire: Wire, call: Call) -> None:
    wire.respond("/kpis", Reply(429))
    assert (await status_error(call)).retry_after is None


@pytest.mark.parametrize("too_many", [0, 1])
async def test_a_body_may_be_as_large_as_the_cap_and_no_larger(
    wire: Wire, call: Call, too_many: int
) -> None:
    wire.respond("/kpis", Reply(body=b"x" * (100_000 + too_many)))
    async with a_transport(max_body_bytes=100_000) as transport:
        if too_many:
            with pytest.raises(ResponseTooLargeError, match="100,000 bytes"):
                await transport.send(call)
        else:
            assert len(await transport.send(call)) == 100_000


async def test_an_empty_body_is_returned_unchanged(wire: Wire, call: Call) -> None:
    wire.respond("/kpis", Reply(body=b""))
    async with a_transport() as transport:
        assert await transport.send(call) == b""


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (
            aiohttp.ClientConnectorError(
                Mock(host="logu.ro", port=443, ssl=True), OSError(errno.ECONNREFUSED, "refused")
            ),
            ConnectError,
        ),
        (aiohttp.ServerDisconnectedError(), TransportError),
        (aiohttp.ClientPayloadError("cut short"), TransportError),
        (ConnectionResetError(errno.ECONNRESET, "reset"), TransportError),
        (TimeoutError(), TransportError),
        (aiohttp.ClientConnectionError(f"with {TOKEN} in it"), TransportError),
    ],
    ids=["refused", "disconnected", "payload", "reset", "timeout", "token"],
)
async def test_connection_failures_have_their_own_errors_without_the_request(
    wire: Wire, call: Call, cause: Exception, kind: type[TransportError]
) -> None:
    wire.respond("/kpis", Reply(error=cause))
    error = await failure(call)
    assert type(error) is kind
    assert "https://logu.ro/prefix" in str(error)
    assert TOKEN not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


async def test_a_404_below_a_path_names_the_path(wire: Wire, call: Call) -> None:
    wire.respond("/kpis", Reply(404))
    assert str(await status_error(call)).endswith(", and the path /prefix of base_url")


async def test_redirects_are_not_followed(wire: Wire, call: Call) -> None:
    wire.respond("/kpis", Reply(302, headers={"Location": "https://elsewhere.example/"}))
    assert isinstance(await status_error(call), RedirectError)
    assert len(wire.requests) == 1


async def test_a_session_that_raises_for_a_status_itself_changes_nothing(
    wire: Wire, call: Call
) -> None:
    wire.respond("/kpis", Reply(404))
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        a_transport(session=session) as transport,
    ):
        with pytest.raises(ProjectNotFoundError):
            await transport.send(call)


async def test_the_client_s_own_session_is_opened_for_the_first_request_and_closed(
    wire: Wire, call: Call
) -> None:
    async with a_transport() as transport:
        assert transport._own_session is None
        await transport.send(call)
        await transport.send(call)
        session = transport._own_session
        assert session is not None
        assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
        assert not session.trust_env
    assert session.closed


async def test_the_caller_s_session_is_used_and_stays_open(wire: Wire, call: Call) -> None:
    async with aiohttp.ClientSession(headers={"X-From": "caller"}) as session:
        async with a_transport(session=session) as transport:
            await transport.send(call)
        assert not session.closed
    assert wire.requests[0].headers["X-From"] == "caller"


async def test_a_closed_session_of_the_caller_is_named_in_the_error(wire: Wire, call: Call) -> None:
    session = aiohttp.ClientSession()
    await session.close()
    async with a_transport(session=session) as transport:
        with pytest.raises(ConfigurationError, match="session given to the client"):
            await transport.send(call)
    assert wire.requests == []
