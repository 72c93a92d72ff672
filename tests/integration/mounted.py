"""Dashboards mounted in real servers on this machine."""

# ruff: noqa: ANN401 - options go on to what is mounted

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from aiohttp import web
from starlette.applications import Starlette

from loguro_async.dashboard import aiohttp_dashboard, dashboard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from loguro_async import LoguroClient
    from loguro_async.dashboard import Access, Decide


def sees(access: Access) -> Decide:
    """A host that shows everybody the same."""

    def decide(_request: object) -> Access:
        return access

    return decide


@asynccontextmanager
async def by_asgi(
    client: LoguroClient, decide: Decide, **options: Any
) -> AsyncGenerator[str, None]:
    """A Starlette application with the dashboard at /stats; gives the dashboard's address."""
    app = Starlette()
    app.mount("/stats", dashboard(client, decide, **options))
    async with by_server(app) as origin:
        yield f"{origin}/stats"


@asynccontextmanager
async def by_server(app: Any) -> AsyncGenerator[str, None]:
    """An ASGI application behind uvicorn, which stops although clients stay; gives its address."""
    # From Python 3.12.1 on, uvicorn's `force_exit` also waits until every client has left.
    # On a busy machine, a test may pause longer than the 5 s after which uvicorn disconnects.
    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def by_aiohttp(
    client: LoguroClient, decide: Decide, **options: Any
) -> AsyncGenerator[str, None]:
    """An aiohttp application with the dashboard at /stats; gives the dashboard's address."""
    app = web.Application()
    app.add_subapp("/stats", aiohttp_dashboard(client, decide, **options))
    async with by_runner(app) as origin:
        yield f"{origin}/stats"


@asynccontextmanager
async def by_runner(app: web.Application) -> AsyncGenerator[str, None]:
    """An aiohttp application behind its own server; gives its address."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
