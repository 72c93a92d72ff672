"""The client in Starlette: made when the application starts, closed when it ends.

```python
app = Starlette(lifespan=loguro_lifespan(), exception_handlers={LoguroError: loguro_error})
```
"""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

try:
    from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI looks it up by name
    from starlette.responses import JSONResponse, Response
except ImportError as missing:
    message = (
        'loguro_async.integrations.starlette needs an extra: pip install "loguro-async[starlette]"'
    )
    raise ImportError(message) from missing

from loguro_async.client import LoguroClient
from loguro_async.errors import (
    CircuitOpenError,
    ConfigurationError,
    DeadlineExceededError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    RateLimitedError,
)

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
    """A lifespan that holds a client, for ``Starlette(lifespan=…)`` or ``FastAPI(lifespan=…)``.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        then: Your own lifespan, or that of a second client; the client is there before it begins
            and after it ends, as ``app.state.loguro``.
        name: What the client is called there; another one for a second client.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncGenerator[dict[str, Any], None]:  # noqa: ANN401 - of any framework
        async with connect() as client:
            setattr(app.state, name, client)
            if then is None:
                yield {name: client}
                return
            async with then(app) as state:
                yield {**(state or {}), name: client}

    return lifespan


def loguro_of(connection: HTTPConnection) -> LoguroClient:
    """The client of the application that serves a request or a web socket.

    Raises:
        ConfigurationError: The application has no ``loguro_lifespan``.
    """
    return _client_of(connection, "loguro")


def loguro_named(name: str) -> Callable[[HTTPConnection], LoguroClient]:
    """What gives a request's client of that name, as ``loguro_of`` gives the only one.

    Args:
        name: As ``loguro_lifespan`` was told.
    """

    def of(connection: HTTPConnection) -> LoguroClient:
        return _client_of(connection, name)

    return of


def _client_of(connection: HTTPConnection, name: str) -> LoguroClient:
    # Some callers of ASGI applications, in tests mostly, leave out what a lifespan gave.
    client = getattr(connection.state, name, None) or getattr(connection.app.state, name, None)
    if isinstance(client, LoguroClient):
        return client
    called = "" if name == "loguro" else f"…, name={name!r}"
    message = f"the application holds no client; give it lifespan=loguro_lifespan({called})"
    raise ConfigurationError(message)


def json_response(
    data: Data, status_code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Returns an HTTP response with the JSON that the service sent, without encoding it again.

    Args:
        data: A response, a row or an overview.
        status_code: The status to answer with.
        headers: More headers, such as ``Cache-Control``.
    """
    return Response(data.to_json(), status_code, headers, media_type="application/json")


async def loguro_error(_request: Request, error: Exception) -> JSONResponse:
    """An exception handler that tells whoever asks what they can do about it, and no more.

    Give it as ``exception_handlers={LoguroError: loguro_error}``.
    """
    status, told = told_about(error)
    headers: dict[str, str] = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(math.ceil(retry_after))
    return JSONResponse({"error": told}, status, headers)


def told_about(error: Exception) -> tuple[int, str]:
    """The status and the text that an error of the client's becomes for whoever asks."""
    match error:
        case InvalidQueryError():
            return 400, error.message
        case ProjectNotFoundError():
            return 404, "there is no such project, or it may not be read"
        case RateLimitedError() | CircuitOpenError():
            return 503, "too much is asked of the analytics just now; try again later"
        case DeadlineExceededError():
            return 504, "the analytics took too long; try again, or ask for less"
        case LoguroError():
            return 502, "the analytics cannot be had just now; try again later"
        case _:
            return 500, "something went wrong"
