"""The client in aiohttp.web, as a clean-up context.

```python
app.cleanup_ctx.append(loguro_ctx())
client = request.app[LOGURO]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from loguro_async.client import LoguroClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from loguro_async.models.data import Data

LOGURO: Final = web.AppKey("loguro", LoguroClient)
"""The application's client: ``request.app[LOGURO]``."""


def loguro_ctx(
    connect: Callable[[], LoguroClient] = LoguroClient,
    *,
    key: web.AppKey[LoguroClient] = LOGURO,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """A clean-up context that holds a client while the application runs.

    Args:
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        key: Where the application keeps it; another one for a second client.
    """

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with connect() as client:
            app[key] = client
            yield

    return context


def json_response(
    data: Data, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Returns an HTTP response with the JSON that the service sent, without encoding it again.

    Args:
        data: A response, a row or an overview.
        status: The status to answer with.
        headers: More headers, such as ``Cache-Control``.
    """
    return web.Response(
        body=data.to_json(), status=status, headers=headers, content_type="application/json"
    )
