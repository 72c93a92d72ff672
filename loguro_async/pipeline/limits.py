"""How many requests may be in flight at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loguro_async.config import Limits
    from loguro_async.pipeline.call import Call, Fetch


class PlaceLimit:
    """Gives each request a place, first come, first served.

    A place is held for one attempt, never during back-off.
    """

    __slots__ = ("_places",)

    def __init__(self, limits: Limits) -> None:
        self._places = asyncio.Semaphore(limits.concurrency)

    def around(self, send: Fetch) -> Fetch:
        """The stage that waits for a place, then calls ``send``."""
        places = self._places

        async def fetch(call: Call) -> bytes:
            async with places:
                return await send(call)

        return fetch
