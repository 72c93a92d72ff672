"""The server that processes share, as the user gives it: a URL or an asyncio client of redis-py."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from loguro_async.errors import ConfigurationError

_HINT: Final = "pass a URL such as redis://cache.example:6379/0"
_LONGEST_REASON: Final = 200
_OF_A_CLUSTER: Final = {"AskError", "ClusterDownError", "MovedError"}
# Decided by the connection layer, whatever the URL says.
_FORCED: Final[dict[str, object]] = {
    "decode_responses": False,
    "max_connections": 100,
    "retry_on_error": [],
    "retry_on_timeout": False,
    "socket_timeout": None,
}


class Server:
    """A server, checked when it is given and connected to when it is used.

    Args:
        server: A URL, or a ``redis.asyncio.Redis`` or ``RedisCluster`` without
            ``decode_responses``, which is used and never closed. A client made by a Sentinel is
            a ``Redis``.
        owner: The class that the user gave it to, for messages.

    Raises:
        ConfigurationError: The URL or the client cannot be used.
        ImportError: redis-py is not installed.
    """

    def __init__(self, server: object, *, owner: str) -> None:
        redis = check_installed("redis.asyncio", owner)
        self._secret = ""
        self._own: Any = None
        if isinstance(server, str):
            self._options = _checked_url(server, owner)
            self._secret = str(self._options.get("password") or "")
        elif isinstance(server, redis.Redis | redis.RedisCluster):
            self._own = server
            if not hasattr(server, "pubsub"):
                raise ConfigurationError(
                    f"{owner} needs a newer redis-py for a RedisCluster, one whose RedisCluster "
                    "has pubsub(): pip install --upgrade redis"
                )
            if self._own.get_encoder().decode_responses:
                raise ConfigurationError(
                    f"{owner} needs a client without decode_responses=True, because it stores bytes"
                )
        else:
            raise ConfigurationError(
                f"{owner} needs a server, got {type(server).__name__}; {_HINT}, "
                "or a client of redis.asyncio (Redis or RedisCluster)"
            )

    @property
    def is_owned(self) -> bool:
        """Whether the connections are this package's, not the user's."""
        return self._own is None

    def client(self) -> Any:  # noqa: ANN401 - redis-py's own types are incomplete
        """Returns the user's client, or a new one, which has no connection yet."""
        if self._own is not None:
            return self._own
        redis: Any = import_module("redis.asyncio")
        return redis.Redis.from_pool(redis.ConnectionPool(**self._options))

    async def disconnect(self, client: object) -> None:
        """Closes idle connections, so that the next command finds where the server is now."""
        pool: Any = getattr(client, "connection_pool", None)
        if pool is not None:  # a RedisCluster follows its nodes itself
            await pool.disconnect(inuse_connections=self.is_owned)

    def reason(self, error: BaseException) -> str:
        """Returns why the server cannot be used, in one line without the password."""
        name, text = type(error).__name__, " ".join(str(error).split())[:_LONGEST_REASON]
        if self._secret:
            text = text.replace(self._secret, "***")
        if self.is_owned and ("CLUSTERDOWN" in text or name in _OF_A_CLUSTER):
            text += "; for a cluster, pass a redis.asyncio.RedisCluster"
        return f"{name}: {text}" if text else name


def check_installed(module: str, owner: str) -> Any:  # noqa: ANN401 - a module
    """Imports a module of the extra and returns it.

    Raises:
        ImportError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{owner} needs an extra; install it with: pip install 'loguro-async[redis]'"
        ) from error


def check_number(
    name: str, value: object, *, least: float = 0.0, most: float = math.inf, whole: bool = False
) -> None:
    """Refuses an option that is no finite number in its bounds.

    Raises:
        ConfigurationError: It is not.
    """
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        kind = "a whole number" if whole else "a finite number"
        raise ConfigurationError(f"{name} must be {kind}, got {value!r}")
    if not least <= value <= most or value <= 0:
        bound = f"{least:g} or greater" if least else "greater than 0"
        bound += f" and at most {most:,.0f}" if most < math.inf else ""
        raise ConfigurationError(f"{name} must be {bound}, got {value!r}")


def check_text(name: str, value: object) -> None:
    """Refuses an option that is no text.

    Raises:
        ConfigurationError: It is not.
    """
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, got {type(value).__name__}")


def _checked_url(url: str, owner: str) -> dict[str, Any]:
    """Returns redis-py's options for a URL."""
    connection: Any = import_module("redis.asyncio.connection")
    retry: Any = import_module("redis.asyncio.retry")
    backoff: Any = import_module("redis.backoff")
    # Whether and when to try again is decided by the connection layer.
    options: dict[str, Any] = {**_FORCED, "retry": retry.Retry(backoff.NoBackoff(), 0)}
    try:
        options = {**connection.parse_url(url), **options}
        connection.ConnectionPool(**options).make_connection()
        parts = urlsplit(url)
        is_split = parts.scheme != "unix" and "@" in parts.path + parts.query + parts.fragment
    except Exception:  # noqa: BLE001 - redis-py raises many kinds, whose texts quote the URL
        is_split = True
    if is_split:  # out here, so that no context shows the URL, which may hold a password
        raise ConfigurationError(
            f"the URL of {owner} is not valid; {_HINT}, with special characters of the password "
            "percent-encoded and only options that redis-py knows"
        )
    return options
