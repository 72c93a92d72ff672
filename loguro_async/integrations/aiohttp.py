"""The client in aiohttp.web, as a clean-up context.

```python
app = web.Application(middlewares=[loguro_error])
app.cleanup_ctx.append(loguro_ctx())
client = loguro_of(request)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from loguro_async.client import LoguroClient
from loguro_async.errors import LoguroError
from loguro_async.integrations.failures import log_failure, no_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aiohttp.typedefs import Handler

    from loguro_async.models.data import Data

LOGURO: Final = web.AppKey("loguro", LoguroClient)
"""The application's client: ``request.config_dict[LOGURO]``, from sub-applications too."""


def loguro_ctx(
    connect: Callable[[], LoguroClient] = LoguroClient,
    *,
    key: web.AppKey[LoguroClient] = LOGURO,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Returns a clean-up context that holds a client while the application runs.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        key: The key of the client in the application; another one for a second client.
    """

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with connect() as client:
            app[key] = client
            yield

    return context


def loguro_of(request: web.Request) -> LoguroClient:
    """Returns the client of the application that serves a request, or of one around it.

    Raises:
        ConfigurationError: The application has no ``loguro_ctx``.
    """
    return loguro_named(LOGURO)(request)


def loguro_named(key: web.AppKey[LoguroClient]) -> Callable[[web.Request], LoguroClient]:
    """Returns a function that gives a request's client of that key, as ``loguro_of`` does.

    Args:
        key: The ``key`` of its ``loguro_ctx``.
    """

    def of(request: web.Request) -> LoguroClient:
        client = request.config_dict.get(key)
        if isinstance(client, LoguroClient):
            return client
        called = "" if key is LOGURO else "…, key=…"
        raise no_client(f"call app.cleanup_ctx.append(loguro_ctx({called}))")

    return of


@web.middleware
async def loguro_error(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Handles errors of the client: a fitting status, and the cause in the log.

    Pass it as ``web.Application(middlewares=[loguro_error])``; sub-applications need none.
    """
    try:
        return await handler(request)
    except LoguroError as error:
        failure = log_failure(f"{request.method} {request.path}", error)
        return web.json_response(failure.body, status=failure.status, headers=failure.headers)


def json_response(
    data: Data, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Returns an HTTP response with the JSON that the service sent, without encoding it again.

    Args:
        data: A response, a row or an overview.
        status: The HTTP status.
        headers: More headers, such as ``Cache-Control``.
    """
    return web.Response(
        body=data.to_json(), status=status, headers=headers, content_type="application/json"
    )
