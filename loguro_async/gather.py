"""``gather`` runs coroutines concurrently, and cancels the others when one fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from loguro_async.runtime import running_loop

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def gather(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """Returns the results in order; the first failure cancels the rest and is raised.

    A task group is not used: it cancels its parent task and takes that back, which on Python 3.11
    loses the error under a tracer, and which anyio's task groups see as a cancellation of theirs.
    """
    try:
        loop = running_loop()
    except RuntimeError:
        for coroutine in coroutines:
            coroutine.close()
        raise
    tasks = [loop.create_task(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
