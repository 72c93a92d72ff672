"""Decides for each call: a fresh answer, an old one that says so, or a load.

What must hold: one load for all who ask at once; only decoded answers are kept; a load that began
before an invalidation, a purge or a newer load leaves no trace; a 401 forgets all that the token
fetched, a 404 what it says is missing, and neither is ever covered by an old answer.
"""

from __future__ import annotations

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
from loguro_async.pipeline.cache.entry import CacheKey, Entry
from loguro_async.pipeline.cache.flight import OwnFlight, SharedFlight, closed_error
from loguro_async.pipeline.cache.freshness import time_to_live

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

    from loguro_async.config import CacheMode, CachePolicy
    from loguro_async.models.responses import Response
    from loguro_async.pipeline.cache.answers import SharedAnswers
    from loguro_async.pipeline.cache.flight import Flight
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


def _may_join(flight: Flight, call: Call) -> bool:
    """Whether a load serves a call no later than one of its own would.

    One in the background that was not sent yet waits behind all others.
    """
    if call.background or not flight.call.background:
        return True
    if not flight.call.attempts:
        return False
    flight.call.background = False  # from now on, somebody waits for it
    return True


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
        "_stale_window",
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
        self._stale_window = policy.stale_window if policy else 0.0
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
            return await self._join(self._take_off(key, call, is_shared=False), call, None)
        if mode == "reload":
            return await self._join(self._take_off(key, call), call, None)
        entry = self._shared.store.get(key)
        if entry and not self._is_verified(entry) and mode == "default":
            await self._verify(entry)
            entry = self._shared.store.get(key)
        kept = self._from_store(entry, call, mode, policy, alias) if entry else None
        if kept is not None:
            return kept
        if mode == "only-if-cached":
            self._counters.misses += 1
            message = 'no good answer is kept; ask again with cache="default"'
            raise CacheMissError(message)
        flight = self._shared.by_key.get(key)
        if flight is None or not _may_join(flight, call):
            self._counters.misses += 1
            if call.background and entry is None:
                return await self._fly(key, call)
            flight = self._take_off(key, call)
        else:
            self._counters.coalesced += 1
        return await self._join(flight, call, policy)

    def _key(self, call: Call) -> CacheKey:
        query = call.query
        return CacheKey(
            self._origin, self._identity, query.slug, query.endpoint, query.path, query.meant
        )

    def _is_verified(self, entry: Entry) -> bool:
        """Whether every invalidation by another process would have been heard of."""
        coherence = self._shared.coherence
        return coherence is None or entry.epoch == coherence.epoch

    async def _verify(self, entry: Entry) -> None:
        coherence = self._shared.coherence
        if coherence is not None:
            epoch = coherence.epoch
            if await coherence.is_valid(entry.key.slug, entry.epoch):
                entry.epoch = epoch

    def _fresh_until(self, entry: Entry, call: Call, policy: CachePolicy) -> float:
        # By the moment of the answer: a window that was not over then may have changed since.
        seconds = time_to_live(policy, call, lambda: entry.response.fetched_at)
        until = min(entry.stored_at + seconds * entry.freshness, entry.keep_until)
        return until if self._is_verified(entry) else min(until, self._surroundings.clock())

    def _from_store(
        self, entry: Entry, call: Call, mode: CacheMode, policy: CachePolicy, alias: Hashable
    ) -> Response | None:
        """The answer that is kept, if it will do without asking the service first."""
        fresh_until = self._fresh_until(entry, call, policy)
        clock = self._surroundings.clock()
        if clock < fresh_until:
            self._counters.hits += 1
            entry.alias(self.recalled, alias, (entry, fresh_until))
            return entry.response
        age = clock - fresh_until
        is_resting = clock < entry.tried_until
        if age < policy.stale_while_revalidate:
            if not is_resting and mode == "default":
                self._refresh(entry.key, call)
            return self._stale(entry)
        if age < policy.stale_if_error and (is_resting or mode == "only-if-cached"):
            return self._stale(entry)
        return None

    def _stale(self, entry: Entry) -> Response:
        self._counters.stale += 1
        return as_stale(entry.response)

    def _refresh(self, key: CacheKey, call: Call) -> None:
        if key not in self._shared.by_key:
            self._stay_aboard(self._take_off(key, call), call)

    def _stay_aboard(self, flight: Flight, call: Call) -> None:
        """Wait for a load in the background, so that it goes on when its callers leave."""
        flight.board(call.deadline)
        self._shared.in_background(self._wait_quietly(flight))

    async def _wait_quietly(self, flight: Flight) -> None:
        try:
            await flight.wait(flight.call.deadline)
        finally:
            flight.leave()

    def _take_off(self, key: CacheKey, call: Call, *, is_shared: bool = True) -> SharedFlight:
        """Begin a load. Its answer is kept, unless it is not shared or a newer load began."""
        if self._shared.is_closed:  # who joined a load that was left may come here late
            raise closed_error()
        fresh_seconds = self._fresh_seconds(call) if is_shared else None
        flight = SharedFlight(
            key, call, fresh_seconds, self._shared, landed=self._landed, load=self._load
        )
        if is_shared:
            self._shared.by_key[key] = flight
        self._shared.took_off(flight)
        return flight

    async def _fly(self, key: CacheKey, call: Call) -> Response:
        """Make a load that is one of very many, in the task of its caller."""
        flight = OwnFlight(key, call, self._fresh_seconds(call), self._shared, landed=self._landed)
        self._shared.by_key[key] = flight
        self._shared.took_off(flight)
        if not await flight.fly(self._load):
            raise DeadlineExceededError(_TOO_LATE).about(attempts=call.attempts)
        return flight.answer()

    def _fresh_seconds(self, call: Call) -> float | None:
        # Asked for beforehand: a policy that cannot answer is an error of this call's.
        policy = self._policy
        return time_to_live(policy, call, self._surroundings.now) if policy else None

    def _landed(self, flight: Flight) -> None:
        """Take from the end of a load what it tells of the answers that are kept.

        One that is not shared or not the latest has no say in them, but a refusal always counts.
        """
        is_latest = self._shared.landed(flight)
        error = flight.error()
        policy, fresh_seconds = self._policy, flight.fresh_seconds
        if isinstance(error, AuthenticationError | ProjectNotFoundError):
            self._purge(flight.key, error)
        elif is_latest and policy is not None and fresh_seconds is not None:
            if error is None:
                self._keep(flight, policy, fresh_seconds)
            elif isinstance(error, _COVERED):
                self._rest(flight.key, error, policy)

    def _keep(self, flight: Flight, policy: CachePolicy, fresh_seconds: float) -> None:
        stored_at = self._surroundings.clock() - flight.call.age
        freshness = 1.0 - policy.jitter * self._surroundings.chance()
        entry = Entry(
            flight.key,
            flight.answer(),
            stored_at=stored_at,
            freshness=freshness,
            keep_until=stored_at + fresh_seconds * freshness + self._stale_window,
            epoch=flight.call.epoch,
            in_passing=flight.call.background,
        )
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
        if entry is not None and self._stale_window:
            entry.tried_until = self._surroundings.clock() + policy.throttle
            _LOG.info("%s of %r: old answer kept, %s", key.endpoint, key.slug, error)

    async def _join(self, flight: Flight, call: Call, policy: CachePolicy | None) -> Response:
        """Wait for a load; where a policy allows it, fall back on an old answer."""
        deadline = call.deadline
        flight.board(deadline)
        try:
            if policy is not None and policy.stale_if_slow is not None:
                patient_until = min(self._surroundings.clock() + policy.stale_if_slow, deadline)
                old = await self._instead_of_waiting(flight, call, policy, patient_until)
                if old is not None:
                    return self._stale(old)
            if not await flight.wait(deadline):
                raise DeadlineExceededError(_TOO_LATE).about(attempts=flight.call.attempts)
            if not flight.is_abandoned:
                return flight.answer()
        except _COVERED as error:
            old = self._old(call, policy, policy.stale_if_error) if policy else None
            if old is None or policy is None:
                raise
            self._rest(old.key, error, policy)
            return self._stale(old)
        finally:
            flight.leave()
        key = self._key(call)
        flight = self._shared.by_key.get(key) or self._take_off(key, call)
        return await self._join(flight, call, policy)

    async def _instead_of_waiting(
        self, flight: Flight, call: Call, policy: CachePolicy, patient_until: float
    ) -> Entry | None:
        """The old answer, if there is one and the load has not ended by then."""
        window = self._stale_window
        if self._old(call, policy, window) is None or await flight.wait(patient_until):
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
