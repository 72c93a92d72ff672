"""Several calls at once, of which the first failure stops the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def together(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """What each of the calls gives; the first failure stops the others and is raised.

    Not by a task group: it cancels whoever waits in it, and takes that back. On Python 3.11 the
    error is lost then where a tracer looks on, and in the task groups of anyio, which web servers
    are made of, whoever waits is told of a cancellation that nobody asked for.
    """
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
