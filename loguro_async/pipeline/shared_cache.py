"""Shares responses with other processes: from the shared cache, or from the service, one at a time.

The stage is between the cache in memory and the load. One load runs for all processes that make the
same query at the same time; only decoded responses are stored; a load that began before an
invalidation stores nothing; the age of a response counts from when it was fetched. Without the
server, calls continue and share nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from loguro_async.errors import (
    AuthenticationError,
    CircuitOpenError,
    ConfigurationError,
    DeadlineExceededError,
    DecodeError,
    LoguroError,
    ProjectNotFoundError,
)
from loguro_async.pipeline.coherence import Coherence
from loguro_async.pipeline.error_codec import decode_error, encode_error
from loguro_async.shared.cache_entry import OWNER_BYTES
from loguro_async.shared.cipher import Cipher, Envelope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Generator

    from loguro_async.models.response_base import Response
    from loguro_async.pipeline.call import Call, Load
    from loguro_async.pipeline.coherence import MemoryCache
    from loguro_async.pipeline.stats import Counters
    from loguro_async.runtime import Runtime
    from loguro_async.shared.cache import RedisCache, RedisCacheConnection, Watch
    from loguro_async.shared.cache_entry import Location, LockMode, ReadResult

    Decode = Callable[[Call, bytes, dt.datetime], Response]
    """Decodes a body that was fetched at a time."""

_RENEWALS_PER_LEASE: Final = 3
# Hosts' clocks differ a little: a response from so near a future is new.
_CLOCK_SKEW_SECONDS: Final = 1.0
_FAILURE: Final = b"failure"


class SharedCacheClient:
    """The shared cache as all views of one client use it.

    Args:
        cache: Given by the user.
        token: The personal access token, from which all keys are derived.
        origin: Where the responses come from.
        memory: What this process has cached.

    Attributes:
        coherence: Tells which entries in memory may have been invalidated by other processes.

    Raises:
        ConfigurationError: ``cache`` is no ``RedisCache``.
    """

    __slots__ = ("cipher", "coherence", "connection")

    def __init__(
        self,
        cache: RedisCache,
        token: str,
        origin: str,
        *,
        memory: MemoryCache,
    ) -> None:
        if isinstance(cache, type) or not hasattr(cache, "connection"):
            raise ConfigurationError(
                f"shared_cache must be a RedisCache, got {type(cache).__name__}; "
                "pass one such as RedisCache('redis://cache.example:6379/0')"
            )
        self.cipher = Cipher(token, origin)
        self.coherence = Coherence(self.cipher.project, memory)
        self.connection: RedisCacheConnection = cache.connection(self.cipher.scope, self.coherence)
        self.coherence.generations = self.connection.generations

    def invalidate(self, slug: str | None) -> Awaitable[None]:
        """Invalidates a project, or all of them, in the shared cache and in all processes."""
        project = None if slug is None else self.cipher.project(slug)
        self.coherence.forget(project)
        return self.connection.invalidate(project)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self.connection.aclose()


class _Lease(NamedTuple):
    """The right to load for all processes, until the deadline that the load began with."""

    location: Location
    owner: bytes
    deadline: float


class SharedCacheStage:
    """Returns a response from the shared cache, or from the next stage, and stores that.

    Args:
        shared: What the views of the client share.
        load: The next stage.
        decode: Decodes a body from the shared cache.
        time_to_live: Seconds that the response to a call stays fresh; 0 for one that is not shared.
        runtime: The clocks.
        counters: Where responses from the shared cache are counted.
    """

    __slots__ = (
        "_connection",
        "_counters",
        "_decode",
        "_load",
        "_runtime",
        "_shared",
        "_time_to_live",
    )

    def __init__(
        self,
        shared: SharedCacheClient,
        load: Load,
        *,
        decode: Decode,
        time_to_live: Callable[[Call], float],
        runtime: Runtime,
        counters: Counters,
    ) -> None:
        self._shared = shared
        self._connection = shared.connection
        self._load = load
        self._decode = decode
        self._time_to_live = time_to_live
        self._runtime = runtime
        self._counters = counters

    async def load(self, call: Call) -> Response:
        """Returns the response to a call.

        It sets ``call.age`` where another process fetched it, and ``call.epoch``, by which
        ``Coherence`` tells whether it can have been invalidated meanwhile.

        Raises:
            DeadlineExceededError: The deadline came while another process was loading.
            LoguroError: The load failed, here or in the process that loaded for this one.
        """
        seconds = 0.0 if call.mode == "no-store" else self._time_to_live(call)
        call.epoch = self._shared.coherence.epoch
        if seconds > 0 and not call.endpoint.sensitive:
            return await self._share(call, seconds)
        if seconds > 0:
            await self._shared.coherence.observe(call.request.slug)
            call.epoch = self._shared.coherence.epoch
        return await self._load_here(call)

    async def _share(self, call: Call, seconds: float) -> Response:
        request = call.request
        ends_at = self._runtime.clock() + call.deadline.seconds_left
        location = self._shared.cipher.location(request.slug, request.path, request.canonical)
        lease = _Lease(location, secrets.token_bytes(OWNER_BYTES), ends_at)
        is_reload = call.mode == "reload"
        mode: LockMode = "take-over" if is_reload else "if-missing"
        with self._connection.watch(location) as watch:
            while (read_result := await self._read(call, lease, mode)) is not None:
                found = None if is_reload else self._opened(call, location, read_result, seconds)
                if found is not None:
                    if read_result.holder == lease.owner:
                        self._connection.release(location, lease.owner)
                    return found
                if read_result.holder == lease.owner:
                    return await self._load_for_all(call, lease, read_result, seconds)
                if not read_result.holder:
                    mode = "if-free"  # the stored response cannot be used
                elif await self._failed_elsewhere(call, lease, read_result, watch):
                    break
        return await self._load_here(call)

    async def _read(self, call: Call, lease: _Lease, mode: LockMode) -> ReadResult | None:
        coherence, location, slug = self._shared.coherence, lease.location, call.request.slug
        coherence.expect(slug, location.project)
        epoch = coherence.epoch
        seconds = min(self._connection.lease_seconds, self._left(lease))
        read_result = await self._connection.read(location, lease.owner, mode, seconds)
        # The first read connects, which begins an epoch before it runs.
        call.epoch = epoch = epoch or coherence.epoch
        if read_result is not None:
            coherence.note(slug, location.project, read_result.generations, epoch)
        return read_result

    def _opened(
        self, call: Call, location: Location, read_result: ReadResult, seconds: float
    ) -> Response | None:
        """Returns the stored response, if it is intact, fresh and of the current generation."""
        cipher, connection = self._shared.cipher, self._connection
        envelope = cipher.open(location, read_result.sealed, max_bytes=connection.max_bytes)
        if envelope is None or envelope.generations != read_result.generations:
            return None
        age = (self._runtime.now() - envelope.fetched_at).total_seconds()
        if not -_CLOCK_SKEW_SECONDS <= age < seconds:
            return None
        try:
            response = self._decode(call, envelope.body, envelope.fetched_at)
        except DecodeError:
            return None
        call.age = max(0.0, age)
        self._counters.shared_hits += 1
        return response

    async def _failed_elsewhere(
        self, call: Call, lease: _Lease, read_result: ReadResult, watch: Watch
    ) -> bool:
        """Waits for the process that is loading, within the deadline.

        Returns whether its load failed for a reason of its own, so that this process must try.

        Raises:
            LoguroError: What its load failed with, where the service caused it.
        """
        left = call.deadline.seconds_left
        if left <= 0:
            raise call.deadline_error(self._runtime.clock() - call.started_at)
        with call.waiting("the process that loads for all"):
            sealed = await watch.ended(read_result.holder, min(left, read_result.lease_seconds))
        plain = self._shared.cipher.decrypt(lease.location, _FAILURE, sealed) if sealed else None
        if plain is None:
            return False
        failure = decode_error(plain)
        if failure is not None:
            raise failure
        return True

    async def _load_for_all(
        self, call: Call, lease: _Lease, read_result: ReadResult, seconds: float
    ) -> Response:
        location, owner, _ = lease
        with self._renewed(lease):
            try:
                response = await self._load_here(call)
            except BaseException as error:
                self._connection.release(location, owner, self._failure(location, error))
                raise
        if len(response.raw) <= self._connection.max_bytes:
            envelope = Envelope(response.raw, response.fetched_at, read_result.generations)
            sealed = self._shared.cipher.seal(location, envelope)
            self._connection.store(location, owner, read_result, sealed, seconds)
        else:
            self._connection.release(location, owner)
        return response

    def _failure(self, location: Location, error: BaseException) -> bytes:
        """Returns the message to waiting processes: the error, or nothing for the next to load."""
        # An open circuit or a deadline of this process does not concern other processes.
        says_nothing = isinstance(error, CircuitOpenError | DeadlineExceededError)
        if says_nothing or not isinstance(error, LoguroError):
            return b""
        return self._shared.cipher.encrypt(location, _FAILURE, encode_error(error))

    async def _load_here(self, call: Call) -> Response:
        """Loads; an error that says that access was lost is passed on to the other processes."""
        try:
            return await self._load(call)
        except AuthenticationError:
            self._shared.invalidate(None)
            raise
        except ProjectNotFoundError:
            # Elsewhere it may mean the visitor, and those endpoints are not shared.
            if call.endpoint.is_about_project:
                self._shared.invalidate(call.request.slug)
            raise

    @contextmanager
    def _renewed(self, lease: _Lease) -> Generator[None]:
        """Renews a lease while its load runs, until the deadline that it began with."""
        loop = asyncio.get_running_loop()
        pause = self._connection.lease_seconds / _RENEWALS_PER_LEASE
        timer: asyncio.TimerHandle

        def renew() -> None:
            nonlocal timer
            left = self._left(lease)
            if left > 0:
                self._connection.renew(
                    lease.location, lease.owner, min(self._connection.lease_seconds, left)
                )
                timer = loop.call_later(pause, renew)

        timer = loop.call_later(pause, renew)
        try:
            yield
        finally:
            timer.cancel()

    def _left(self, lease: _Lease) -> float:
        return lease.deadline - self._runtime.clock()
