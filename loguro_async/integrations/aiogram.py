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

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiogram import Dispatcher

try:
    import_module("aiogram")
except ImportError as missing:
    message = (
        'loguro_async.integrations.aiogram needs an extra: pip install "loguro-async[aiogram]"'
    )
    raise ImportError(message) from missing


def attach(
    dispatcher: Dispatcher,
    connect: Callable[[], LoguroClient] = LoguroClient,
    *,
    name: str = "loguro",
) -> None:
    """Give a dispatcher's handlers a client, while the bot runs.

    Args:
        dispatcher: Its start makes the client, its end closes it.
        connect: Makes the client, in the running loop; left out, ``LoguroClient()``.
        name: Of the argument that handlers take.
    """

    async def begin() -> None:
        dispatcher.workflow_data[name] = connect()

    async def end() -> None:
        client = dispatcher.workflow_data.pop(name, None)
        if client is not None:
            await client.aclose()

    dispatcher.startup.register(begin)
    dispatcher.shutdown.register(end)
