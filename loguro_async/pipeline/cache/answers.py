"""What all views of a client share: the answers that are kept, and the loads under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from loguro_async.pipeline.cache.alarms import Alarms

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.pipeline.cache.entry import CacheKey
    from loguro_async.pipeline.cache.flight import Flight
    from loguro_async.pipeline.cache.store import Store
    from loguro_async.pipeline.coherence import Coherence


class SharedAnswers:
    """What all views of a client share: the answers that are kept, and the loads under way.

    Args:
        store: Where answers are kept.
        clock: Tells when a caller's deadline has come.

    Attributes:
        coherence: Tells what other processes may have invalidated, where there is a shared cache.
    """

    __slots__ = ("_afloat", "_refreshing", "alarms", "by_key", "coherence", "is_closed", "store")

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.store = store
        self.coherence: Coherence | None = None
        self.alarms = Alarms(clock)
        self.is_closed = False
        self.by_key: dict[CacheKey, Flight] = {}
        self._afloat: set[Flight] = set()
        self._refreshing: set[asyncio.Task[None]] = set()

    @property
    def is_refreshing(self) -> bool:
        """Whether a load goes on though its callers were answered."""
        return bool(self._refreshing)

    def took_off(self, flight: Flight) -> None:
        """Count a load as under way."""
        self._afloat.add(flight)

    def landed(self, flight: Flight) -> bool:
        """Count a load as ended. Whether it was the latest one for its key."""
        self._afloat.discard(flight)
        return self.left(flight)

    def left(self, flight: Flight) -> bool:
        """Let nobody join a load any more. Whether it was the latest one for its key."""
        is_latest = self.by_key.get(flight.key) is flight
        if is_latest:
            del self.by_key[flight.key]
        return is_latest

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a refresh go on after the caller that began it was answered."""
        task = asyncio.get_running_loop().create_task(work)
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    def forget(self, matches: Callable[[CacheKey], bool]) -> None:
        """Drop what is kept, and let loads under way keep nothing, for all keys that match."""
        self.store.drop_where(matches)
        for key in [key for key in self.by_key if matches(key)]:
            del self.by_key[key]

    def forget_project(self, slug: str | None) -> None:
        """Drop what is kept of a project, or of all."""
        self.forget(lambda key: slug is None or key.slug == slug)

    def slugs(self) -> set[str]:
        """The slugs of what is kept, and of loads under way."""
        return self.store.slugs() | {key.slug for key in self.by_key}

    async def drain(self, seconds: float) -> None:
        """Wait for the loads under way, stop those that take longer, and keep nothing."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        ends: set[asyncio.Future[None]] = set()
        while self._afloat and clock() < until:
            ends = {asyncio.ensure_future(flight.ended()) for flight in self._afloat}
            await asyncio.wait(ends, timeout=until - clock())
        self.is_closed = True
        ends |= {asyncio.ensure_future(flight.ended()) for flight in self._afloat}
        for flight in tuple(self._afloat):
            flight.stop()
        if rest := {*ends, *self._refreshing}:
            await asyncio.wait(rest)
        self.alarms.stop()
        self.forget(lambda _key: True)
