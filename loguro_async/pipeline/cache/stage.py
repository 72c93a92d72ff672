"""Decides for each call: a fresh answer, an old one that says so, or a load.

What must hold: one load for all who ask at once; only decoded answers are kept; a load that began
before an invalidation, a purge or a newer load leaves no trace; a 401 forgets all that the token
fetched, a 404 what it says is missing, and neither is ever covered by an old answer.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from loguro_async.errors import (
    AuthenticationError,
    CacheMissError,
    CircuitOpenError,
    DeadlineExceededError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    ResponseError,
    TransportError,
)
from loguro_async.models.responses import as_stale
from loguro_async.pipeline.cache.flight import Flight
from loguro_async.pipeline.cache.freshness import time_to_live
from loguro_async.pipeline.cache.store import CacheKey, Entry, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

    from loguro_async.config import CacheMode, CachePolicy
    from loguro_async.models.responses import Response
    from loguro_async.pipeline.call import Call, Counters, Surroundings

# The service is at fault, or cannot be reached: an old answer may stand in.
_COVERED: Final = (
    TransportError,
    ResponseError,
    CircuitOpenError,
    QueryFailedError,
    RateLimitedError,
)
_LOG: Final = logging.getLogger("loguro_async")
_TOO_LATE: Final = "no answer in time; give a longer timeout, or reduce the range or filter"


class SharedAnswers:
    """What all views of a client share: the answers that are kept, and the loads under way."""

    __slots__ = ("_afloat", "_refreshing", "by_key", "store")

    def __init__(self, store: Store) -> None:
        self.store = store
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

    def landed(self, flight: Flight) -> None:
        """Count a load as ended."""
        self._afloat.discard(flight)

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

    async def drain(self, seconds: float) -> None:
        """Wait for the loads under way, stop those that take longer, and keep nothing."""
        pending = {asyncio.ensure_future(flight.ended()) for flight in self._afloat}
        if pending:
            await asyncio.wait(pending, timeout=seconds)
        for flight in tuple(self._afloat):
            flight.stop()
        rest = {*pending, *self._refreshing}
        if rest:
            await asyncio.wait(rest)
        self.forget(lambda _key: True)


class CacheStage:
    """The first stage: answers calls for one view of a client.

    Args:
        policy: How long answers are good; ``None`` keeps nothing and shares nothing.
        load: Gives a decoded answer.
        shared: What the views of the client share.
        origin: Where the answers come from.
        identity: A keyed hash of the token.
        surroundings: Clock and chance.
        counters: Where hits, misses and the like are counted.
    """

    __slots__ = (
        "_counters",
        "_identity",
        "_load",
        "_origin",
        "_policy",
        "_shared",
        "_surroundings",
        "recalled",
    )

    def __init__(
        self,
        policy: CachePolicy | None,
        load: Callable[[Call], Coroutine[Any, Any, Response]],
        shared: SharedAnswers,
        *,
        origin: str,
        identity: bytes,
        surroundings: Surroundings,
        counters: Counters,
    ) -> None:
        self._policy = policy
        self._load = load
        self._shared = shared
        self._origin = origin
        self._identity = identity
        self._surroundings = surroundings
        self._counters = counters
        # From a call's arguments as they were given to (entry, fresh until): a look in here
        # spares parsing them.
        self.recalled: dict[Hashable, tuple[Entry, float]] = {}

    async def answer(self, call: Call, mode: CacheMode, alias: Hashable) -> Response:
        """The answer to a call.

        Args:
            call: What is asked, and until when.
            mode: How the cache is used.
            alias: The arguments as they were given, under which to recall a fresh answer.

        Raises:
            CacheMissError: The mode is ``"only-if-cached"`` and nothing good is kept.
            DeadlineExceededError: The deadline came first.
            LoguroError: The load failed, and no old answer may stand in.
        """
        policy = self._policy
        key = self._key(call)
        if mode == "no-store" or policy is None:
            return await self._join(self._take_off(key, call, policy, is_shared=False), call, None)
        if mode == "reload":
            return await self._join(self._take_off(key, call, policy), call, None)
        entry = self._shared.store.get(key)
        kept = self._from_store(entry, call, mode, policy, alias) if entry else None
        if kept is not None:
            return kept
        if mode == "only-if-cached":
            self._counters.misses += 1
            message = 'no good answer is kept; ask again with cache="default"'
            raise CacheMissError(message)
        flight = self._shared.by_key.get(key)
        if flight is None:
            self._counters.misses += 1
            flight = self._take_off(key, call, policy)
        else:
            self._counters.coalesced += 1
        return await self._join(flight, call, policy)

    def _key(self, call: Call) -> CacheKey:
        query = call.query
        return CacheKey(self._origin, self._identity, query.slug, query.endpoint, query.meant)

    def _fresh_seconds(self, call: Call, policy: CachePolicy) -> float:
        return time_to_live(policy, call, self._surroundings.now())

    def _fresh_until(self, entry: Entry, call: Call, policy: CachePolicy) -> float:
        return entry.stored_at + self._fresh_seconds(call, policy) * entry.freshness

    def _from_store(
        self, entry: Entry, call: Call, mode: CacheMode, policy: CachePolicy, alias: Hashable
    ) -> Response | None:
        """The answer that is kept, if it will do without asking the service first."""
        clock = self._surroundings.clock()
        fresh_until = self._fresh_until(entry, call, policy)
        if clock < fresh_until:
            self._counters.hits += 1
            entry.alias(self.recalled, alias, (entry, fresh_until))
            return entry.response
        age = clock - fresh_until
        is_resting = clock < entry.tried_until
        if age < policy.stale_while_revalidate:
            if not is_resting and mode == "default":
                self._refresh(entry.key, call, policy)
            return self._stale(entry)
        if age < policy.stale_if_error and (is_resting or mode == "only-if-cached"):
            return self._stale(entry)
        return None

    def _stale(self, entry: Entry) -> Response:
        self._counters.stale += 1
        return as_stale(entry.response)

    def _refresh(self, key: CacheKey, call: Call, policy: CachePolicy) -> None:
        if key not in self._shared.by_key:
            self._stay_aboard(self._take_off(key, call, policy), call)

    def _stay_aboard(self, flight: Flight, call: Call) -> None:
        """Wait for a load in the background, so that it goes on when its callers leave."""
        flight.board(call.deadline)
        self._shared.in_background(self._wait_quietly(flight))

    async def _wait_quietly(self, flight: Flight) -> None:
        try:
            await flight.wait(flight.call.deadline - self._surroundings.clock())
        finally:
            flight.leave()

    def _take_off(
        self, key: CacheKey, call: Call, policy: CachePolicy | None, *, is_shared: bool = True
    ) -> Flight:
        """Begin a load. Its answer is kept, unless it is not shared or a newer load began."""
        by_key = self._shared.by_key
        # Asked for beforehand: a policy that cannot answer is an error of this call's.
        fresh_seconds = self._fresh_seconds(call, policy) if policy and is_shared else 0.0

        def landed(flight: Flight) -> None:
            is_latest = by_key.get(key) is flight
            left(flight)
            self._shared.landed(flight)
            self._learn(key, flight, policy if is_latest else None, fresh_seconds)

        def left(flight: Flight) -> None:
            if by_key.get(key) is flight:
                del by_key[key]

        flight = Flight(call, self._load, landed=landed, left=left)
        if is_shared:
            by_key[key] = flight
        self._shared.took_off(flight)
        return flight

    def _learn(
        self, key: CacheKey, flight: Flight, policy: CachePolicy | None, fresh_seconds: float
    ) -> None:
        """Take from the end of a load what it tells of the answers that are kept.

        Without a policy, the load has no say in them, but that it was refused still counts.
        """
        error = flight.error()
        if isinstance(error, AuthenticationError | ProjectNotFoundError):
            self._purge(key, error)
        elif policy is not None and error is None:
            self._keep(key, flight, policy, fresh_seconds)
        elif policy is not None and isinstance(error, _COVERED):
            self._rest(key, error, policy)

    def _keep(
        self, key: CacheKey, flight: Flight, policy: CachePolicy, fresh_seconds: float
    ) -> None:
        stored_at = self._surroundings.clock() - flight.call.age
        freshness = 1.0 - policy.jitter * self._surroundings.chance()
        entry = Entry(
            key,
            flight.answer(),
            stored_at=stored_at,
            freshness=freshness,
            keep_until=stored_at + fresh_seconds * freshness + policy.stale_window,
        )
        if flight.call.background:
            self._shared.store.put_in_passing(entry)
        else:
            self._shared.store.put(entry)

    def _purge(self, key: CacheKey, error: LoguroError) -> None:
        if isinstance(error, AuthenticationError):
            self._shared.forget(lambda other: other.identity == key.identity)
        elif key.endpoint.startswith("visitor"):
            self._shared.forget(lambda other: other == key)
        else:
            self._shared.forget(
                lambda other: (other.identity, other.slug) == (key.identity, key.slug)
            )

    def _rest(self, key: CacheKey, error: BaseException, policy: CachePolicy) -> None:
        """Leave the service alone for a while where there is an old answer to fall back on."""
        entry = self._shared.store.get(key)
        if entry is not None and policy.stale_window:
            entry.tried_until = self._surroundings.clock() + policy.throttle
            _LOG.info("%s of %r: old answer kept, %s", key.endpoint, key.slug, error)

    async def _join(self, flight: Flight, call: Call, policy: CachePolicy | None) -> Response:
        """Wait for a load; where a policy allows it, fall back on an old answer."""
        deadline = call.deadline
        flight.board(deadline)
        try:
            if policy is not None and policy.stale_if_slow is not None:
                patience = min(policy.stale_if_slow, deadline - self._surroundings.clock())
                old = await self._instead_of_waiting(flight, call, policy, patience)
                if old is not None:
                    return self._stale(old)
            if not await flight.wait(deadline - self._surroundings.clock()):
                raise DeadlineExceededError(_TOO_LATE).about(attempts=flight.call.attempts)
            return flight.answer()
        except _COVERED:
            old = self._old(call, policy, policy.stale_if_error) if policy else None
            if old is None:
                raise
            return self._stale(old)
        finally:
            flight.leave()

    async def _instead_of_waiting(
        self, flight: Flight, call: Call, policy: CachePolicy, patience: float
    ) -> Entry | None:
        """The old answer, if there is one and the load takes longer than ``patience`` seconds."""
        window = policy.stale_window
        if self._old(call, policy, window) is None or await flight.wait(patience):
            return None
        old = self._old(call, policy, window)
        if old is not None:
            self._stay_aboard(flight, call)
        return old

    def _old(self, call: Call, policy: CachePolicy, window: float) -> Entry | None:
        """What is kept for a call, if it went stale less than ``window`` seconds ago."""
        entry = self._shared.store.get(self._key(call))
        if entry is None:
            return None
        age = self._surroundings.clock() - self._fresh_until(entry, call, policy)
        return entry if age < window else None
