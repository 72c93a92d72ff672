"""The one place where the order of the stages is written.

A call goes through the cache, the second tier (where there is one) and the project's breaker; a
query that is too much may be split; what is left is decoded from what the retries, the limits and
the origin's breaker let through to the transport.
"""

from __future__ import annotations

import hashlib
import secrets
from asyncio import get_running_loop
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, get_args

from msgspec import Struct

from loguro_async.config import CacheMode, SharedLimits, check_timeout
from loguro_async.errors import DecodeError, InvalidQueryError, LoguroError, ResponseError
from loguro_async.models.responses import received
from loguro_async.pipeline.breaker import OriginBreaker, ProjectBreaker
from loguro_async.pipeline.budget import RetryBudget
from loguro_async.pipeline.cache import CacheStage, SharedAnswers
from loguro_async.pipeline.cache.freshness import time_to_live
from loguro_async.pipeline.cache.store import Store
from loguro_async.pipeline.call import Call, ClientStats, Counters, Fetch, Surroundings
from loguro_async.pipeline.decode import decode
from loguro_async.pipeline.lifetime import Lifetime
from loguro_async.pipeline.limits import PlaceLimit
from loguro_async.pipeline.observer import Observer
from loguro_async.pipeline.retry import Retry
from loguro_async.pipeline.transport import Transport

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Coroutine, Mapping

    import aiohttp

    from loguro_async.config import BreakerPolicy, CachePolicy, Limits, RetryPolicy
    from loguro_async.endpoints import Question
    from loguro_async.hooks import Hooks
    from loguro_async.models.responses import Response, ResponseT
    from loguro_async.pipeline.cache.entry import Entry
    from loguro_async.pipeline.shared_cache import SharedCacheClient  # noqa: TC004 - a type here
    from loguro_async.shared.cache import RedisCache

# New for each process: outside of it, an identity says nothing of the token.
_IDENTITY_KEY: Final = secrets.token_bytes(32)
_MODES: Final = get_args(CacheMode)


class Service(Struct, frozen=True, eq=False):
    """The service as one client knows it: what all of the client's views share."""

    origin: str
    identity: bytes
    transport: Transport
    send: Fetch
    budget: RetryBudget
    projects: ProjectBreaker | None
    observer: Observer
    answers: SharedAnswers
    lifetime: Lifetime
    surroundings: Surroundings
    counters: Counters
    shared: SharedCacheClient | None
    shared_limits: SharedLimits | None
    feeds: dict[Hashable, Any]

    def stats(self) -> ClientStats:
        """What was done so far."""
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
            cache_entries=len(self.answers.store),
            cache_bytes=self.answers.store.size,
            shared_hits=counters.shared_hits,
        )

    async def invalidate(self, project: str | None) -> None:
        """Drop what is kept of a project, or of all, here and in the second tier."""
        self.answers.forget(lambda key: project is None or key.slug == project)
        if self.shared is not None:
            await self.shared.invalidate(project)

    async def aclose(self, drain_seconds: float) -> None:
        """Take no more calls, let those under way end for a while, close what was opened."""
        self.lifetime.close()
        try:
            await self.answers.drain(drain_seconds)
            if self.shared is not None:
                await self.shared.aclose()
            if self.shared_limits is not None:
                await self.shared_limits.aclose()
        finally:
            await self.transport.aclose()


def connect(  # noqa: PLR0913 - the client's options
    origin: str,
    token: str,
    *,
    limits: Limits,
    retry: RetryPolicy,
    breaker: BreakerPolicy | None,
    cache: CachePolicy,
    hooks: Hooks | None,
    session: aiohttp.ClientSession | None,
    shared_cache: RedisCache | None,
    surroundings: Surroundings,
) -> Service:
    """Put together what all views of a client share."""
    counters = Counters()
    clock = surroundings.clock
    observer = Observer(hooks, origin=origin, clock=clock)
    transport = Transport(
        origin,
        token,
        session=session,
        max_body_bytes=limits.max_body_bytes,
        surroundings=surroundings,
        counters=counters,
    )
    store = Store(max_bytes=cache.max_bytes, max_entries=cache.max_entries, clock=clock)
    answers = SharedAnswers(store, clock)
    places = PlaceLimit(limits, surroundings)
    send = observer.watch(transport.fetch)
    if breaker is None:
        send = places.around(send)
    else:
        origin_breaker = OriginBreaker(breaker, clock, origin)
        send = origin_breaker.before(places.around(origin_breaker.watch(send)))
    return Service(
        origin=origin,
        identity=hashlib.blake2b(token.encode(), key=_IDENTITY_KEY, digest_size=16).digest(),
        transport=transport,
        send=send,
        budget=RetryBudget(retry.budget),
        projects=ProjectBreaker(breaker, clock) if breaker else None,
        observer=observer,
        answers=answers,
        lifetime=Lifetime(),
        surroundings=surroundings,
        counters=counters,
        shared=None if shared_cache is None else _shared(shared_cache, token, origin, answers),
        shared_limits=limits.shared,
        feeds={},
    )


def _shared(
    shared_cache: RedisCache, token: str, origin: str, answers: SharedAnswers
) -> SharedCacheClient:
    from loguro_async.pipeline.shared_cache import SharedCacheClient  # noqa: PLC0415 - if needed

    shared = SharedCacheClient(
        shared_cache, token, origin, slugs=answers.slugs, drop=answers.forget_project
    )
    answers.coherence = shared.coherence
    return shared


class Pipeline:
    """The stages in their order, for one view of a client.

    Args:
        service: What all views share.
        timeout: Seconds for a call that brings no timeout of its own.
        retry: When a failed request is sent again.
        cache: How long answers stay good.
        background: Whether calls that somebody waits for go before those of this view.
    """

    __slots__ = ("_background", "_cache", "_timeout", "recall", "service")

    def __init__(
        self,
        service: Service,
        *,
        timeout: float,
        retry: RetryPolicy | None,
        cache: CachePolicy | None,
        background: bool = False,
    ) -> None:
        self.service = service
        self._timeout = timeout
        self._background = background
        self._cache = CacheStage(
            cache,
            _through_shared_cache(service, cache, _load(service, retry)),
            service.answers,
            origin=service.origin,
            identity=service.identity,
            surroundings=service.surroundings,
            counters=service.counters,
        )
        self.recall = _recall_from(self._cache.recalled, service)

    async def ask(
        self, question: Question[ResponseT], mode: CacheMode, timeout: float | None
    ) -> ResponseT:
        """The answer to a question; an error says which call it is about.

        Args:
            question: What is asked, with its arguments as they were given.
            mode: How the cache is used.
            timeout: Seconds for the whole call; left out, the view's.
        """
        self.service.lifetime.check()
        endpoint, slug, *given = question
        try:
            if mode not in _MODES:
                message = f"cache is {mode!r}; give one of {', '.join(_MODES)}"
                raise InvalidQueryError(message)
            seconds = self._timeout if timeout is None else check_timeout(timeout)
            query = endpoint.query(slug, given)
            call = Call(
                endpoint,
                query,
                self.service.surroundings.clock() + seconds,
                mode,
                background=self._background,
                context=self.service.observer.context(),
            )
            answer = await self._cache.answer(call, mode, question)
        except LoguroError as error:
            self.service.counters.errors += 1
            error.about(slug=slug, endpoint=endpoint.name)
            raise
        return cast("ResponseT", answer)


class Recall(Protocol):
    """Gives a fresh answer to a question that was asked before in the very same words."""

    def __call__(
        self, question: Question[ResponseT], mode: CacheMode, timeout: float | None, /
    ) -> ResponseT | None:
        """The answer, where one is kept and fresh."""
        ...


def _recall_from(recalled: Mapping[Hashable, tuple[Entry, float]], service: Service) -> Recall:
    """Looks a question up before anything of it is parsed; local names make it quick."""
    look_up = recalled.get
    clock = service.surroundings.clock
    lifetime = service.lifetime
    counters = service.counters
    coherence = service.answers.coherence

    def recall(
        question: Question[ResponseT], mode: CacheMode, timeout: float | None, /
    ) -> ResponseT | None:
        try:
            kept = look_up(question)
        except TypeError:  # an argument that cannot be hashed, and will be refused
            return None
        if kept is None or mode != "default" or timeout is not None or clock() >= kept[1]:
            return None
        if lifetime.loop is not get_running_loop():
            lifetime.check()
        entry = kept[0]
        if coherence is not None and entry.epoch != coherence.epoch:
            return None
        entry.used = True
        counters.hits += 1
        # A cast would be a call, and is felt here.
        return entry.response  # type: ignore[return-value]

    return recall


def _load(
    service: Service, policy: RetryPolicy | None
) -> Callable[[Call], Coroutine[Any, Any, Response]]:
    load = _split(service, policy, _decoded(service, _retried(service, policy)))
    # Around the parts of a split call, whose failures are expected.
    return load if service.projects is None else service.projects.around(load)


def _split(
    service: Service,
    policy: RetryPolicy | None,
    load: Callable[[Call], Coroutine[Any, Any, Response]],
) -> Callable[[Call], Coroutine[Any, Any, Response]]:
    if policy is None or not policy.split_on_failure:
        return load
    from loguro_async.pipeline.split import Split  # noqa: PLC0415 - only now needed

    return Split(load, service.surroundings.now).load


def _retried(service: Service, policy: RetryPolicy | None) -> Fetch:
    if policy is None:
        return service.send
    return Retry(
        policy,
        _hedged(service) if policy.hedge else service.send,
        budget=service.budget,
        observer=service.observer,
        surroundings=service.surroundings,
        counters=service.counters,
    ).fetch


def _hedged(service: Service) -> Fetch:
    from loguro_async.pipeline.hedging import Hedging  # noqa: PLC0415 - only now needed

    return Hedging(service.surroundings.clock).around(service.send)


def _through_shared_cache(
    service: Service,
    policy: CachePolicy | None,
    load: Callable[[Call], Coroutine[Any, Any, Response]],
) -> Callable[[Call], Coroutine[Any, Any, Response]]:
    if service.shared is None:
        return load
    from loguro_async.pipeline.shared_cache import SharedCacheStage  # noqa: PLC0415 - if needed

    def decode_body(call: Call, body: bytes, fetched_at: dt.datetime) -> Response:
        response: Response = decode(call.endpoint, body)
        received(response, raw=body, fetched_at=fetched_at, shape=call.endpoint.shape)
        return response

    def seconds(call: Call) -> float:
        return time_to_live(policy, call, service.surroundings.now) if policy else 0.0

    return SharedCacheStage(
        service.shared,
        load,
        decode=decode_body,
        time_to_live=seconds,
        surroundings=service.surroundings,
        counters=service.counters,
    ).load


def _read(service: Service, call: Call, body: bytes) -> Response:
    try:
        response: Response = decode(call.endpoint, body)
    except DecodeError:
        clean = service.transport.without_token(body)
        if clean == body:
            raise
    else:
        return response
    # Fails alike, and tells nothing of the token; out here, because an error holds the one before.
    again: Response = decode(call.endpoint, clean)
    return again


def _decoded(service: Service, fetch: Fetch) -> Callable[[Call], Coroutine[Any, Any, Response]]:
    async def load(call: Call) -> Response:
        try:
            body = await fetch(call)
            response = _read(service, call, body)
        except LoguroError as error:
            if isinstance(error, ResponseError):
                error.body = service.transport.without_token(error.body)
            error.about(attempts=call.attempts)
            raise
        fetched_at = service.surroundings.now()
        received(response, raw=body, fetched_at=fetched_at, shape=call.endpoint.shape)
        return response

    return load
