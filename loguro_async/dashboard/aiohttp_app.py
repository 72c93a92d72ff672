"""The dashboard for aiohttp.web."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from aiohttp import web

from loguro_async.dashboard.handler import Dashboard
from loguro_async.dashboard.http import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.dashboard.access import Decide
    from loguro_async.dashboard.client_source import ClientSource


def aiohttp_dashboard(
    client: ClientSource,
    decide: Decide,
    *,
    title: str = "Web analytics",
    live_interval: float = 5.0,
    frame_ancestors: tuple[str, ...] = (),
    theme: Mapping[str, str] | None = None,
) -> web.Application:
    """Returns an application to mount, as in ``app.add_subapp("/analytics", …)``.

    Args:
        client: Asks the service: a ``LoguroClient``, which stays yours to close, or a function
            that gives one, of no argument or of the ``aiohttp.web.Request``.
        decide: Turns the ``aiohttp.web.Request`` into an ``Access``, or ``None`` for 403; a
            function or a coroutine function.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
        frame_ancestors: Origins whose pages may show the dashboard in a frame.
        theme: CSS variables without their prefix, such as ``{"accent": "#7c3aed"}``.

    Raises:
        ConfigurationError: ``client`` or an origin is wrong.
    """
    handler = Dashboard(
        client,
        decide,
        title=title,
        live_interval=live_interval,
        frame_ancestors=frame_ancestors,
        theme=theme or {},
    )

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _respond(request, handler)

    async def stop(_app: web.Application) -> None:
        handler.shutdown.begin()

    app = web.Application()
    app.router.add_route("*", "", serve)
    app.router.add_route("*", "/{path:.*}", serve)
    app.on_shutdown.append(stop)
    return app


async def _respond(request: web.Request, handler: Dashboard) -> web.StreamResponse:
    reply = await handler.respond(
        Request(
            host=request,
            method=request.method,
            address=request.path,
            path=request.match_info.get("path", "").strip("/"),
            query=request.rel_url.raw_query_string,
            headers={name.lower(): value for name, value in request.headers.items()},
        )
    )
    if reply.response is not None:
        response: web.StreamResponse = reply.response
        return response
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if reply.parts is None:
        return web.Response(body=reply.body, status=reply.status, headers=headers)
    stream = web.StreamResponse(status=reply.status, headers=headers)
    await stream.prepare(request)
    async with aclosing(reply.parts) as parts:
        with suppress(ConnectionError):  # the viewer has gone
            async for part in parts:
                await stream.write(part)
    return stream
