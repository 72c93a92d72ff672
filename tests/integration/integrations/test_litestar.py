"""The client in Litestar, with the real framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from litestar import Litestar, get

from loguro_async.integrations.litestar import (
    LoguroDep,
    LoguroPlugin,
)
from tests.integration.integrations.holding import Holding

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator


@get("/visitors")
async def visitors(loguro: LoguroDep) -> int:
    return (await loguro.project("local").kpis(range="7d")).current.visitors


async def test_handlers_take_the_client_which_ends_with_the_application(
    loguro_emulator: LoguroEmulator,
) -> None:
    holding = Holding(loguro_emulator)
    app = Litestar([visitors], plugins=[LoguroPlugin(holding)])
    assert holding.made == []
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://app") as browser,
    ):
        answer = await browser.get("/visitors")
        assert (answer.status_code, answer.json() > 0) == (200, True)
        assert holding.closed == [False]
    assert holding.closed == [True]


async def test_before_the_start_it_says_that_there_is_no_client_yet() -> None:
    with pytest.raises(RuntimeError, match="has not started"):
        LoguroPlugin()._provide()
