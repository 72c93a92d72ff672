"""The policies of a client: frozen values that are checked when they are made."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from msgspec import Struct

from loguro_async.checks import check_bool, check_seconds, check_whole_number
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.request import Request

CacheMode: TypeAlias = Literal["default", "reload", "no-store", "only-if-cached"]
"""How one call uses the cache, in the words of the web's ``fetch``.

``"default"`` returns a cached response while it is fresh; ``"reload"`` sends a request and stores
the response; ``"no-store"`` sends a request and stores nothing; ``"only-if-cached"`` never sends a
request and raises ``CacheMissError`` where nothing is cached.
"""

TimeToLive: TypeAlias = "float | Callable[[Request], float]"
"""Seconds that a response stays fresh, or a function of the request that returns them."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """When and how often a failed request is sent again.

    Retried are the statuses 500, 502, 503, 504 and 429, failed and reset connections, bodies that
    ended early, and attempts that exceeded ``attempt_timeout``. The waits grow exponentially,
    with full jitter: a random time between 0 and ``initial_backoff * 2 ** (attempt - 1)``.

    Args:
        max_attempts: Requests for one call at most, the first one included.
        initial_backoff: Seconds; the upper bound of the wait after the first failure.
        max_backoff: Seconds; the upper bound of any wait but those of ``Retry-After``.
        attempt_timeout: Seconds for one attempt, from the request to the end of the body; by
            default as long as the call's ``timeout``, because slow queries are legitimate.
        budget: The retries that all calls of the client share, beyond one retry for ten successful
            requests. The first policy of a client sets it for all of its views.
        hedge: Whether to send a second request when the first one takes longer than 95 % of the
            requests before it, and to use the response that comes first. At most 5 % of requests
            are hedged.
        split_on_failure: Whether to split the window of a query that fails with 500 after all
            attempts, where the parts add up exactly: ``count``, ``timeseries`` in whole days, and
            ``events`` with a ``limit``. ``response.parts`` is then above 1.

    Raises:
        ConfigurationError: A value is not allowed.

    Source: "Status codes", 500: "Retry later or reduce range/filter size".
    """

    max_attempts: int = 3
    initial_backoff: float = 0.25
    max_backoff: float = 8.0
    attempt_timeout: float | None = None
    budget: int = 100
    hedge: bool = False
    split_on_failure: bool = False

    def __post_init__(self) -> None:
        check_whole_number("RetryPolicy.max_attempts", self.max_attempts, least=1)
        check_seconds("RetryPolicy.initial_backoff", self.initial_backoff)
        check_seconds("RetryPolicy.max_backoff", self.max_backoff)
        if self.attempt_timeout is not None:
            check_seconds("RetryPolicy.attempt_timeout", self.attempt_timeout, zero=False)
        check_whole_number("RetryPolicy.budget", self.budget, least=0)
        check_bool("RetryPolicy.hedge", self.hedge)
        check_bool("RetryPolicy.split_on_failure", self.split_on_failure)


class BreakerPolicy(Struct, frozen=True, kw_only=True):
    """When to stop sending requests to a failing service, or for a failing project.

    Failed connections, attempts that ran out of time, 502, 503 and 504 count for the service and
    so for all calls. A 500 counts for its project alone. Other statuses, cancelled calls and short
    deadlines of callers count for nothing. While a circuit is open, calls raise
    ``CircuitOpenError`` at once, or return a stale response where the cache policy allows it.

    Args:
        failure_rate: The share of failures, above 0 and up to 1, at which a circuit opens.
        min_requests: Outcomes in the window below which it stays closed.
        window: Seconds for which an outcome counts.
        open_seconds: Seconds for which an open circuit refuses calls, before probes are sent.
        probes: Requests that are sent then; when all of them succeed, the circuit closes.
        slow_seconds: An attempt that is ended by its call's deadline counts as a failure only if
            it ran for at least this many seconds.

    Raises:
        ConfigurationError: A value is not allowed.

    Source: "Status codes", 500: "reduce range/filter size".
    """

    failure_rate: float = 0.5
    min_requests: int = 20
    window: float = 10.0
    open_seconds: float = 5.0
    probes: int = 3
    slow_seconds: float = 10.0

    def __post_init__(self) -> None:
        check_seconds("BreakerPolicy.failure_rate", self.failure_rate, most=1.0, zero=False)
        check_whole_number("BreakerPolicy.min_requests", self.min_requests, least=1)
        check_seconds("BreakerPolicy.window", self.window, zero=False)
        check_seconds("BreakerPolicy.open_seconds", self.open_seconds)
        check_whole_number("BreakerPolicy.probes", self.probes, least=1)
        check_seconds("BreakerPolicy.slow_seconds", self.slow_seconds)


class CachePolicy(Struct, frozen=True, kw_only=True):
    """How long responses stay fresh, how many are cached, and when a stale one is returned.

    A response is *fresh* for ``ttl`` seconds after it was fetched. After that it is *stale*: it is
    returned only where one of the ``stale_…`` windows allows it, with ``.stale`` true.

    Args:
        ttl: Seconds that a response stays fresh, or a function of the request that returns them.
            By default it follows the range: seconds for ``1h``, minutes for ``12m``, a day for a
            window that is over and does not change any more.
        jitter: The share of ``ttl``, 0 to 1, that is taken off at random, so that responses that
            were stored at the same time do not expire at the same time.
        max_bytes: Bytes of memory for all cached responses, estimated.
        max_entries: Number of cached responses.
        stale_while_revalidate: Seconds after expiry in which the stale response is returned at
            once, while a new one is fetched in the background.
        stale_if_error: Seconds after expiry in which the stale response is returned when the
            service fails; never for a 400, 401 or 404.
        stale_if_slow: If no response has come after this many seconds, the stale one is returned
            and the request continues. ``stale_if_error`` or ``stale_while_revalidate`` says how
            old it may be.
        throttle: For this many seconds after a failed request, no further request is sent, and the
            stale response is returned.
        settling: Seconds after its end until a window counts as over and unchanging.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    ttl: TimeToLive | None = None
    jitter: float = 0.1
    max_bytes: int = 64 * 1024 * 1024
    max_entries: int = 100_000
    stale_while_revalidate: float = 0.0
    stale_if_error: float = 0.0
    stale_if_slow: float | None = None
    throttle: float = 5.0
    settling: float = 3600.0

    def __post_init__(self) -> None:
        if self.ttl is not None and not callable(self.ttl):
            check_seconds("CachePolicy.ttl", self.ttl)
        for name in ("stale_while_revalidate", "stale_if_error", "throttle", "settling"):
            check_seconds(f"CachePolicy.{name}", getattr(self, name))
        check_seconds("CachePolicy.jitter", self.jitter, most=1.0)
        check_whole_number("CachePolicy.max_bytes", self.max_bytes, least=0)
        check_whole_number("CachePolicy.max_entries", self.max_entries, least=0)
        if self.stale_if_slow is None:
            return
        check_seconds("CachePolicy.stale_if_slow", self.stale_if_slow)
        if not self.stale_window:
            message = (
                "CachePolicy.stale_if_slow needs stale_if_error or stale_while_revalidate: "
                "they say how old a response may be"
            )
            raise ConfigurationError(message)

    @property
    def stale_window(self) -> float:
        """Seconds after expiry in which a response can still be returned."""
        return max(self.stale_while_revalidate, self.stale_if_error)


class SharedPermits(Protocol):
    """Permits for requests that several processes take from one supply."""

    def permit(
        self, *, deadline: float = inf, background: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """Waits for a permit, holds it for one request, and returns it.

        Args:
            deadline: When it is of no more use, by the event loop's clock.
            background: Whether interactive requests go first.

        Raises:
            DeadlineExceededError: No permit can be had by the deadline.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connection to the supply. Can be called again."""
        ...


class Limits(Struct, frozen=True):
    """How many requests the client sends, and how large a response it accepts.

    Args:
        concurrency: The maximum of concurrent requests.
        rate: Requests per second at most, evenly spread; ``None`` for no such limit.
        adaptive: Whether to lower the number of concurrent requests while the service shows that
            it is overloaded.
        max_body_bytes: Bytes of the largest body that is accepted, decompressed.
        shared: Permits and a rate that several processes share, such as a
            ``loguro_async.shared_limits.RedisLimits``; a request takes a permit of its own client
            first, then a shared one.

    Raises:
        ConfigurationError: A value is not allowed.
    """

    concurrency: int = 64
    rate: float | None = None
    adaptive: bool = False
    max_body_bytes: int = 32 * 1024 * 1024
    shared: SharedPermits | None = None

    def __post_init__(self) -> None:
        check_whole_number("Limits.concurrency", self.concurrency, least=1)
        if self.rate is not None:
            check_seconds("Limits.rate", self.rate, zero=False)
        check_bool("Limits.adaptive", self.adaptive)
        check_whole_number("Limits.max_body_bytes", self.max_body_bytes, least=1)
        if self.shared is not None and not hasattr(self.shared, "permit"):
            # Not the value: it may be a URL with a password.
            message = f"Limits.shared must be a RedisLimits, got {type(self.shared).__name__}"
            raise ConfigurationError(message)
