"""The dashboard as an ASGI application, for FastAPI, Starlette, Litestar and others."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from loguro_async.dashboard.handler import Dashboard
from loguro_async.dashboard.http import Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping

    from loguro_async.dashboard.access import Decide
    from loguro_async.dashboard.client_source import ClientSource
    from loguro_async.dashboard.http import Reply

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_POLICY_VIOLATION: Final = 1008


class ASGIDashboard:
    """An ASGI application; made by ``dashboard``."""

    def __init__(self, handler: Dashboard) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replies to one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            host = _host_request(scope, receive, send)
            reply = await self._handler.respond(_request(scope, host))
            if reply.response is not None:
                await _of_host(reply.response, host)(scope, receive, send)
            else:
                await _send_reply(reply, scope["method"], receive, send)


def dashboard(
    client: ClientSource,
    decide: Decide,
    *,
    title: str = "Web analytics",
    live_interval: float = 5.0,
    frame_ancestors: tuple[str, ...] = (),
    theme: Mapping[str, str] | None = None,
) -> ASGIDashboard:
    """Returns an ASGI application to mount, as in ``app.mount("/analytics", …)``.

    Args:
        client: Asks the service: a ``LoguroClient``, which stays yours to close, or a function
            that gives one, of no argument or of the framework's request.
        decide: Turns the framework's request into an ``Access``, or ``None`` for 403; a function
            or a coroutine function. The request is a ``litestar.Request`` in Litestar and a
            ``starlette.requests.Request`` elsewhere.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
        frame_ancestors: Origins whose pages may show the dashboard in a frame.
        theme: CSS variables without their prefix, such as ``{"accent": "#7c3aed"}``.

    Raises:
        ConfigurationError: ``client`` or an origin is wrong.
    """
    return ASGIDashboard(
        Dashboard(
            client,
            decide,
            title=title,
            live_interval=live_interval,
            frame_ancestors=frame_ancestors,
            theme=theme or {},
        )
    )


def _host_request(scope: Scope, receive: Receive, send: Send) -> Any:  # noqa: ANN401 - the framework's own
    """Returns the request as the host's framework shows it to its own handlers."""
    if "litestar_app" in scope:
        import litestar  # noqa: PLC0415 - the host runs in it

        request: Any = litestar.Request(scope, receive, send)  # type: ignore[arg-type]
        return request
    try:
        from starlette.requests import Request as StarletteRequest  # noqa: PLC0415 - the same
    except ImportError as missing:
        message = (
            "an ASGI application outside Litestar needs an extra: "
            'pip install "loguro-async[starlette]"'
        )
        raise ImportError(message) from missing
    return StarletteRequest(scope, receive, send)


def _request(scope: Scope, host: Any) -> Request:  # noqa: ANN401 - as above
    root, path = scope.get("root_path", ""), scope["path"]
    # Starlette leaves the mount in the path, Litestar takes it out and adds a slash.
    below = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path
    raw = scope.get("raw_path")
    address = unquote(raw.partition(b"?")[0].decode("latin-1")) if raw else path
    below = below.strip("/")
    if not address.rstrip("/").endswith(below):
        address = path
    return Request(
        host=host,
        method=scope["method"],
        address=address,
        path=below,
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
    )


def _of_host(response: Any, host: Any) -> Any:  # noqa: ANN401 - the framework's own
    """Returns a response of the host's framework as an ASGI application."""
    if hasattr(response, "to_asgi_response"):  # Litestar's
        return response.to_asgi_response(app=None, request=host)
    return response


async def _send_reply(reply: Reply, method: str, receive: Receive, send: Send) -> None:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if reply.parts is None:
        headers["Content-Length"] = str(len(reply.body))
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
        }
    )
    if reply.parts is None or method == "HEAD":
        body = b"" if method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})
        return
    sending = asyncio.create_task(_send_parts(reply.parts, send))
    leaving = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending.cancel()
        await asyncio.wait({sending, leaving})
    if not sending.cancelled():
        sending.result()


async def _send_parts(parts: AsyncGenerator[bytes, None], send: Send) -> None:
    async with aclosing(parts):
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
