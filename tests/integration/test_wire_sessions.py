"""A caller's own session: what it adds, and what it may do wrong."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async import ConfigurationError, ConnectError, LoguroClient, LoguroError, TransportError
from loguro_async.connection import ConnectionOptions
from loguro_async.pipeline.stats import Counters
from tests.calls import a_call
from tests.contract.reference import golden
from tests.integration.raw_server import a_server, http_response
from tests.integration.test_wire import hang_up, reset, silence
from tests.integration.transports import TOKEN, a_call_with, a_transport, failure

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = http_response(golden("kpis"))


def shown(error: BaseException) -> str:
    """All that a tool for error reports would show, locals of each frame included."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other credentials for the host, in the user's own file."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("whose", ["the client's", "the caller's"])
async def test_the_token_goes_before_credentials_of_netrc(whose: str) -> None:
    async with a_server(WHOLE) as server, aiohttp.ClientSession(trust_env=True) as session:
        options: dict[str, Any] = {"session": session}
        if whose == "the client's":
            options = {"trust_env": True}
        async with a_transport(server.base_url, **options) as transport:
            assert await transport.send(a_call()) == golden("kpis")
        await session.close()
    assert server.heads[0].count("\r\nAuthorization: ") == 1
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n" in server.heads[0]


async def failing_middleware(_request: Any, _handler: Any) -> Any:  # noqa: ANN401
    raise KeyError("no credentials for this host")


async def failing_trace(_session: Any, _context: Any, _params: Any) -> None:  # noqa: ANN401
    raise RuntimeError("the tracer is not started")


def a_trace(event: str) -> dict[str, Any]:
    trace = aiohttp.TraceConfig()
    getattr(trace, event).append(failing_trace)
    return {"trace_configs": [trace]}


@pytest.mark.parametrize(
    "options",
    [
        {"middlewares": (failing_middleware,)},
        a_trace("on_request_start"),
        a_trace("on_connection_create_start"),
        a_trace("on_request_headers_sent"),
        a_trace("on_request_end"),
        {"headers": {"Authorization": "Basic b3RoZXI="}, "trust_env": True},
    ],
    ids=["middleware", "start", "connect", "headers", "end", "two credentials"],
)
@pytest.mark.usefixtures("netrc")
async def test_its_failures_are_errors_of_this_package(options: dict[str, Any]) -> None:
    async with a_server(WHOLE) as server:
        async with (
            aiohttp.ClientSession(**options) as session,
            LoguroClient(TOKEN, base_url=server.base_url, session=session) as client,
        ):
            with pytest.raises(ConfigurationError, match="session given to the client") as caught:
                await client.project("local").kpis()
            assert client.stats.in_flight == 0
        server.hung_up.set()  # some fail before they connect
    assert TOKEN not in shown(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.attempts == 1


@pytest.mark.parametrize("act", [reset, hang_up], ids=lambda act: act.__name__)
@pytest.mark.parametrize("whose", ["the client's", "the caller's"])
async def test_a_broken_connection_is_one_request(act: Any, whose: str) -> None:  # noqa: ANN401
    counters = Counters()
    call = a_call()
    async with a_server(act) as server, aiohttp.ClientSession() as session:
        async with a_transport(
            server.base_url, session=None if whose == "the client's" else session, counters=counters
        ) as transport:
            error = await failure(transport, call)
        assert type(error) is TransportError
        assert "no complete response" in str(error)
        assert TOKEN not in shown(error)
        assert len(server.heads) == call.attempts == counters.requests == 1


async def test_requests_that_its_middleware_repeats_are_counted() -> None:
    async def twice(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:  # noqa: ANN401
        first = await handler(request)
        first.close()
        return await handler(request)  # type: ignore[no-any-return]

    counters = Counters()
    call = a_call()
    async with a_server(WHOLE) as server:
        async with (
            aiohttp.ClientSession(middlewares=(twice,)) as session,
            a_transport(server.base_url, session=session, counters=counters) as transport,
        ):
            await transport.send(call)
        assert len(server.heads) == call.attempts == counters.requests == 2


async def test_its_own_settings_stay_and_the_client_s_are_added() -> None:
    seen: list[str] = []

    async def noted(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:  # noqa: ANN401
        seen.append(str(request.url))
        return await handler(request)  # type: ignore[no-any-return]

    async with (
        a_server(WHOLE) as server,
        aiohttp.ClientSession(
            headers={"X-From": "caller", "Accept": "text/html"},
            middlewares=(noted,),
            raise_for_status=True,
            timeout=aiohttp.ClientTimeout(total=1e-6),
        ) as session,
        a_transport(server.base_url, session=session, headers={"X-Team": "growth"}) as transport,
    ):
        await transport.send(a_call_with({"traceparent": "00-1"}))
    for line in (
        "X-From: caller",
        "X-Team: growth",
        "traceparent: 00-1",
        "Accept: application/json",
    ):
        assert f"\r\n{line}\r\n" in server.heads[0]
    assert len(seen) == 1


def test_the_environment_is_the_session_s_own_matter() -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(ConfigurationError, match="trust_env"):
                async with a_transport("http://127.0.0.1:9", session=session, trust_env=True):
                    raise AssertionError

    asyncio.run(main())
    assert ConnectionOptions(trust_env=True).trust_env


async def test_cancellation_passes_untouched() -> None:
    async with (
        a_server(silence) as server,
        aiohttp.ClientSession() as session,
        a_transport(server.base_url, session=session) as transport,
    ):
        request = asyncio.ensure_future(transport.send(a_call()))
        await server.asked.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


@pytest.mark.parametrize("whose", ["the client's", "the caller's"])
async def test_a_session_closed_meanwhile_is_named_by_its_owner(whose: str) -> None:
    async with a_server(silence) as server, aiohttp.ClientSession() as session:
        is_own = whose == "the client's"
        async with a_transport(server.base_url, session=None if is_own else session) as transport:
            request = asyncio.ensure_future(failure(transport, a_call()))
            await server.asked.wait()
            await (transport.aclose() if is_own else session.close())
            error = await request
            after = await failure(transport, a_call())
    assert type(error) is type(after)
    assert ("the client was closed" if is_own else "session given to the client") in str(error)
    assert "keep it open" not in str(error) or not is_own


async def test_a_transport_that_never_sent_does_not_open_after_its_end() -> None:
    async with a_transport("http://127.0.0.1:9") as transport:
        await transport.aclose()
        error = await failure(transport, a_call())
    assert "the client was closed" in str(error)


async def test_no_error_shows_the_token_in_a_frame() -> None:
    wires = [
        http_response(b"{}", "401 No"),
        http_response(b"x", "200 OK", "Content-Encoding: gzip"),
        b"SSH\r\n",
    ]
    errors: list[LoguroError] = []
    for wire in wires:
        async with a_server(wire) as server:
            async with a_transport(server.base_url) as transport:
                errors.append(await failure(transport, a_call_with({"traceparent": "00-1"})))
                errors.append(await failure(transport, a_call(attempt_timeout=5)))
            server.hung_up.set()
    async with a_transport("http://127.0.0.1:1") as transport:
        errors.append(await failure(transport, a_call()))
    assert isinstance(errors[-1], ConnectError)
    assert len(errors) == 7
    for error in errors:
        assert TOKEN not in shown(error)
        assert error.__cause__ is None
        assert error.__context__ is None
