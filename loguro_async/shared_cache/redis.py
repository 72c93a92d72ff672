"""Valkey or Redis as the second tier. The only user of redis-py, which is imported when used.

All that a client asks goes over one connection, in batches: whoever asks while a batch is under
way shares the next one. A caller's cancellation therefore never touches the connection, and a
server that hangs is found out once, for all who wait.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from loguro_async.shared_cache.driver import Client
    from loguro_async.shared_cache.protocol import Heard, Link

_LARGEST_BODY: Final = 64 * 1024 * 1024
# A server that hangs may cost a call 50 ms; noticing it and going on takes some of them.
_PATIENCE_SECONDS: Final = 0.04
_SHORTEST_LEASE_SECONDS: Final = 0.1


class RedisOptions(NamedTuple):
    """What ``RedisCache`` takes besides the server."""

    prefix: str
    lease_seconds: float
    max_bytes: int
    patience_seconds: float


class RedisCache:
    """A Valkey or Redis server that keeps answers for many processes.

    It is a description: connections belong to the client that it is given to, and end with it.
    There is nothing to close.

    Args:
        server: A URL such as ``redis://cache.example:6379/0`` (``rediss://`` with TLS,
            ``unix://`` for a socket), or a ``redis.asyncio.Redis`` of your own, made without
            ``decode_responses``; that is used and never closed.
        prefix: What the names of all keys begin with.
        lease_seconds: How long others wait for a process that died while it was loading.
        max_bytes: The largest body that is shared, in bytes, decompressed.
        patience_seconds: How long the server's answer may take. A server that takes longer is
            left alone until it is quicker.

    Raises:
        ConfigurationError: An option cannot be right.
        ImportError: redis-py is missing.
    """

    def __init__(
        self,
        server: str | Redis,
        *,
        prefix: str = "loguro",
        lease_seconds: float = 2.0,
        max_bytes: int = 1024 * 1024,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        check_redis_py()
        if not (math.isfinite(lease_seconds) and lease_seconds >= _SHORTEST_LEASE_SECONDS):
            raise ConfigurationError(
                f"RedisCache.lease_seconds is {lease_seconds!r}; give 0.1 or above"
            )
        if not 1 <= max_bytes <= _LARGEST_BODY:
            raise ConfigurationError(
                f"RedisCache.max_bytes is {max_bytes!r}; give 1 to {_LARGEST_BODY:,}"
            )
        if not (math.isfinite(patience_seconds) and patience_seconds > 0):
            raise ConfigurationError(
                f"RedisCache.patience_seconds is {patience_seconds!r}; give a number above 0"
            )
        self._server = server
        self._options = RedisOptions(prefix, lease_seconds, max_bytes, patience_seconds)
        self._client()  # tells now what is wrong with the URL; it does not connect

    def link(self, scope: bytes, heard: Heard) -> Link:
        """A link of its own for one client; the client does this, not you.

        Args:
            scope: The name, a keyed hash, of the token and the origin that it is used with.
            heard: Told of invalidations that other processes make.
        """
        from loguro_async.shared_cache.redis_link import RedisLink  # noqa: PLC0415 - needs redis-py

        return RedisLink(
            cast("Client", self._client()),
            options=self._options,
            scope=scope,
            heard=heard,
            owns_client=isinstance(self._server, str),
        )

    def _client(self) -> Redis:
        from redis.asyncio import Redis  # noqa: PLC0415 - optional
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - optional
        from redis.backoff import NoBackoff  # noqa: PLC0415 - optional

        if isinstance(self._server, str):
            try:
                # Whether and when to try again is decided by the link, which knows who waits.
                return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - **kwargs
                    self._server,
                    retry=Retry(NoBackoff(), 0),
                    socket_timeout=None,
                    decode_responses=False,
                )
            except ValueError as error:
                raise ConfigurationError(
                    "the URL of the Redis server cannot be right; give one such as "
                    "redis://cache.example:6379/0"
                ) from error
        if self._server.connection_pool.connection_kwargs.get("decode_responses"):
            raise ConfigurationError(
                "the Redis client was made with decode_responses=True; make one without it, "
                "because what is stored is bytes"
            )
        return self._server

    def __repr__(self) -> str:
        return f"<RedisCache {self._options.prefix!r}>"  # the URL may hold a password


def check_redis_py() -> None:
    """Import redis-py, or say how to install it.

    Raises:
        ImportError: It is missing.
    """
    try:
        import_module("redis.asyncio")
    except ImportError as error:
        raise ImportError(
            "the shared cache needs redis-py; install it with: pip install 'loguro-async[redis]'"
        ) from error
