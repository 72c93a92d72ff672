"""A program that mounts the dashboard, run by ``python dashboard_host.py SERVER PORT``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from loguro_async import LoguroClient
from loguro_async.dashboard import Access, aiohttp_dashboard, dashboard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiohttp import web
    from starlette.applications import Starlette


def decide(_request: object) -> Access:
    return Access(project="local")


def asgi_host() -> Starlette:
    from starlette.applications import Starlette  # noqa: PLC0415 - not with aiohttp

    client = LoguroClient()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None, None]:
        yield
        await client.aclose()
        print("cleaned up", flush=True)  # noqa: T201 - the test reads it

    app = Starlette(lifespan=lifespan)
    app.mount("/stats", dashboard(client, decide))
    return app


async def aiohttp_host() -> web.Application:
    from aiohttp import web  # noqa: PLC0415 - as above

    client = LoguroClient()

    async def clean_up(_app: web.Application) -> None:
        await client.aclose()
        print("cleaned up", flush=True)  # noqa: T201 - as above

    app = web.Application()
    app.on_cleanup.append(clean_up)
    app.add_subapp("/stats", aiohttp_dashboard(client, decide))
    return app


def main(server: str, port: int) -> None:
    if server in {"uvicorn", "uvicorn-uvloop"}:
        import uvicorn  # noqa: PLC0415 - as above

        loop = "uvloop" if server.endswith("uvloop") else "asyncio"
        uvicorn.run(asgi_host(), port=port, log_level="error", loop=loop, ws="none")
    elif server == "hypercorn":
        from hypercorn.asyncio import (  # noqa: PLC0415 - as above
            serve,  # pyright: ignore[reportUnknownVariableType]
        )
        from hypercorn.config import Config  # noqa: PLC0415 - as above

        config = Config()
        config.bind = [f"127.0.0.1:{port}"]
        asyncio.run(serve(asgi_host(), config))  # type: ignore[arg-type] # Starlette's scope
    else:
        from aiohttp import web  # noqa: PLC0415 - as above

        web.run_app(aiohttp_host(), host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
