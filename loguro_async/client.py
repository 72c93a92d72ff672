"""The client: its options, its lifetime, its figures."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NoReturn, Self, TypeVar

from loguro_async.config import (
    BreakerPolicy,
    CachePolicy,
    Limits,
    RetryPolicy,
    check_kind,
    check_timeout,
)
from loguro_async.credentials import check_base_url, check_token
from loguro_async.hooks import Hooks
from loguro_async.pipeline.call import ClientStats, Surroundings
from loguro_async.pipeline.compose import Pipeline, Service, connect
from loguro_async.project import Project
from loguro_async.query.request import check_path_part
from loguro_async.reading.fan_out import fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from types import TracebackType

    import aiohttp

    from loguro_async.reading.fan_out import FanOutResult, Progress, Slugs, ValueT
    from loguro_async.shared_cache import RedisCache

OptionT = TypeVar("OptionT")

_DRAIN_SECONDS: Final = 5.0
_RETRY: Final = RetryPolicy()
_CACHE: Final = CachePolicy()
_LIMITS: Final = Limits()
_BREAKER: Final = BreakerPolicy()


class _Kept(Enum):
    KEPT = "as it is"


_KEPT: Final = _Kept.KEPT


class LoguroClient:
    """Asks the Loguro Web Analytics Query API.

    Make one for the whole process and share it: its cache, its connections and its limits then
    serve everybody. Use it in ``async with``, or call ``aclose()`` at the end.

    Args:
        token: A personal access token (``pat_…``); left out, it is read from ``$LOGURO_PAT``.
        base_url: Origin and path prefix; left out, ``$LOGURO_BASE_URL``, else
            ``https://logu.ro``. Plain http is accepted for loopback hosts only.
        timeout: Seconds for one whole call: waiting for a place, every attempt, back-off, body
            and decoding.
        retry: When a failed request is sent again; ``None`` for never.
        cache: How long answers stay good; ``None`` to keep and share none.
        limits: How much is asked of the service at once.
        breaker: When the client stops asking a service that keeps failing; ``None`` for never.
        hooks: Your own functions, told of each request.
        session: An ``aiohttp.ClientSession`` of your own; it is used and never closed.
        shared_cache: Where several processes share answers, such as a
            ``loguro_async.shared_cache.RedisCache``. Its connection ends with the client.

    Raises:
        ConfigurationError: An option cannot be right.

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
        shared_cache: RedisCache | None = None,
        _surroundings: Surroundings | None = None,
    ) -> None:
        check_kind("limits", limits, Limits, advice="a Limits")
        _check_layer("breaker", breaker, BreakerPolicy)
        _check_layer("hooks", hooks, Hooks)
        service = connect(
            check_base_url(base_url),
            check_token(token),
            limits=limits,
            retry=_check_layer("retry", retry, RetryPolicy) or _RETRY,
            breaker=breaker,
            cache=_check_layer("cache", cache, CachePolicy) or _CACHE,
            hooks=hooks,
            session=session,
            shared_cache=shared_cache,
            surroundings=_surroundings or Surroundings(),
        )
        self._view(service, check_timeout(timeout), retry, cache)

    def _view(
        self,
        service: Service,
        timeout: float,
        retry: RetryPolicy | None,
        cache: CachePolicy | None,
    ) -> None:
        self._service = service
        self._timeout = timeout
        self._retry = retry
        self._cache = cache
        self._pipeline = Pipeline(service, timeout=timeout, retry=retry, cache=cache)
        # Made once: what many calls share would cost much if each of them had its own.
        self._in_background = Pipeline(
            service, timeout=timeout, retry=retry, cache=cache, background=True
        )

    def project(self, slug: str) -> Project:
        """The endpoints of one project. Nothing is sent yet.

        Args:
            slug: The project's slug, not its internal id.

        Raises:
            InvalidQueryError: The slug is empty or could leave its place in the path.
        """
        return Project(check_path_part("project slug", slug), self._pipeline)

    def with_options(
        self,
        *,
        timeout: float | Literal[_Kept.KEPT] = _KEPT,
        retry: RetryPolicy | Literal[_Kept.KEPT] | None = _KEPT,
        cache: CachePolicy | Literal[_Kept.KEPT] | None = _KEPT,
    ) -> LoguroClient:
        """A view with other options, on the same connections, kept answers and limits.

        What is left out stays as it is. Closing a view or the client closes both.

        Args:
            timeout: Seconds for one whole call.
            retry: When a failed request is sent again; ``None`` for never.
            cache: How long answers stay good; ``None`` to keep and share none. The bounds of the
                cache stay those of the first client.

        Raises:
            ConfigurationError: An option cannot be right.
        """
        view = object.__new__(type(self))
        view._view(
            self._service,
            self._timeout if timeout is _KEPT else check_timeout(timeout),
            self._retry if retry is _KEPT else _check_layer("retry", retry, RetryPolicy),
            self._cache if cache is _KEPT else _check_layer("cache", cache, CachePolicy),
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
    ) -> AsyncGenerator[FanOutResult[ValueT], None]:
        """One call for each of many projects: ``async for result in client.fan_out(…)``.

        A project's failure is that project's result. A refused token ends the whole run. Leaving
        the loop, or a cancellation, stops all calls under way. Where requests have to wait for a
        place, those of other calls go before these.

        Args:
            slugs: Any iterable or async iterable of slugs; taken as they are needed, so that
                memory does not grow with their number.
            call: Makes one project's call, such as ``lambda project: project.kpis(range="7d")``.
            concurrency: Calls under way at the most; ``Limits.concurrency`` bounds requests.
            ordered: Whether results come in the order of the slugs, not as calls end.
            progress: Told ``(done, total)`` before each result; the total is ``None`` where
                ``slugs`` has no length.

        Raises:
            InvalidQueryError: ``concurrency`` or ``slugs`` cannot be right.
            AuthenticationError: The service refused the token, for any of the projects.
        """
        return fan_out(
            self._project_in_background,
            slugs,
            call,
            concurrency=concurrency,
            ordered=ordered,
            progress=progress,
        )

    def _project_in_background(self, slug: str) -> Project:
        return Project(check_path_part("project slug", slug), self._in_background)

    @property
    def stats(self) -> ClientStats:
        """What the client and its views have done so far."""
        return self._service.stats()

    async def invalidate(self, *, project: str | None = None) -> None:
        """Drop kept answers; a request under way is still answered, and not kept.

        With a shared cache, all processes with this token drop them; where the cache cannot be
        reached, they do so as soon as it can.

        Args:
            project: The slug whose answers to drop; left out, all of them.
        """
        await self._service.invalidate(project)

    async def aclose(self) -> None:
        """Let calls under way end, for five seconds at the most, then close all connections.

        Can be called again. A session of your own stays open.
        """
        await self._service.aclose(_DRAIN_SECONDS)

    async def __aenter__(self) -> Self:
        self._service.lifetime.check()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        state = " (closed)" if self._service.lifetime.is_closed else ""
        return f"<LoguroClient of {self._service.origin}{state}>"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        message = "a client cannot be pickled: it holds connections and a token; make one there"
        raise TypeError(message)


def _check_layer(name: str, option: OptionT | None, kind: type[OptionT]) -> OptionT | None:
    """Refuse what is no such option; ``None`` switches it off."""
    if option is not None:
        check_kind(name, option, kind, advice=f"a {kind.__name__}, or None for none")
    return option
