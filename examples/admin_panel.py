"""An admin panel in FastAPI: figures of its own, and the dashboard mounted beside them."""

from __future__ import annotations

import argparse
import asyncio
import html
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles

from loguro_async import LoguroClient, LoguroError
from loguro_async.dashboard import Access, dashboard
from loguro_async.emulator import LoguroEmulator
from loguro_async.integrations.fastapi import LoguroDep, loguro_error, loguro_lifespan, loguro_of

if TYPE_CHECKING:
    import socket

OWN = Path(__file__).with_name("admin_panel")

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Admin</title>
<h1>Admin</h1>
<p>{visitors:,} visitors in the last 7 days. Most viewed: {page}.</p>
<p><a href="/analytics/">All figures</a> · <a href="/own">A page of our own</a></p>
"""


def panel(loguro: LoguroEmulator) -> FastAPI:
    """The application; with a real Loguro, ``LoguroClient()`` reads the token by itself."""

    def connect() -> LoguroClient:
        return LoguroClient(loguro.token, base_url=loguro.base_url)

    app = FastAPI(
        lifespan=loguro_lifespan(connect),
        exception_handlers={LoguroError: loguro_error},
    )
    # The lifespan makes the client and closes it; the dashboard finds it by the request.
    app.mount("/analytics", dashboard(loguro_of, lambda _request: Access(project="local")))
    app.mount("/static", StaticFiles(directory=OWN))

    @app.get("/", response_class=HTMLResponse)
    async def home(loguro: LoguroDep) -> str:
        overview = await loguro.project("local").overview(range="7d", limit=1)
        labels = [page.label for page in overview.top_pages.items]
        return PAGE.format(
            visitors=overview.kpis.current.visitors,
            page=html.escape(labels[0] or "unknown")
            if labels
            else "nothing yet",  # written by strangers
        )

    @app.get("/own")
    async def own() -> FileResponse:
        """A page of plain JavaScript that draws from the dashboard's JSON."""
        return FileResponse(OWN / "figures.html")

    return app


class Server(uvicorn.Server):
    """Tells its address as soon as it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                print(f"http://127.0.0.1:{listening.getsockname()[1]}/ until Ctrl-C", flush=True)


async def serve(port: int) -> None:
    async with LoguroEmulator(events=20_000) as loguro:
        config = uvicorn.Config(panel(loguro), port=port, log_level="warning")
        await Server(config).serve()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    try:
        asyncio.run(serve(arguments.parse_args().port))
    except KeyboardInterrupt:
        print("stopped")
