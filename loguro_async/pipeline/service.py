"""``Service`` holds what all views of a client share: connections, cache, limits and breakers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loguro_async.pipeline.availability import Availability
from loguro_async.pipeline.breaker_stages import OriginBreaker, ProjectBreaker
from loguro_async.pipeline.budget import RetryBudget
from loguro_async.pipeline.cache.memory_level import MemoryLevel
from loguro_async.pipeline.hooks import HookCaller
from loguro_async.pipeline.limits import Limiter
from loguro_async.pipeline.loop_guard import LoopGuard
from loguro_async.pipeline.stats import ClientStats, Counters
from loguro_async.pipeline.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Hashable

    import aiohttp

    from loguro_async.connection import ConnectionOptions
    from loguro_async.hooks import Hooks
    from loguro_async.pipeline.hedging import Hedging
    from loguro_async.pipeline.shared_cache import SharedCacheClient
    from loguro_async.policies import BreakerPolicy, CachePolicy, Limits, RetryPolicy
    from loguro_async.runtime import Runtime
    from loguro_async.shared_cache import RedisCache

_DEFAULT_SLOW_SECONDS = 10.0


class Service:
    """The service as one client knows it: connections, cache, limits, breakers, statistics.

    Args:
        origin: Scheme, host and path prefix.
        token: The personal access token.
        limits: How many requests are sent.
        retry: The policy that sets the retry budget.
        breaker: When to stop sending requests; ``None`` for never.
        cache: The policy that sets the bounds of the cache.
        hooks: The user's functions.
        session: The user's session.
        connection: Proxy, certificates and extra headers.
        shared_cache: Where several processes share responses.
        runtime: Clock, sleep and random numbers.
    """

    def __init__(  # noqa: PLR0913 - the client's options
        self,
        origin: str,
        token: str,
        *,
        limits: Limits,
        retry: RetryPolicy,
        breaker: BreakerPolicy | None,
        cache: CachePolicy,
        hooks: Hooks | None,
        session: aiohttp.ClientSession | None,
        connection: ConnectionOptions,
        shared_cache: RedisCache | None,
        runtime: Runtime,
    ) -> None:
        clock = runtime.clock
        self.origin = origin
        self.runtime = runtime
        self.counters = Counters()
        self.guard = LoopGuard()
        self.hooks = HookCaller(hooks, origin=origin, clock=clock)
        self.transport = Transport(
            origin,
            token,
            session=session,
            connection=connection,
            max_body_bytes=limits.max_body_bytes,
            runtime=runtime,
            counters=self.counters,
        )
        self.availability = Availability(clock)
        slow_seconds = breaker.slow_seconds if breaker else _DEFAULT_SLOW_SECONDS
        self.limiter = Limiter(limits, runtime, slow_seconds)
        self.origin_breaker = OriginBreaker(breaker, self.availability, clock, origin)
        self.project_breaker = ProjectBreaker(breaker, clock) if breaker else None
        self.budget = RetryBudget(retry.budget)
        self.cache = MemoryLevel(cache, clock)
        self.polls: dict[Hashable, Any] = {}
        self.shared_permits = limits.shared
        self.shared = self._shared(shared_cache, token) if shared_cache is not None else None
        self._hedging: Hedging | None = None

    def _shared(self, cache: RedisCache, token: str) -> SharedCacheClient:
        from loguro_async.pipeline.shared_cache import SharedCacheClient  # noqa: PLC0415 - if used

        shared = SharedCacheClient(cache, token, self.origin, memory=self.cache)
        self.cache.coherence = shared.coherence
        return shared

    @property
    def hedging(self) -> Hedging:
        """The latencies that all views of the client share."""
        if self._hedging is None:
            from loguro_async.pipeline.hedging import Hedging  # noqa: PLC0415 - only now needed

            self._hedging = Hedging(self.runtime.clock)
        return self._hedging

    def stats(self) -> ClientStats:
        """Returns a snapshot of the statistics."""
        counters = self.counters
        return ClientStats(
            requests=counters.requests,
            retries=counters.retries,
            hits=counters.hits,
            misses=counters.misses,
            stale=counters.stale,
            coalesced=counters.coalesced,
            errors=counters.errors,
            in_flight=counters.in_flight,
            cache_entries=len(self.cache.store),
            cache_bytes=self.cache.store.size,
            shared_hits=counters.shared_hits,
            outage_seconds=self.availability.outage_seconds,
        )

    async def invalidate(self, slug: str | None) -> None:
        """Drops the entries of a project, or all, here and in the shared cache."""
        self.guard.check()
        self.cache.drop(slug)
        if self.shared is not None:
            await self.shared.invalidate(slug)

    async def aclose(self, drain_seconds: float) -> None:
        """Refuses new calls, waits for those in progress for a while, and closes connections."""
        self.guard.close()
        try:
            await self.cache.single_flight.drain(drain_seconds)
            if self.shared is not None:
                await self.shared.aclose()
            if self.shared_permits is not None:
                await self.shared_permits.aclose()
        finally:
            self.cache.drop(None)
            await self.transport.aclose()
