"""The dashboard for aiohttp.web."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from loguro_async.dashboard.board import Board, Request

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.access import Decide
    from loguro_async.dashboard.board import Reply


def aiohttp_dashboard(
    client: LoguroClient,
    decide: Decide,
    *,
    title: str = "Web analytics",
    live_interval: float = 5.0,
) -> web.Application:
    """An application to mount, as in ``app.add_subapp("/analytics", …)``.

    Args:
        client: Asks the service; it stays yours to close.
        decide: Turns the aiohttp request into an ``Access``, or ``None`` for 403; a function or a
            coroutine function.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
    """
    board = Board(client, decide, title=title, live_interval=live_interval)

    async def page(request: web.Request) -> web.StreamResponse:
        return await _respond(request, await board.page(_asked(request, "/")))

    async def widget(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        reply = await board.widget(_asked(request, f"/widgets/{name}"), name)
        return await _respond(request, reply)

    async def visitor(request: web.Request) -> web.StreamResponse:
        visitor_id = request.match_info["visitor_id"]
        reply = await board.visitor(_asked(request, f"/visitors/{visitor_id}"), visitor_id)
        return await _respond(request, reply)

    async def live(request: web.Request) -> web.StreamResponse:
        return await _respond(request, await board.live(_asked(request, "/live")))

    async def static(request: web.Request) -> web.StreamResponse:
        return await _respond(request, board.static(request.match_info["name"]))

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/widgets/{name}", widget)
    app.router.add_get("/visitors/{visitor_id}", visitor)
    app.router.add_get("/live", live)
    app.router.add_get("/static/{name}", static)
    return app


def _asked(request: web.Request, path: str) -> Request:
    root = request.path.removesuffix(path).rstrip("/")
    return Request(request, root, dict(request.query))


async def _respond(request: web.Request, reply: Reply) -> web.StreamResponse:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if reply.stream is None:
        return web.Response(body=reply.body, status=reply.status, headers=headers)
    response = web.StreamResponse(status=reply.status, headers=headers)
    await response.prepare(request)
    async with aclosing(reply.stream) as parts:
        with suppress(ConnectionError):  # whoever watched has gone
            async for part in parts:
                await response.write(part)
    return response
