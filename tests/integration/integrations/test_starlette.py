"""The client in Starlette and FastAPI, with the real frameworks."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from loguro_async import (
    CircuitOpenError,
    ConfigurationError,
    DeadlineExceededError,
    InvalidQueryError,
    LoguroClient,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
)
from loguro_async.integrations.fastapi import LoguroDep  # noqa: TC001 - looked up by name
from loguro_async.integrations.starlette import (
    loguro_error,
    loguro_lifespan,
    loguro_named,
    loguro_of,
)
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.websockets import WebSocket

    from loguro_async.emulator import LoguroEmulator
    from loguro_async.pytest_plugin import LoguroServer


@pytest.fixture
def holding(loguro_emulator: LoguroEmulator) -> Holding:
    return Holding(loguro_emulator)


@asynccontextmanager
async def started(
    app: Any,  # noqa: ANN401 - of either framework
    *,
    has_state: bool = True,
) -> AsyncGenerator[httpx.AsyncClient]:
    """The application between its start and its end, as a server runs it."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
            given = {"state": dict(state or {})} if has_state else {}
            await app({**scope, **given}, receive, send)

        transport = httpx.ASGITransport(app=with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as browser:
            yield browser


async def visitors(request: Request) -> JSONResponse:
    kpis = await loguro_of(request).project("local").kpis(range="7d")
    return JSONResponse({"visitors": kpis.current.visitors})


async def test_a_client_lives_as_long_as_the_application(holding: Holding) -> None:
    app = Starlette(routes=[Route("/", visitors)], lifespan=loguro_lifespan(holding))
    assert holding.made == []
    async with started(app) as browser:
        assert (await browser.get("/")).json()["visitors"] > 0
        assert holding.closed == [False]
    assert holding.closed == [True]


async def test_it_composes_with_a_lifespan_of_ones_own(holding: Holding) -> None:
    seen: list[object] = []

    @asynccontextmanager
    async def own(_app: object) -> AsyncGenerator[dict[str, object]]:
        seen.append(holding.closed)
        yield {"name": "ann"}
        seen.append(holding.closed)

    async def name(request: Request) -> JSONResponse:
        return JSONResponse([request.state.name, loguro_of(request) is holding.made[0]])

    app = Starlette(routes=[Route("/", name)], lifespan=loguro_lifespan(holding, then=own))
    async with started(app) as browser:
        assert (await browser.get("/")).json() == ["ann", True]
    assert seen == [[False], [False]]
    assert holding.closed == [True]


async def test_a_caller_that_leaves_out_the_state_is_served_too(holding: Holding) -> None:
    app = Starlette(routes=[Route("/", visitors)], lifespan=loguro_lifespan(holding))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as browser,
    ):
        assert (await browser.get("/")).json()["visitors"] > 0


async def test_a_start_that_fails_closes_the_client(holding: Holding) -> None:
    @asynccontextmanager
    async def failing(_app: object) -> AsyncGenerator[None]:
        raise RuntimeError("no database")
        yield

    app = Starlette(lifespan=loguro_lifespan(holding, then=failing))
    with pytest.raises(RuntimeError, match="no database"):
        async with started(app):
            pass
    assert holding.closed == [True]


def test_an_error_in_a_web_socket_is_a_denial(
    loguro_server: LoguroServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def count(socket: WebSocket) -> None:
        await socket.send_json(int(await loguro_of(socket).project("missing").count()))

    app = Starlette(
        routes=[WebSocketRoute("/live", count)],
        lifespan=loguro_lifespan(Holding(loguro_server.emulator)),
        exception_handlers={LoguroError: loguro_error},
    )
    caplog.set_level("INFO")
    with TestClient(app) as browser:
        with pytest.raises(WebSocketDenialResponse) as denied, browser.websocket_connect("/live"):
            pass
        assert denied.value.status_code == 404
    assert "WebSocket /live: ProjectNotFoundError: " in caplog.text


@pytest.mark.parametrize("has_state", [True, False])
async def test_mounted_applications_use_the_client_of_the_outermost(
    holding: Holding, *, has_state: bool
) -> None:
    inner = FastAPI(exception_handlers={LoguroError: loguro_error})

    @inner.get("/visitors")
    async def count(loguro: LoguroDep) -> int:
        return (await loguro.project("local").kpis(range="7d")).current.visitors

    @inner.get("/missing")
    async def missing(loguro: LoguroDep) -> int:
        return int(await loguro.project("missing").count())

    middle = Starlette(routes=[Mount("/inner", inner)])
    app = FastAPI(lifespan=loguro_lifespan(holding))
    app.mount("/middle", middle)
    async with started(app, has_state=has_state) as browser:
        assert (await browser.get("/middle/inner/visitors")).json() > 0
        assert (await browser.get("/middle/inner/missing")).status_code == 404
    assert holding.closed == [True]


async def test_without_the_lifespan_it_says_what_is_missing() -> None:
    request = Request({"type": "http", "headers": [], "state": {}, "app": Starlette()})
    with pytest.raises(ConfigurationError, match="loguro_lifespan"):
        loguro_of(request)


async def test_fastapi_gives_the_client_as_a_dependency(holding: Holding) -> None:
    app = FastAPI(lifespan=loguro_lifespan(holding))

    @app.get("/visitors")
    async def count(loguro: LoguroDep) -> int:
        return (await loguro.project("local").kpis(range="7d")).current.visitors

    async with started(app) as browser:
        assert (await browser.get("/visitors")).json() > 0
    assert holding.closed == [True]


async def test_two_clients_are_distinguished_by_their_names(
    loguro_emulator: LoguroEmulator,
) -> None:
    ours, theirs = Holding(loguro_emulator), Holding(loguro_emulator)
    app = FastAPI(
        lifespan=loguro_lifespan(ours, then=loguro_lifespan(theirs, name="theirs")),
        exception_handlers={LoguroError: loguro_error},
    )

    @app.get("/")
    async def right(
        loguro: LoguroDep,
        other: Annotated[LoguroClient, Depends(loguro_named("theirs"))],
    ) -> list[bool]:
        return [loguro is ours.made[0], other is theirs.made[0]]

    async with started(app) as browser:
        assert (await browser.get("/")).json() == [True, True]
    assert ours.closed == theirs.closed == [True]


async def test_a_name_without_a_client_is_reported() -> None:
    request = Request({"type": "http", "headers": [], "state": {}, "app": Starlette()})
    with pytest.raises(ConfigurationError, match=r"loguro_lifespan\(…, name='theirs'\)"):
        loguro_named("theirs")(request)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InvalidQueryError("limit is 0; give 1 or above"), 400, "limit is 0"),
        (ProjectNotFoundError(404), 404, "no such project"),
        (RateLimitedError(429, retry_after=2.2), 503, "try again later"),
        (CircuitOpenError("open", retry_after=2.2), 503, "try again later"),
        (DeadlineExceededError("late"), 504, "took too long"),
        (QueryFailedError(500), 502, "not available"),
    ],
)
async def test_an_error_becomes_a_response_without_internal_details(
    error: LoguroError, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    async def fail(_request: Request) -> JSONResponse:
        raise error.about(slug="secret-project")

    app = Starlette(routes=[Route("/", fail)], exception_handlers={LoguroError: loguro_error})
    async with started(app) as browser:
        answer = await browser.get("/")
    assert answer.status_code == status
    assert said in answer.json()["error"]
    assert "secret-project" not in answer.text
    assert answer.headers.get("Retry-After") == ("3" if status == 503 else None)
    (record,) = [one for one in caplog.records if one.name.startswith("loguro_async")]
    assert record.getMessage().startswith(f"GET /: {type(error).__name__}: ")
    assert "secret-project" in record.getMessage()


@pytest.mark.parametrize(
    "name", ["aiogram", "discord", "fastapi", "litestar", "slack", "starlette"]
)
def test_without_the_extra_it_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = {"slack": "slack_bolt"}.get(name, name)
    for module in [one for one in sys.modules if one.split(".")[0] == library]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"loguro_async.integrations.{name}", raising=False)
    with pytest.raises(ImportError, match=rf"loguro-async\[{name}\]"):
        import_module(f"loguro_async.integrations.{name}")
