"""The first stage: the fast path, then the store, then shared loads.

Each call gets a fresh cached response, a stale one that is marked as such, or that of a load. Only
decoded responses are stored. A load that started before an invalidation, a purge or a newer load
stores nothing. A 401 drops everything, a 404 its project or visitor; neither is ever covered by a
stale response.
"""

from __future__ import annotations

import logging
from asyncio import (
    _get_running_loop as running_loop_or_none,  # pyright: ignore[reportPrivateUsage]
)
from math import inf
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from msgspec import Struct

from loguro_async.checks import check_seconds
from loguro_async.endpoints import Endpoint
from loguro_async.errors import (
    AuthenticationError,
    CacheMissError,
    CircuitOpenError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    ResponseError,
    TransportError,
)
from loguro_async.models.response_base import as_stale
from loguro_async.pipeline.cache.memory_store import Entry
from loguro_async.pipeline.cache.single_flight import Load
from loguro_async.pipeline.cache.time_to_live import time_to_live
from loguro_async.pipeline.call import Call
from loguro_async.pipeline.deadline import Deadline
from loguro_async.policies import CacheMode, CachePolicy
from loguro_async.request import Request, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from loguro_async.models.response_base import Response, ResponseT
    from loguro_async.pipeline import call as pipeline_call
    from loguro_async.pipeline.cache.memory_level import MemoryLevel
    from loguro_async.pipeline.coherence import Coherence
    from loguro_async.pipeline.loop_guard import LoopGuard
    from loguro_async.pipeline.stats import Counters
    from loguro_async.pipeline.view_options import ViewOptions
    from loguro_async.request import Query
    from loguro_async.runtime import Runtime

_LOG: Final = logging.getLogger("loguro_async")
_MODES: Final = get_args(CacheMode)
# The service failed or cannot be reached: a stale response may be returned.
_COVERED: Final = (
    TransportError,
    ResponseError,
    CircuitOpenError,
    QueryFailedError,
    RateLimitedError,
)
# Reads on the fast path do not count as use for the eviction; so often, one goes through the store.
_FAST_PATH_SECONDS: Final = 60.0


class _Lookup(Struct, gc=False):
    """One look-up of one caller: the request, the deadline and the policy."""

    endpoint: Endpoint[Any]
    request: Request
    mode: CacheMode
    began: float
    deadline: float
    policy: CachePolicy

    def restart(self, now: float) -> None:
        """Gives background work its whole time again: waiting for others does not count."""
        self.began, self.deadline = now, now + self.deadline - self.began


class CacheStage:
    """Returns responses to one view of a client; the only stage that callers see.

    Args:
        memory: The store and the loads in progress, which all views share.
        options: The options of this view.
        load: The stage after this one.
        guard: Refuses calls after the client was closed, and from another event loop.
        runtime: Clock and random numbers.
        counters: Where hits, misses and the like are counted.
        context: Returns the caller's context variables, where hooks run in them.
    """

    __slots__ = (
        "_clock",
        "_context",
        "_counters",
        "_fast_path",
        "_guard",
        "_load",
        "_memory",
        "_options",
        "_runtime",
        "_single_flight",
        "_store",
    )

    def __init__(
        self,
        memory: MemoryLevel,
        options: ViewOptions,
        load: pipeline_call.Load,
        *,
        guard: LoopGuard,
        runtime: Runtime,
        counters: Counters,
        context: Callable[[], Context | None],
    ) -> None:
        self._memory = memory
        self._options = options
        self._load = load
        self._guard = guard
        self._runtime = runtime
        self._clock = runtime.clock
        self._counters = counters
        self._context = context
        self._single_flight = memory.single_flight
        self._store = memory.store
        self._fast_path = memory.store.fast_path(options.cache)

    async def get(
        self, query: Query[ResponseT], mode: CacheMode, timeout: float | None
    ) -> ResponseT:
        """Returns the response to a query.

        Args:
            query: The arguments of the call, as they were given.
            mode: How the cache is used.
            timeout: Seconds for the whole call; by default the view's.

        Raises:
            LoguroError: The query is refused, or no response may be returned.
        """
        try:
            found = self._fast_path.get(query)
        except TypeError:  # an argument cannot be hashed; it is refused below
            found = None
        if (
            found is not None
            and mode == "default"
            and timeout is None
            and self._clock() < found[1]
            and self._guard.loop is running_loop_or_none()
            and found[0].epoch == self._store.epoch
        ):
            self._counters.hits += 1
            return found[0].response  # type: ignore[return-value]  # a cast is a call
        self._guard.check()
        try:
            return cast("ResponseT", await self._get(query, mode, timeout))
        except LoguroError as error:
            self._counters.errors += 1
            error.about(slug=query.slug, endpoint=query.endpoint.name)
            raise

    async def _get(self, query: Query[Any], mode: CacheMode, timeout: float | None) -> Response:
        if mode not in _MODES:
            message = f"cache must be one of {', '.join(_MODES)}, got {mode!r}"
            raise InvalidQueryError(message)
        seconds = self._options.timeout
        if timeout is not None:
            seconds = check_seconds("timeout", timeout, zero=False)
        request = prepare(query)
        policy = self._options.cache
        began = self._clock()
        deadline = began + seconds
        if mode == "only-if-cached" and policy is None:
            raise self._miss()
        if mode == "no-store" or policy is None:
            load = self._start(query.endpoint, request, mode, deadline, is_stored=False)
            await load.wait(self._waits_until(load, deadline))
            return load.result()
        if callable(policy.ttl):  # an error of the policy is raised before anything is sent
            time_to_live(policy, query.endpoint, request, self._runtime.now())
        lookup = _Lookup(query.endpoint, request, mode, began, deadline, policy)
        if mode != "reload":
            if mode == "default" and self._memory.coherence is not None:
                await self._verify(request.key, self._memory.coherence)
            response = self._from_store(lookup, query)
            if response is not None:
                return response
        if mode == "only-if-cached":
            raise self._miss()
        return await self._join_or_load(lookup)

    def _miss(self) -> CacheMissError:
        self._counters.misses += 1
        message = 'no usable response is cached; call with cache="default"'
        return CacheMissError(message)

    def _waits_until(self, load: Load, deadline: float) -> float:
        """Returns until when a caller waits: background work, as long as its load lasts.

        The deadline of such a load is paused while it waits for a permit or for the service.
        """
        return inf if self._is_background and load.call.is_background else deadline

    @property
    def _is_background(self) -> bool:
        return self._options.max_outage is not None

    # --- cached responses -----------------------------------------------------------------------

    def _from_store(self, lookup: _Lookup, query: Query[Any]) -> Response | None:
        """Returns the cached response, where it can be used without waiting for the service."""
        entry = self._store.get(lookup.request.key)
        if entry is None:
            return None
        now = self._clock()
        fresh_until = self._fresh_until(entry, lookup)
        is_verified = entry.epoch == self._store.epoch
        if now < fresh_until and is_verified:
            self._counters.hits += 1
            if not query.params:  # 1 and 1.0 are equal there, and sent as different texts
                until = min(fresh_until, now + _FAST_PATH_SECONDS)
                self._store.remember(self._fast_path, query, entry, until)
            return entry.response
        policy = lookup.policy
        stale_for = max(0.0, now - fresh_until)
        has_just_failed = entry.failed_at is not None and now < entry.failed_at + policy.throttle
        if stale_for < policy.stale_while_revalidate:
            if not has_just_failed and lookup.mode == "default":
                self._refresh(lookup)
            return self._stale(entry)
        may_cover = has_just_failed or lookup.mode == "only-if-cached"
        return self._stale(entry) if may_cover and stale_for < policy.stale_if_error else None

    async def _verify(self, key: str, coherence: Coherence) -> None:
        """Verifies an entry from before a gap in the messages of other processes."""
        entry, epoch = self._store.get(key), self._store.epoch
        if entry is None or entry.epoch == epoch:
            return
        if await coherence.is_valid(entry.slug, entry.epoch):
            entry.epoch = epoch

    def _fresh_until(self, entry: Entry, lookup: _Lookup) -> float:
        policy = lookup.policy
        seconds = time_to_live(policy, lookup.endpoint, lookup.request, entry.response.fetched_at)
        return entry.fetched_at + seconds * (1.0 - policy.jitter * entry.jitter)

    def _stale(self, entry: Entry) -> Response:
        self._counters.stale += 1
        return as_stale(entry.response)

    def _stale_entry(self, lookup: _Lookup, window: float) -> Entry | None:
        """Returns the entry, if it became stale less than ``window`` seconds ago."""
        entry = self._store.get(lookup.request.key)
        if entry is None or self._clock() - self._fresh_until(entry, lookup) >= window:
            return None
        return entry

    # --- loads ----------------------------------------------------------------------------------

    def _start(
        self,
        endpoint: Endpoint[Any],
        request: Request,
        mode: CacheMode,
        deadline: float,
        *,
        is_stored: bool = True,
    ) -> Load:
        options = self._options
        call = Call(
            endpoint,
            request,
            Deadline(deadline, self._clock),
            self._clock,
            mode=mode,
            attempt_timeout=options.retry.attempt_timeout if options.retry else None,
            max_outage=options.max_outage,
            context=self._context(),
        )
        load = Load(call, self._clock, self._finished, is_stored=is_stored)
        self._single_flight.add(load)
        load.start(self._load)
        return load

    def _refresh(self, lookup: _Lookup) -> None:
        request = lookup.request
        if self._single_flight.get(request.slug, request.key) is None:
            deadline = self._clock() + self._options.timeout
            load = self._start(lookup.endpoint, request, lookup.mode, deadline)
            load.is_refresh = True

    def _joinable(self, lookup: _Lookup) -> Load | None:
        """Returns a load in progress that ends as early as a load of the caller's own would."""
        load = self._single_flight.get(lookup.request.slug, lookup.request.key)
        if load is None or lookup.mode == "reload":
            return None
        # Background work waits behind all interactive calls, and for a service that is unavailable.
        call = load.call
        waits = call.is_background and (call.is_waiting or not call.attempts)
        return None if waits and not self._is_background else load

    async def _join_or_load(self, lookup: _Lookup) -> Response:
        deadline = lookup.deadline
        load = self._joinable(lookup)
        if load is not None:
            self._counters.coalesced += 1
        elif lookup.mode == "default":
            self._counters.misses += 1
        while True:
            is_own = load is None
            if load is None:
                if self._has_stale_if_slow(lookup):
                    deadline = max(deadline, self._clock() + self._options.timeout)
                load = self._start(lookup.endpoint, lookup.request, lookup.mode, deadline)
            try:
                response = await self._response_of(load, lookup, is_own=is_own)
            except _COVERED as error:
                return self._stale_if_error(lookup, error)
            if response is not None:
                return response
            # The next load gets the latest deadline of all waiters. Otherwise many short loads
            # would follow each other.
            if self._is_background:
                lookup.restart(self._clock())
            deadline = max(lookup.deadline, load.latest_deadline)
            lookup.mode = "default"
            load = self._joinable(lookup)

    async def _response_of(self, load: Load, lookup: _Lookup, *, is_own: bool) -> Response | None:
        """Waits for a load; returns ``None`` where a caller that joined needs another one.

        Its response, which another process had fetched, is too old for this view; or it ended by
        its deadline, and this caller has time left.
        """
        if self._has_stale_if_slow(lookup):
            old = await self._stale_if_slow(load, lookup)
            if old is not None:
                return self._stale(old)
        if not await load.wait(self._waits_until(load, lookup.deadline)):
            raise load.call.deadline_error(self._clock() - lookup.began)
        return load.result() if is_own or self._serves(load, lookup) else None

    def _serves(self, load: Load, lookup: _Lookup) -> bool:
        """Whether a load that another caller started, and that has ended, serves this one."""
        if load.is_expired and self._clock() < lookup.deadline:
            return False
        if self._is_background and isinstance(load.error, _COVERED):
            return load.call.is_background  # an interactive call is less patient
        response, age = load.response, load.call.age
        if response is None or not age:
            return True
        fetched_at = response.fetched_at
        return age < time_to_live(lookup.policy, lookup.endpoint, lookup.request, fetched_at)

    def _has_stale_if_slow(self, lookup: _Lookup) -> bool:
        policy = lookup.policy
        return (
            lookup.mode == "default"
            and policy.stale_if_slow is not None
            and self._stale_entry(lookup, policy.stale_window) is not None
        )

    async def _stale_if_slow(self, load: Load, lookup: _Lookup) -> Entry | None:
        """Returns the stale entry if the load is slow; it then continues as a refresh."""
        policy = lookup.policy
        load.is_refresh = True
        patience = policy.stale_if_slow or 0.0
        if await load.wait(min(self._clock() + patience, lookup.deadline)):
            return None
        return self._stale_entry(lookup, policy.stale_window)

    def _stale_if_error(self, lookup: _Lookup, error: LoguroError) -> Response:
        entry = self._stale_entry(lookup, lookup.policy.stale_if_error)
        if entry is None or lookup.mode == "reload":
            raise error
        self._note_failure(entry, error)
        return self._stale(entry)

    def _note_failure(self, entry: Entry, error: BaseException) -> None:
        entry.failed_at = self._clock()
        _LOG.info("a stale response may be used for %s: %s", entry.key, error)

    def _finished(self, load: Load) -> None:
        """Stores the response of a finished load, or drops entries after a 401 or 404."""
        request, error = load.call.request, load.error
        may_store = self._single_flight.remove(load)
        if load.response is not None:
            if may_store and not load.was_abandoned:
                self._put(load, load.response)
        elif isinstance(error, AuthenticationError):
            self._memory.drop(None)
        elif isinstance(error, ProjectNotFoundError):
            if load.call.endpoint.is_about_project:
                self._memory.drop(request.slug)
            else:
                self._store.drop(request.key)
                self._single_flight.forget(request.slug, request.key)
        elif may_store and isinstance(error, _COVERED):
            entry = self._store.get(request.key)
            if entry is not None:
                self._note_failure(entry, error)

    def _put(self, load: Load, response: Response) -> None:
        request = load.call.request
        entry = Entry(
            request.key,
            request.slug,
            response,
            self._clock() - load.call.age,
            jitter=self._runtime.random(),
            epoch=load.call.epoch,
        )
        self._store.put(entry, one_shot=load.call.is_background)
