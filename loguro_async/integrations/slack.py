"""The client in a Slack app of Bolt, as a middleware.

```python
loguro = LoguroMiddleware()
app = AsyncApp(…)
app.use(loguro)


@app.command("/stats")
async def stats(ack, context, respond):
    client = context["loguro"]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loguro_async.extras import missing_extra

try:
    from slack_bolt.middleware.async_middleware import AsyncMiddleware
except ImportError as error:
    raise missing_extra("loguro_async.integrations.slack", "slack", error) from error

from loguro_async.client import LoguroClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_bolt.response import BoltResponse


class LoguroMiddleware(AsyncMiddleware):
    """Puts a client into the context of every request; the first one makes it.

    Lazy listeners get a copy of the context without the client; they take ``client`` of the
    middleware instead.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        name: The name of the value in the context; another one for a second client.
    """

    def __init__(
        self, connect: Callable[[], LoguroClient] = LoguroClient, *, name: str = "loguro"
    ) -> None:
        self._connect = connect
        self._name = name
        self._client: LoguroClient | None = None

    @property
    def client(self) -> LoguroClient:
        """The client, made at the first use, in the running loop."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - given by name
        next: Callable[[], Awaitable[Any]],  # noqa: A002 - as Bolt calls it
    ) -> BoltResponse | None:
        """Puts the client into the context, and goes on."""
        req.context[self._name] = self.client
        response: BoltResponse | None = await next()
        return response

    async def aclose(self) -> None:
        """Closes the client; call it when the app ends."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
