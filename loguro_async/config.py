"""The client's options: frozen, and checked when they are made."""

from __future__ import annotations

import math
import os
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.query.request import Query

BASE_URL: Final = "https://logu.ro"

_TOKEN: Final = re.compile(r"pat_[\x21-\x7e]+\Z")
_ORIGIN: Final = re.compile(r"[A-Za-z0-9._~:/\[\]%-]+\Z")
_SECRET: Final = re.compile(r"pat_[\x21-\x7e]*|(?<=//)[^/]*@")

CacheMode: TypeAlias = Literal["default", "reload", "no-store", "only-if-cached"]
"""How one call uses the cache, with the words of the web's ``fetch``.

``"default"`` answers from the cache while an answer is good; ``"reload"`` asks the service and
stores the answer; ``"no-store"`` asks the service and stores nothing; ``"only-if-cached"`` never
asks the service and raises ``CacheMissError`` where nothing is stored.
"""

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

    Raises:
        ConfigurationError: A value cannot be right.

    Source: "Status codes", 500: "Retry later or reduce range/filter size".
    """

    max_attempts: int = 3
    initial_backoff: float = 0.25
    max_backoff: float = 8.0

    def __post_init__(self) -> None:
        _check_whole("RetryPolicy.max_attempts", self.max_attempts, least=1)
        check_seconds("RetryPolicy.initial_backoff", self.initial_backoff)
        check_seconds("RetryPolicy.max_backoff", self.max_backoff)


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


class Limits(Struct, frozen=True):
    """How much the client asks of the service, and takes from it, at once.

    Args:
        concurrency: Requests in flight at the most.
        rate: Requests sent in a second at the most, evenly spread; ``None`` for no such limit.
            Needs the extra ``loguro-async[rate]``.
        adaptive: Whether to have fewer in flight while the service shows that it is overloaded.
        max_body_bytes: The largest answer, decompressed, that the client is willing to hold.

    Raises:
        ConfigurationError: A value cannot be right.
    """

    concurrency: int = 64
    rate: float | None = None
    adaptive: bool = False
    max_body_bytes: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        _check_whole("Limits.concurrency", self.concurrency, least=1)
        if self.rate is not None and check_seconds("Limits.rate", self.rate) == 0:
            message = "Limits.rate is 0, which lets nothing through; give requests per second"
            raise ConfigurationError(message)
        if not isinstance(self.adaptive, bool):
            message = f"Limits.adaptive is {self.adaptive!r}; give True or False"
            raise ConfigurationError(message)
        _check_whole("Limits.max_body_bytes", self.max_body_bytes, least=1)


def check_timeout(timeout: float) -> float:
    """Refuse a ``timeout`` that is no positive number of seconds."""
    check_seconds("timeout", timeout)
    if timeout == 0:
        message = "timeout is 0, which leaves no time for an answer; give seconds above 0"
        raise ConfigurationError(message)
    return timeout


def check_token(token: str | None) -> str:
    """The personal access token, from the argument or ``$LOGURO_PAT``.

    Raises:
        ConfigurationError: There is none, or it could not be one. The message doesn't show it.

    Source: "Authentication".
    """
    token = os.environ.get("LOGURO_PAT") if token is None else token
    if not token:
        message = "no token; pass LoguroClient(token=…) or set LOGURO_PAT"
        raise ConfigurationError(message)
    if not isinstance(token, str) or not _TOKEN.match(token):
        message = (
            "the token is not a personal access token: those begin with pat_ and hold no "
            "spaces; a project's API key is for ingest only"
        )
        raise ConfigurationError(message)
    return token


def check_base_url(base_url: str | None) -> str:
    """The origin and its path prefix, from the argument, ``$LOGURO_BASE_URL`` or the service's.

    Raises:
        ConfigurationError: It is no https URL (http, for a loopback host), or it carries what an
            origin has no room for.
    """
    url = base_url or os.environ.get("LOGURO_BASE_URL") or BASE_URL
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except (ValueError, AttributeError, TypeError):
        message = f"base_url {_shown(url)} is no URL; give one such as {BASE_URL}"
        raise ConfigurationError(message) from None
    if not host or parts.scheme not in {"http", "https"}:
        message = f"base_url {_shown(url)} is no web address; give one such as {BASE_URL}"
        raise ConfigurationError(message)
    if "@" in parts.netloc or parts.query or parts.fragment:
        message = f"base_url of {host} must be an origin and a path, with nothing before or behind"
        raise ConfigurationError(message)
    if not _ORIGIN.match(url) or "/../" in f"{unquote(parts.path)}/":
        message = f"base_url {_shown(url)} holds characters that do not belong into an address"
        raise ConfigurationError(message)
    if parts.scheme == "http" and not _is_loopback(host):
        message = f"base_url {_shown(url)} would send the token unencrypted; use https"
        raise ConfigurationError(message)
    return url.rstrip("/")


def _shown(url: object) -> str:
    """An address that could not be right, without what may be a token or a password."""
    return repr(_SECRET.sub("…", str(url)))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_seconds(name: str, value: object, *, most: float = math.inf) -> float:
    """Refuse what is no finite number of seconds, 0 or above."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name} is {value!r}; give a number"
        raise ConfigurationError(message)
    if not (math.isfinite(value) and 0 <= value <= most):
        bound = "at least 0" if most == math.inf else f"between 0 and {most:g}"
        message = f"{name} is {value!r}; give a finite number, {bound}"
        raise ConfigurationError(message)
    return value


def _check_whole(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} is {value!r}; give a whole number, {least} or above"
        raise ConfigurationError(message)
