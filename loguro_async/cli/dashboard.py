"""``loguro-async dashboard``: the dashboard of one project, on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer
from aiohttp import web

from loguro_async.dashboard import Access, aiohttp_dashboard

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.query.filters import Filter


async def show_dashboard(client: LoguroClient, slug: str, *, filter: Filter, port: int) -> None:
    """Serve the dashboard to this machine alone, until Ctrl-C.

    Args:
        client: Closed in the end.
        slug: The project.
        filter: What the dashboard is about.
        port: 0 takes a free one.

    Raises:
        InvalidQueryError: The slug cannot be right.
        OSError: The port is taken.
    """
    access = Access(project=slug, filter=filter)

    def decide(_request: Any) -> Access:  # noqa: ANN401 - whoever asks is on this machine
        return access

    async with client:
        app = web.Application()
        app.add_subapp("/dashboard", aiohttp_dashboard(client, decide))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            typer.echo(f"http://127.0.0.1:{runner.addresses[0][1]}/dashboard/")
            typer.echo("Ctrl-C ends it.", err=True)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
