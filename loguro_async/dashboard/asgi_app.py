"""The dashboard for FastAPI, Starlette, Litestar, and whatever else speaks ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from loguro_async.dashboard.board import Board, Request

if TYPE_CHECKING:
    import starlette.requests

    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.access import Decide
    from loguro_async.dashboard.board import Reply


def dashboard(
    client: LoguroClient,
    decide: Decide,
    *,
    title: str = "Web analytics",
    live_interval: float = 5.0,
) -> Starlette:
    """An ASGI application to mount, as in ``app.mount("/analytics", …)``.

    Args:
        client: Asks the service; it stays yours to close.
        decide: Turns the Starlette request into an ``Access``, or ``None`` for 403; a function
            or a coroutine function.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
    """
    board = Board(client, decide, title=title, live_interval=live_interval)

    async def page(request: starlette.requests.Request) -> Response:
        return _response(await board.page(_asked(request, "/")))

    async def widget(request: starlette.requests.Request) -> Response:
        name = request.path_params["name"]
        return _response(await board.widget(_asked(request, f"/widgets/{name}"), name))

    async def visitor(request: starlette.requests.Request) -> Response:
        visitor_id = request.path_params["visitor_id"]
        return _response(
            await board.visitor(_asked(request, f"/visitors/{visitor_id}"), visitor_id)
        )

    async def live(request: starlette.requests.Request) -> Response:
        return _response(await board.live(_asked(request, "/live")))

    async def static(request: starlette.requests.Request) -> Response:
        return _response(board.static(request.path_params["name"]))

    return Starlette(
        routes=[
            Route("/", page),
            Route("/widgets/{name}", widget),
            Route("/visitors/{visitor_id}", visitor),
            Route("/live", live),
            Route("/static/{name}", static),
        ]
    )


def _asked(request: starlette.requests.Request, path: str) -> Request:
    root = request.url.path.removesuffix(path).rstrip("/")
    return Request(request, root, dict(request.query_params))


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.stream is not None:
        return StreamingResponse(reply.stream, reply.status, headers, media_type=reply.content_type)
    return Response(reply.body, reply.status, {**headers, "Content-Type": reply.content_type})
