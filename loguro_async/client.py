"""The client: its options, its views, its lifetime, its statistics."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NoReturn, Self, TypeVar

from loguro_async.checks import check_seconds, check_type
from loguro_async.connection import ConnectionOptions
from loguro_async.credentials import check_base_url, check_token
from loguro_async.hooks import Hooks
from loguro_async.pipeline.service import Service
from loguro_async.pipeline.stages import pipeline
from loguro_async.pipeline.view_options import ViewOptions
from loguro_async.policies import BreakerPolicy, CachePolicy, Limits, RetryPolicy
from loguro_async.project import Project
from loguro_async.query.path import check_slug
from loguro_async.runtime import Runtime
from loguro_async.streams.fan_out import check_max_outage, fan_out
from loguro_async.streams.live_feed import close_feeds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from ssl import SSLContext
    from types import TracebackType

    import aiohttp

    from loguro_async.pipeline.stats import ClientStats
    from loguro_async.shared_cache import RedisCache
    from loguro_async.streams.fan_out import FanOutResult, Progress, Slugs, ValueT

OptionT = TypeVar("OptionT")

_DRAIN_SECONDS: Final = 5.0
_RETRY: Final = RetryPolicy()
_CACHE: Final = CachePolicy()
_LIMITS: Final = Limits()
_BREAKER: Final = BreakerPolicy()


class _Unset(Enum):
    UNSET = "unset"


_UNSET: Final = _Unset.UNSET


class LoguroClient:
    """An async client for the Loguro Web Analytics Query API.

    Make one for the whole process and share it: its cache, its connections and its limits then
    serve all callers. Use it in ``async with``, or call ``aclose()`` at the end.

    Args:
        token: A personal access token (``pat_…``); by default ``$LOGURO_PAT``.
        base_url: Origin and path prefix; by default ``$LOGURO_BASE_URL``, else
            ``https://logu.ro``. Plain http is accepted for loopback hosts only.
        timeout: Seconds for one whole call: waiting for a permit, every attempt, back-off, body
            and decoding.
        retry: When a failed request is sent again; ``None`` for never.
        cache: How long responses stay fresh; ``None`` to cache nothing and merge no equal calls.
        limits: How many requests are sent.
        breaker: When to stop sending requests to a failing service; ``None`` for never.
        hooks: Your own functions, called for each request.
        session: An ``aiohttp.ClientSession`` of your own; it is used and never closed.
        proxy: The URL of an HTTP proxy, ``http://host:port``, with ``user:password@`` before the
            host if the proxy requires it.
        ssl: An ``ssl.SSLContext``, for a private certificate authority or a client certificate.
        trust_env: Whether to use the proxy that the environment names (``HTTPS_PROXY``).
        headers: Headers to send with every request, beside the client's own.
        shared_cache: Where several processes share responses, such as a
            ``loguro_async.shared_cache.RedisCache``. Its connection is closed with the client.

    Raises:
        ConfigurationError: An option is not allowed.

    Source: "Authentication".
    """

    def __init__(  # noqa: PLR0913 - the contract's options, all but the token by keyword
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = _RETRY,
        cache: CachePolicy | None = _CACHE,
        limits: Limits = _LIMITS,
        breaker: BreakerPolicy | None = _BREAKER,
        hooks: Hooks | None = None,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        ssl: SSLContext | None = None,
        trust_env: bool = False,
        headers: Mapping[str, str] | None = None,
        shared_cache: RedisCache | None = None,
        _runtime: Runtime | None = None,
    ) -> None:
        check_type("limits", limits, Limits, advice="a Limits")
        _check_layer("breaker", breaker, BreakerPolicy)
        _check_layer("hooks", hooks, Hooks)
        service = Service(
            check_base_url(base_url),
            check_token(token),
            limits=limits,
            retry=_check_layer("retry", retry, RetryPolicy) or _RETRY,
            breaker=breaker,
            cache=_check_layer("cache", cache, CachePolicy) or _CACHE,
            hooks=hooks,
            session=session,
            connection=ConnectionOptions(
                proxy=proxy,
                ssl=ssl,
                trust_env=trust_env,
                headers={} if headers is None else headers,
            ),
            shared_cache=shared_cache,
            runtime=_runtime or Runtime(),
        )
        self._use(service, ViewOptions(check_seconds("timeout", timeout, zero=False), retry, cache))

    def _use(self, service: Service, options: ViewOptions) -> None:
        self._service = service
        self._options = options
        self._pipeline = pipeline(service, options)

    def project(self, slug: str) -> Project:
        """Returns one project, with a method for each endpoint. Nothing is sent yet.

        Args:
            slug: The project's slug, not its internal id.

        Raises:
            InvalidQueryError: The slug holds a character that a path gives a meaning to.
        """
        return Project(check_slug(slug), self._service, self._pipeline)

    def with_options(
        self,
        *,
        timeout: float | Literal[_Unset.UNSET] = _UNSET,
        retry: RetryPolicy | Literal[_Unset.UNSET] | None = _UNSET,
        cache: CachePolicy | Literal[_Unset.UNSET] | None = _UNSET,
    ) -> Self:
        """Returns a view with other options, on the same connections, cache and limits.

        What is left out stays the same. Closing a view or the client closes both.

        Args:
            timeout: Seconds for one whole call.
            retry: When a failed request is sent again; ``None`` for never.
            cache: How long responses stay fresh, for this view; ``None`` to cache nothing and merge
                no equal calls. The bounds of the cache stay those of the client.

        Raises:
            ConfigurationError: An option is not allowed.
        """
        options = self._options
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._use(
            self._service,
            ViewOptions(
                options.timeout
                if timeout is _UNSET
                else check_seconds("timeout", timeout, zero=False),
                options.retry if retry is _UNSET else _check_layer("retry", retry, RetryPolicy),
                options.cache if cache is _UNSET else _check_layer("cache", cache, CachePolicy),
            ),
        )
        return view

    def fan_out(
        self,
        slugs: Slugs,
        call: Callable[[Project], Awaitable[ValueT]],
        *,
        concurrency: int = 64,
        ordered: bool = False,
        progress: Progress | None = None,
        max_outage: float = 300.0,
    ) -> AsyncGenerator[FanOutResult[ValueT], None]:
        """Makes one call for each of many projects: ``async for result in client.fan_out(…)``.

        A project's failure is that project's result; a 401 ends the whole run. Leaving the loop,
        or a cancellation, cancels all calls in progress. The calls are background work:
        interactive calls get permits first, and waiting for a permit does not count against a
        call's ``timeout``. While the service is unavailable, or has sent ``Retry-After``, the run
        pauses and then continues.

        Args:
            slugs: Any iterable or async iterable of slugs, read as they are needed, by one task.
            call: Makes one project's call, such as ``lambda project: project.kpis(range="7d")``.
            concurrency: The maximum of concurrent calls; ``Limits.concurrency`` bounds requests.
            ordered: Whether results come in the order of the slugs, not as calls finish.
            progress: Called with ``(done, total)`` before each result, and once a second while the
                run is paused; the total is ``None`` where ``slugs`` has no length.
            max_outage: Seconds for which a call waits for a service that is unavailable, before
                its project fails.

        Raises:
            InvalidQueryError: An argument is not allowed.
            AuthenticationError: The service refused the token, for any of the projects.
        """
        options = self._options
        background = ViewOptions(
            options.timeout, options.retry, options.cache, check_max_outage(max_outage)
        )
        cache = pipeline(self._service, background)
        availability, began = self._service.availability, self._service.runtime.clock()
        return fan_out(
            lambda slug: Project(check_slug(slug), self._service, cache),
            slugs,
            call,
            concurrency=concurrency,
            ordered=ordered,
            progress=progress,
            outage_seconds=lambda: availability.outage_after(began),
        )

    @property
    def stats(self) -> ClientStats:
        """A snapshot of what the client and its views have done."""
        return self._service.stats()

    async def invalidate(self, *, project: str | None = None) -> None:
        """Drops cached responses. Calls in progress get a response, which is not cached.

        With a shared cache, all processes with this token drop them; where the cache cannot be
        reached, as soon as it can.

        Args:
            project: The slug whose responses to drop; by default all.

        Raises:
            InvalidQueryError: The slug is not allowed.
            ClientClosedError: The client was closed.
            ConfigurationError: The client belongs to another event loop.
        """
        await self._service.invalidate(None if project is None else check_slug(project))

    async def aclose(self) -> None:
        """Waits up to five seconds for calls in progress, then closes all connections.

        Can be called again. A session of your own stays open.
        """
        close_feeds(self._service.polls)
        await self._service.aclose(_DRAIN_SECONDS)

    async def __aenter__(self) -> Self:
        self._service.guard.check()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        state = " (closed)" if self._service.guard.is_closed else ""
        return f"<LoguroClient of {self._service.origin}{state}>"

    def __reduce__(self) -> NoReturn:
        """Refuses to be pickled or copied."""
        message = "a client cannot be pickled: it holds connections and a token; make one there"
        raise TypeError(message)


def _check_layer(name: str, option: OptionT | None, kind: type[OptionT]) -> OptionT | None:
    """Checks the type of an option; ``None`` switches the layer off."""
    if option is not None:
        check_type(name, option, kind, advice=f"a {kind.__name__}, or None")
    return option
