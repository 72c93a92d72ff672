"""The client in Litestar, with the real framework."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from litestar import Litestar, Request, asgi, get
from litestar.types import Receive, Scope, Send  # noqa: TC002 - looked up by name

from loguro_async import ConfigurationError, LoguroError
from loguro_async.integrations.litestar import (
    LoguroDep,
    LoguroPlugin,
    loguro_error,
    loguro_named,
    loguro_of,
)
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async.emulator import LoguroEmulator


@get("/visitors")
async def visitors(loguro: LoguroDep) -> int:
    return (await loguro.project("local").kpis(range="7d")).current.visitors


@get("/count/{slug:str}")
async def count(request: Request[Any, Any, Any]) -> int:
    return int(await loguro_of(request).project(request.path_params["slug"]).count())


@asynccontextmanager
async def started(app: Litestar) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://app") as browser,
    ):
        yield browser


async def test_handlers_take_the_client_which_ends_with_the_application(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    plugin = LoguroPlugin(holding)
    app = Litestar([visitors], plugins=[plugin])
    assert holding.made == []
    async with started(app) as browser:
        response = await browser.get("/visitors")
        assert (response.status_code, response.json() > 0) == (200, True)
        assert plugin.client is holding.made[0]
        assert holding.closed == [False]
    assert holding.closed == [True]
    async with started(app) as browser:  # again, as tests do
        assert (await browser.get("/visitors")).status_code == 200
    assert holding.closed == [True, True]


async def test_two_clients_are_distinguished_by_their_names(
    loguro_emulator: LoguroEmulator,
) -> None:
    ours, theirs = Holding(loguro_emulator), Holding(loguro_emulator)

    @get("/")
    async def each_is_its_own(
        request: Request[Any, Any, Any], loguro: LoguroDep, partner: LoguroDep
    ) -> bool:
        found = [loguro_of(request), loguro_named("partner")(request)]
        return found == [loguro, partner] == [ours.made[0], theirs.made[0]]

    plugins = [LoguroPlugin(ours), LoguroPlugin(theirs, name="partner")]
    async with started(Litestar([each_is_its_own], plugins=plugins)) as browser:
        assert (await browser.get("/")).json() is True
    assert ours.closed == theirs.closed == [True]


async def test_an_error_becomes_a_response_and_is_logged(
    loguro_emulator: LoguroEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    app = Litestar(
        [count],
        plugins=[LoguroPlugin(Holding(loguro_emulator))],
        exception_handlers={LoguroError: loguro_error},
        logging_config=None,  # Litestar's own removes pytest's handler
    )
    async with started(app) as browser:
        assert (await browser.get("/count/local")).json() > 0
        missing = await browser.get("/count/missing")
        assert (missing.status_code, missing.json()) == (
            404,
            {"error": "no such project, or no access to it"},
        )
        loguro_emulator.fail(429, headers={"Retry-After": "60"})
        refused = await browser.get("/count/local?again")
        assert refused.status_code == 200  # cached
        refused = await browser.get("/count/shop")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "GET /count/shop: RateLimitedError: " in caplog.text


async def test_a_mounted_litestar_uses_the_same_plugin(loguro_emulator: LoguroEmulator) -> None:
    holding = Holding(loguro_emulator)
    plugin = LoguroPlugin(holding)
    inner = Litestar([visitors, count], plugins=[plugin])

    @asgi("/inner", is_mount=True, copy_scope=True)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    async with started(Litestar([mounted], plugins=[plugin])) as browser:
        assert (await browser.get("/inner/visitors")).json() > 0
        assert (await browser.get("/inner/count/local")).json() > 0
    assert holding.closed == [True]


async def test_without_the_plugin_or_a_start_it_says_what_is_missing(
    loguro_emulator: LoguroEmulator,
) -> None:
    plugin = LoguroPlugin(Holding(loguro_emulator))
    with pytest.raises(ConfigurationError, match=r"plugins=\[LoguroPlugin\(\)\]"):
        _ = plugin.client
    app = Litestar([count], exception_handlers={LoguroError: loguro_error})
    async with started(app) as browser:
        response = await browser.get("/count/local")
    assert (response.status_code, response.json()) == (500, {"error": "analytics are not set up"})


async def test_a_plugin_of_a_running_application_is_refused_elsewhere(
    loguro_emulator: LoguroEmulator,
) -> None:
    plugin = LoguroPlugin(Holding(loguro_emulator))
    async with started(Litestar([], plugins=[plugin])):
        with pytest.raises(ExceptionGroup) as refused:  # Litestar starts in a task group
            async with started(Litestar([], plugins=[plugin])):
                pass
        assert refused.group_contains(ConfigurationError, match="give each one of its own")
