"""The client in Litestar, as a plugin.

```python
app = Litestar(
    [visitors], plugins=[LoguroPlugin()], exception_handlers={LoguroError: loguro_error}
)
```

Handlers take it as ``loguro: LoguroDep``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from loguro_async.extras import missing_extra

try:
    from litestar import Response
    from litestar.di import NamedDependency, Provide
    from litestar.plugins import InitPlugin
except ImportError as error:
    raise missing_extra("loguro_async.integrations.litestar", "litestar", error) from error

from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError
from loguro_async.integrations.failures import log_failure, no_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from litestar import Litestar, Request
    from litestar.config.app import AppConfig
    from litestar.connection import ASGIConnection

LoguroDep = NamedDependency[LoguroClient]
"""The application's client, as the type of a parameter named ``loguro``."""


class LoguroPlugin(InitPlugin):
    """Holds a client while the application runs.

    A Litestar mounted in another one takes the same plugin, because only the outer one's lifespan
    is run.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        name: The name of the dependency that handlers take; another one for a second client.
    """

    def __init__(
        self, connect: Callable[[], LoguroClient] = LoguroClient, *, name: str = "loguro"
    ) -> None:
        self._connect = connect
        self._name = name
        self._client: LoguroClient | None = None

    @property
    def client(self) -> LoguroClient:
        """The client, for what takes no dependencies, such as a mounted dashboard.

        Raises:
            ConfigurationError: The application does not run.
        """
        if self._client is None:
            raise no_client("give it plugins=[LoguroPlugin()]")
        return self._client

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Gives the application the client's lifespan and the dependency."""
        app_config.lifespan.append(self._lifespan)  # pyright: ignore[reportUnknownMemberType]
        app_config.dependencies[self._name] = Provide(lambda: self.client, sync_to_thread=False)
        app_config.state[_state_key(self._name)] = self
        return app_config

    @asynccontextmanager
    async def _lifespan(self, _app: Litestar) -> AsyncGenerator[None, None]:
        if self._client is not None:
            message = "this LoguroPlugin is used by another application; give each one of its own"
            raise ConfigurationError(message)
        async with self._connect() as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None


def loguro_of(connection: ASGIConnection[Any, Any, Any, Any]) -> LoguroClient:
    """Returns the client of the application that serves a request or a web socket.

    Raises:
        ConfigurationError: The application has no ``LoguroPlugin``, or does not run.
    """
    return loguro_named("loguro")(connection)


def loguro_named(name: str) -> Callable[[ASGIConnection[Any, Any, Any, Any]], LoguroClient]:
    """Returns a function that gives a request's client of that name, as ``loguro_of`` does.

    Args:
        name: The ``name`` of its ``LoguroPlugin``.
    """

    def of(connection: ASGIConnection[Any, Any, Any, Any]) -> LoguroClient:
        plugin = connection.app.state.get(_state_key(name))
        if isinstance(plugin, LoguroPlugin):
            return plugin.client
        called = "" if name == "loguro" else f"…, name={name!r}"
        raise no_client(f"give it plugins=[LoguroPlugin({called})]")

    return of


def loguro_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """Handles an error of the client: a fitting status, and the cause in the log.

    Pass it as ``exception_handlers={LoguroError: loguro_error}``.
    """
    failure = log_failure(f"{request.method} {request.url.path}", error)
    return Response(failure.body, status_code=failure.status, headers=failure.headers)


def _state_key(name: str) -> str:
    return f"loguro_plugin:{name}"
