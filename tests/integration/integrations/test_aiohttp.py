"""The client in aiohttp.web, with a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from loguro_async import LoguroClient
from loguro_async.integrations.aiohttp import LOGURO, loguro_ctx
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator

SHOP = web.AppKey("shop", LoguroClient)


async def visitors(request: web.Request) -> web.Response:
    kpis = await request.app[LOGURO].project("local").kpis(range="7d")
    return web.json_response(kpis.current.visitors)


async def test_handlers_find_the_client_which_ends_with_the_application(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    app = web.Application()
    app.cleanup_ctx.append(loguro_ctx(holding))
    app.cleanup_ctx.append(loguro_ctx(holding, key=SHOP))
    app.router.add_get("/", visitors)
    async with TestClient(TestServer(app)) as browser:
        answer = await browser.get("/")
        assert await answer.json() > 0
        assert app[LOGURO] is holding.made[0]
        assert app[SHOP] is holding.made[1]
        assert holding.closed == [False, False]
    assert holding.closed == [True, True]
