"""The client in aiohttp.web, with a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from loguro_async import ConfigurationError, LoguroClient
from loguro_async.integrations.aiohttp import (
    LOGURO,
    loguro_ctx,
    loguro_error,
    loguro_named,
    loguro_of,
)
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator

SHOP = web.AppKey("shop", LoguroClient)


async def visitors(request: web.Request) -> web.Response:
    kpis = await loguro_of(request).project(request.query.get("slug", "local")).kpis(range="7d")
    return web.json_response(kpis.current.visitors)


async def test_handlers_find_the_client_which_ends_with_the_application(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    app = web.Application()
    app.cleanup_ctx.append(loguro_ctx(holding))
    app.cleanup_ctx.append(loguro_ctx(holding, key=SHOP))
    app.router.add_get("/", visitors)

    async def each_is_its_own(request: web.Request) -> web.Response:
        found = [loguro_of(request), loguro_named(SHOP)(request)]
        return web.json_response(found == holding.made == [request.app[LOGURO], request.app[SHOP]])

    app.router.add_get("/own", each_is_its_own)
    async with TestClient(TestServer(app)) as browser:
        assert await (await browser.get("/")).json() > 0
        assert await (await browser.get("/own")).json() is True
        assert holding.closed == [False, False]
    assert holding.closed == [True, True]


async def test_sub_applications_use_the_client_and_the_middleware_of_the_outer_one(
    loguro_emulator: LoguroEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    holding = Holding(loguro_emulator)
    inner = web.Application()
    inner.router.add_get("/visitors", visitors)
    app = web.Application(middlewares=[loguro_error])
    app.cleanup_ctx.append(loguro_ctx(holding))
    app.add_subapp("/inner", inner)
    async with TestClient(TestServer(app)) as browser:
        assert await (await browser.get("/inner/visitors")).json() > 0
        missing = await browser.get("/inner/visitors", params={"slug": "missing"})
        assert (missing.status, await missing.json()) == (
            404,
            {"error": "no such project, or no access to it"},
        )
        loguro_emulator.revoke(loguro_emulator.token)
        refused = await browser.get("/inner/visitors", params={"slug": "other"})
        assert refused.status == 502
    assert "GET /inner/visitors: AuthenticationError" in caplog.text
    assert loguro_emulator.token not in caplog.text
    assert holding.closed == [True]


async def test_without_the_context_it_says_what_is_missing() -> None:
    request = make_mocked_request("GET", "/", app=web.Application())
    with pytest.raises(ConfigurationError, match=r"append\(loguro_ctx\(\)\)"):
        loguro_of(request)
    with pytest.raises(ConfigurationError, match=r"loguro_ctx\(…, key=…\)"):
        loguro_named(SHOP)(request)
