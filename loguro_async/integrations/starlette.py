"""The client in Starlette: made when the application starts, closed when it ends.

```python
app = Starlette(lifespan=loguro_lifespan(), exception_handlers={LoguroError: loguro_error})
```
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from loguro_async.extras import missing_extra

try:
    from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI looks it up by name
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Mount
except ImportError as error:
    raise missing_extra("loguro_async.integrations.starlette", "starlette", error) from error

from loguro_async.client import LoguroClient
from loguro_async.integrations.failures import log_failure, no_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from loguro_async.models.data import Data


def loguro_lifespan(
    connect: Callable[[], LoguroClient] = LoguroClient,
    *,
    then: Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]] | None = None,
    name: str = "loguro",
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Returns a lifespan that holds a client, for ``Starlette(lifespan=…)`` or ``FastAPI(…)``.

    Mounted applications use the client of the outermost one, whose lifespan alone is run.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        then: Your own lifespan, or that of a second client; the client is there before it begins
            and after it ends, as ``app.state.loguro``.
        name: What the client is called there; another one for a second client.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncGenerator[dict[str, Any], None]:  # noqa: ANN401 - of any framework
        async with connect() as client:
            _share(app, name, client)
            if then is None:
                yield {name: client}
                return
            async with then(app) as state:
                yield {**(state or {}), name: client}

    return lifespan


def loguro_of(connection: HTTPConnection) -> LoguroClient:
    """Returns the client of the application that serves a request or a web socket.

    Raises:
        ConfigurationError: The application has no ``loguro_lifespan``.
    """
    return _client_of(connection, "loguro")


def loguro_named(name: str) -> Callable[[HTTPConnection], LoguroClient]:
    """Returns a function that gives a request's client of that name, as ``loguro_of`` does.

    Args:
        name: The ``name`` of its ``loguro_lifespan``.
    """

    def of(connection: HTTPConnection) -> LoguroClient:
        return _client_of(connection, name)

    return of


async def loguro_error(request: Request, error: Exception) -> JSONResponse:
    """Handles an error of the client: a fitting status, and the cause in the log.

    Pass it as ``exception_handlers={LoguroError: loguro_error}``, to mounted applications too.
    """
    failure = log_failure(f"{request.scope.get('method', 'WebSocket')} {request.url.path}", error)
    return JSONResponse(failure.body, failure.status, failure.headers)


def json_response(
    data: Data, status_code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Returns an HTTP response with the JSON that the service sent, without encoding it again.

    Args:
        data: A response, a row or an overview.
        status_code: The HTTP status.
        headers: More headers, such as ``Cache-Control``.
    """
    return Response(data.to_json(), status_code, headers, media_type="application/json")


def _share(app: Any, name: str, client: LoguroClient) -> None:  # noqa: ANN401 - of any framework
    """Puts a client into the state of an application and of those that are mounted in it.

    Requests find it in their own state; some callers of ASGI applications, in tests mostly, leave
    out what a lifespan gave.
    """
    setattr(app.state, name, client)
    for route in app.routes:
        mounted = route.app if isinstance(route, Mount) else None
        if hasattr(mounted, "state") and hasattr(mounted, "routes"):
            _share(mounted, name, client)


def _client_of(connection: HTTPConnection, name: str) -> LoguroClient:
    client = getattr(connection.state, name, None) or getattr(connection.app.state, name, None)
    if isinstance(client, LoguroClient):
        return client
    called = "" if name == "loguro" else f"…, name={name!r}"
    raise no_client(f"give the outermost one lifespan=loguro_lifespan({called})")
