"""The client in Litestar, as a plugin.

```python
app = Litestar([visitors], plugins=[LoguroPlugin()])
```

Handlers take it as ``loguro: LoguroDep``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

try:
    from litestar.di import NamedDependency, Provide
    from litestar.plugins import InitPlugin
except ImportError as missing:
    message = (
        'loguro_async.integrations.litestar needs an extra: pip install "loguro-async[litestar]"'
    )
    raise ImportError(message) from missing

from loguro_async.client import LoguroClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from litestar import Litestar
    from litestar.config.app import AppConfig

LoguroDep = NamedDependency[LoguroClient]
"""The application's client, as the type of a parameter named ``loguro``."""


class LoguroPlugin(InitPlugin):
    """Holds a client while the application runs.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        name: Of the dependency that handlers take.
    """

    def __init__(
        self, connect: Callable[[], LoguroClient] = LoguroClient, *, name: str = "loguro"
    ) -> None:
        self._connect = connect
        self._name = name
        self._client: LoguroClient | None = None

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Give the application the client's lifespan and the dependency."""
        app_config.lifespan.append(self._lifespan)  # pyright: ignore[reportUnknownMemberType]
        app_config.dependencies[self._name] = Provide(lambda: self.client, sync_to_thread=False)
        return app_config

    @asynccontextmanager
    async def _lifespan(self, _app: Litestar) -> AsyncGenerator[None, None]:
        async with self._connect() as client:
            self._client = client
            yield

    @property
    def client(self) -> LoguroClient:
        """The application's client, for what takes no dependencies, such as a mounted dashboard.

        Raises:
            RuntimeError: The application has not started.
        """
        if self._client is None:
            message = "the application has not started; its lifespan makes the client"
            raise RuntimeError(message)
        return self._client
