"""The client in a Telegram bot of aiogram 3.

```python
attach(dispatcher)


@dispatcher.message(Command("stats"))
async def stats(message: Message, loguro: LoguroClient) -> None: ...
```
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from loguro_async.client import LoguroClient
from loguro_async.extras import missing_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiogram import Dispatcher

try:
    import_module("aiogram")
except ImportError as error:
    raise missing_extra("loguro_async.integrations.aiogram", "aiogram", error) from error


def attach(
    dispatcher: Dispatcher,
    connect: Callable[[], LoguroClient] = LoguroClient,
    *,
    name: str = "loguro",
) -> None:
    """Gives the handlers of a dispatcher a client while the bot runs.

    Args:
        dispatcher: Its start makes the client, its end closes it.
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        name: The name of the argument that handlers take; another one for a second client.
    """

    async def start() -> None:
        dispatcher.workflow_data[name] = connect()

    async def stop() -> None:
        client = dispatcher.workflow_data.pop(name, None)
        if client is not None:
            await client.aclose()

    dispatcher.startup.register(start)
    dispatcher.shutdown.register(stop)
