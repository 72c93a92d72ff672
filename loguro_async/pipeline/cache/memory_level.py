"""The memory level of the cache, shared by all views: the store and the loads in progress.

The other level is the shared cache on Redis, as L1 and L2 in FusionCache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.pipeline.cache.memory_store import Store
from loguro_async.pipeline.cache.single_flight import SingleFlight
from loguro_async.pipeline.cache.time_to_live import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.coherence import Coherence
    from loguro_async.policies import CachePolicy


class MemoryLevel:
    """The cached responses of a client, and the loads in progress.

    Args:
        policy: Sets the bounds of the store.
        clock: Returns seconds; never goes back.

    Attributes:
        store: The cached responses.
        single_flight: The loads in progress.
        coherence: Which entries other processes may have invalidated; ``None`` without a shared
            cache.
    """

    __slots__ = ("coherence", "single_flight", "store")

    def __init__(self, policy: CachePolicy, clock: Callable[[], float]) -> None:
        ttl = policy.ttl if isinstance(policy.ttl, int | float) else 0.0
        self.store = Store(
            max_bytes=policy.max_bytes,
            max_entries=policy.max_entries,
            max_age=max(DAY, ttl) + policy.stale_window,
            clock=clock,
        )
        self.single_flight = SingleFlight()
        self.coherence: Coherence | None = None

    def slugs(self) -> set[str]:
        """Returns the projects that have entries or loads in progress."""
        return {*self.store.slugs(), *self.single_flight.slugs()}

    def begin_epoch(self, epoch: int) -> None:
        """Lets entries of earlier epochs be fresh only after they were verified."""
        self.store.epoch = epoch

    def drop(self, slug: str | None) -> None:
        """Drops the entries of a project, or all; loads in progress store nothing."""
        if slug is None:
            self.store.clear()
        else:
            self.store.drop_project(slug)
        self.single_flight.forget(slug)
