"""The client's options: frozen, and checked when they are made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.query.request import Query

CacheMode: TypeAlias = Literal["default", "reload", "no-store", "only-if-cached"]
"""How one call uses the cache, with the words of the web's ``fetch``.

``"default"`` answers from the cache while an answer is good; ``"reload"`` asks the service and
stores the answer; ``"no-store"`` asks the service and stores nothing; ``"only-if-cached"`` never
asks the service and raises ``CacheMissError`` where nothing is stored.
"""

_LONGEST_SECONDS: Final = 1e12  # thirty thousand years; more would not fit everywhere

TimeToLive: TypeAlias = "float | Callable[[Query], float]"
"""Seconds that an answer stays good, or a function of the query that gives them."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """When and how often a failed request is sent again.

    Tried again are the statuses 500, 502, 503, 504 and 429, failed and reset connections, and
    bodies that were cut short. The waits grow exponentially, with full jitter: a random time
    between nothing and ``initial_backoff * 2 ** (attempt - 1)``.

    Args:
        max_attempts: Requests for one call at the most, the first included.
        initial_backoff: Seconds; the upper bound of the wait after the first failure.
        max_backoff: Seconds; the upper bound of any wait that the service did not ask for.
        budget: Retries that all of the client's calls together may make beyond what successes
            pay for: ten requests that succeed pay for one retry. A client's first policy sets it
            for all of its views.
        hedge: Whether to send a request a second time when its answer takes longer than 95 in
            100 took before it, and to take whichever comes first. At most one request in twenty
            is sent so.
        split_on_failure: Whether to halve the window of a query that the service cannot answer
            (a 500 that lasts), where the answers of the halves add up exactly: ``count``,
            ``timeseries`` in whole days and ``events`` with a ``limit``. Such an answer says so
            (``.parts`` is above 1).

    Raises:
        ConfigurationError: A value cannot be right.

    Source: "Status codes", 500: "Retry later or reduce range/filter size".
    """

    max_attempts: int = 3
    initial_backoff: float = 0.25
    max_backoff: float = 8.0
    budget: int = 100
    hedge: bool = False
    split_on_failure: bool = False

    def __post_init__(self) -> None:
        _check_whole("RetryPolicy.max_attempts", self.max_attempts, least=1)
        check_seconds("RetryPolicy.initial_backoff", self.initial_backoff)
        check_seconds("RetryPolicy.max_backoff", self.max_backoff)
        _check_whole("RetryPolicy.budget", self.budget, least=0)
        _check_switch("RetryPolicy.hedge", self.hedge)
        _check_switch("RetryPolicy.split_on_failure", self.split_on_failure)


class BreakerPolicy(Struct, frozen=True, kw_only=True):
    """When to stop asking a service, or for a project, that keeps failing, and for how long.

    Failed connections, timeouts, 502, 503 and 504 tell of the service and count for all calls; a
    500 tells of the query, and counts for its project alone. Cancelled calls and 4xx tell
    nothing. While a circuit is open, calls fail at once with ``CircuitOpenError``, or get an old
    answer where the cache's policy has one.

    Args:
        failure_rate: The share of failures, above 0 and up to 1, at which a circuit opens.
        min_requests: Outcomes in the window below which it does not open.
        window: Seconds that an outcome counts.
        open_seconds: Seconds that an open circuit refuses calls before it lets probes through.
        probes: Requests let through then; when all of them succeed, the circuit closes.

    Raises:
        ConfigurationError: A value cannot be right.

    Source: "Status codes", 500: "reduce range/filter size".
    """

    failure_rate: float = 0.5
    min_requests: int = 20
    window: float = 10.0
    open_seconds: float = 5.0
    probes: int = 3

    def __post_init__(self) -> None:
        if check_seconds("BreakerPolicy.failure_rate", self.failure_rate, most=1.0) == 0:
            message = "BreakerPolicy.failure_rate is 0, which every outcome reaches; give more"
            raise ConfigurationError(message)
        _check_whole("BreakerPolicy.min_requests", self.min_requests, least=1)
        if check_seconds("BreakerPolicy.window", self.window) == 0:
            message = "BreakerPolicy.window is 0, in which nothing can be counted; give seconds"
            raise ConfigurationError(message)
        check_seconds("BreakerPolicy.open_seconds", self.open_seconds)
        _check_whole("BreakerPolicy.probes", self.probes, least=1)


class CachePolicy(Struct, frozen=True, kw_only=True):
    """How long answers stay good, how much of them is kept, and when an old one will do.

    An answer is *fresh* for ``ttl`` seconds. After that it is *stale*: it is served only where
    one of the ``stale_…`` windows allows it, and it says so (``.stale`` is true).

    Args:
        ttl: Seconds that an answer stays fresh, or a function of the query that gives them.
            Left out, it follows the range: seconds for ``1h``, minutes for ``12m``, a day for a
            window that is over and does not change any more.
        jitter: The share of ``ttl``, 0 to 1, that is taken off at random, so that answers that
            were stored together do not expire together.
        max_bytes: The size in memory of all that is kept, in bytes.
        max_entries: How many answers are kept.
        stale_while_revalidate: Seconds after expiry in which the old answer is served at once,
            while a new one is fetched behind it.
        stale_if_error: Seconds after expiry in which the old answer is served when the service
            fails. Never covers 400, 401 or 404.
        stale_if_slow: Seconds of waiting after which the old answer is served while the request
            goes on; it may be as old as ``stale_if_error`` or ``stale_while_revalidate`` allow.
        throttle: Seconds after a failure in which a query that has an old answer to fall back
            on is not tried again.
        settling: Seconds after its end until a window counts as over and unchanging.

    Raises:
        ConfigurationError: A value cannot be right.
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
        _check_whole("CachePolicy.max_bytes", self.max_bytes, least=0)
        _check_whole("CachePolicy.max_entries", self.max_entries, least=0)
        if self.stale_if_slow is None:
            return
        check_seconds("CachePolicy.stale_if_slow", self.stale_if_slow)
        if not self.stale_window:
            message = (
                "CachePolicy.stale_if_slow needs to know how old an answer may be: "
                "set stale_if_error or stale_while_revalidate as well"
            )
            raise ConfigurationError(message)

    @property
    def stale_window(self) -> float:
        """Seconds after expiry that an answer can still be of use."""
        return max(self.stale_while_revalidate, self.stale_if_error)


class SharedLimits(Protocol):
    """Permits and a rate that several processes keep together."""

    def permit(
        self, *, deadline: float = math.inf, background: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """Wait for a permit, hold it for one request, and give it back.

        Args:
            deadline: When it is of no more use, by the event loop's clock.
            background: Whether requests that somebody waits for go first.

        Raises:
            DeadlineExceededError: No permit can be had by the deadline.
        """
        ...

    async def aclose(self) -> None:
        """Let go of the connection. Can be called again."""
        ...


class Limits(Struct, frozen=True):
    """How much the client asks of the service, and takes from it, at once.

    Args:
        concurrency: Requests in flight at the most.
        rate: Requests sent in a second at the most, evenly spread; ``None`` for no such limit.
            Needs the extra ``loguro-async[rate]``.
        adaptive: Whether to have fewer in flight while the service shows that it is overloaded.
        max_body_bytes: The largest answer, decompressed, that the client is willing to hold.
        shared: Permits and a rate that several processes keep together, such as a
            ``loguro_async.shared_limits.RedisLimits``; each request takes one of its own places
            first, then a shared permit.

    Raises:
        ConfigurationError: A value cannot be right.
    """

    concurrency: int = 64
    rate: float | None = None
    adaptive: bool = False
    max_body_bytes: int = 32 * 1024 * 1024
    shared: SharedLimits | None = None

    def __post_init__(self) -> None:
        _check_whole("Limits.concurrency", self.concurrency, least=1)
        if self.rate is not None and check_seconds("Limits.rate", self.rate) == 0:
            message = "Limits.rate is 0, which lets nothing through; give requests per second"
            raise ConfigurationError(message)
        _check_switch("Limits.adaptive", self.adaptive)
        _check_whole("Limits.max_body_bytes", self.max_body_bytes, least=1)
        if self.shared is not None and not hasattr(self.shared, "permit"):
            # Not the value: it may be a URL with a password.
            message = f"Limits.shared must be a RedisLimits, got {type(self.shared).__name__}"
            raise ConfigurationError(message)


def check_kind(name: str, value: object, *kinds: type, advice: str) -> None:
    """Refuse an option of another type than it can have; ``advice`` says what to give."""
    if not isinstance(value, kinds):
        message = f"{name} is of type {type(value).__name__}; give {advice}"
        raise ConfigurationError(message)


def check_timeout(timeout: float) -> float:
    """Refuse a ``timeout`` that is no positive number of seconds."""
    check_seconds("timeout", timeout)
    if timeout == 0:
        message = "timeout is 0, which leaves no time for an answer; give seconds above 0"
        raise ConfigurationError(message)
    return timeout


def check_seconds(name: str, value: object, *, most: float = math.inf) -> float:
    """Refuse what is no finite number of seconds, 0 or above."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name} is {value!r}; give a number"
        raise ConfigurationError(message)
    if not 0 <= value <= most or value > _LONGEST_SECONDS:
        bound = "at least 0" if most == math.inf else f"between 0 and {most:g}"
        message = f"{name} is {value!r}; give a finite number, {bound}"
        raise ConfigurationError(message)
    return value


def _check_switch(name: str, value: object) -> None:
    if not isinstance(value, bool):
        message = f"{name} is {value!r}; give True or False"
        raise ConfigurationError(message)


def _check_whole(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} is {value!r}; give a whole number, {least} or above"
        raise ConfigurationError(message)
