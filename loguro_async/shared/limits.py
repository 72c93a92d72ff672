"""Limits that several processes share in Valkey or Redis."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from loguro_async.errors import ConfigurationError
from loguro_async.shared.permits import Limit, Permits
from loguro_async.shared.server_address import Server, check_number, check_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from redis.asyncio import Redis, RedisCluster


class RedisLimits:
    """Limits that all processes with the same server and name share.

    Interactive calls go before background work, in all processes. A process that dies
    gives its permits back when their lease ends. While the server is down, requests are bounded by
    each client's own limits alone, and a warning is logged.

    Args:
        server: A URL such as ``redis://cache.example:6379/0`` (``rediss://`` with TLS), or a
            ``redis.asyncio.Redis`` or ``RedisCluster`` of your own, without ``decode_responses``;
            it is used and never closed, and in its own event loop only.
        concurrency: The maximum of concurrent requests of all processes; ``None`` for no limit.
        rate: Requests sent in a second at the most, by all processes, evenly spread; ``None``
            for no bound.
        name: The name of these limits, which differs from that of others on the same server.
        lease_seconds: When the permits of a process that died become free.

    Raises:
        ConfigurationError: An option is not valid.
        ImportError: redis-py is not installed.
    """

    def __init__(
        self,
        server: str | Redis | RedisCluster,
        *,
        concurrency: int | None = None,
        rate: float | None = None,
        name: str = "loguro",
        lease_seconds: float = 10.0,
    ) -> None:
        self._server = Server(server, owner="RedisLimits")
        if concurrency is None and rate is None:
            raise ConfigurationError("RedisLimits needs concurrency, rate or both")
        if concurrency is not None:
            check_number("RedisLimits.concurrency", concurrency, least=1, whole=True)
        if rate is not None:
            check_number("RedisLimits.rate", rate)
        check_text("RedisLimits.name", name)
        check_number("RedisLimits.lease_seconds", lease_seconds, least=3.0)
        self._limit = Limit(
            concurrency or 0,
            1000 / rate if rate else 0.0,
            round(lease_seconds * 1000),
            f"{name}:limits:{{permits}}",
        )
        self._name = name
        self._by_loop: dict[asyncio.AbstractEventLoop, Permits] = {}

    @asynccontextmanager
    async def permit(
        self, *, deadline: float = math.inf, background: bool = False
    ) -> AsyncGenerator[None]:
        """Waits for a permit and a turn, holds the permit, and gives it back.

        Args:
            deadline: When it is of no more use, by the event loop's clock.
            background: Whether interactive requests go first.

        Raises:
            DeadlineExceededError: No permit can be had by the deadline.
        """
        permits = self._permits()
        permits.users += 1
        try:
            permit = await permits.take(deadline, is_background=background)
            try:
                yield
            finally:
                permits.give_back(permit)
        finally:
            permits.users -= 1

    async def aclose(self) -> None:
        """Gives back what is still held, and closes the connection. Can be called again.

        While another client with these limits has requests under way, the connection is left to
        that client to close.
        """
        loop = asyncio.get_running_loop()
        permits = self._by_loop.get(loop)
        if permits is not None and not permits.users:
            del self._by_loop[loop]
            await permits.aclose()

    def _permits(self) -> Permits:
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            # Event loops of other threads may come and go meanwhile: look at a copy.
            for ended in [other for other in tuple(self._by_loop) if other.is_closed()]:
                self._by_loop.pop(ended, None)
            self._by_loop[loop] = Permits(self._server, self._limit)
        return self._by_loop[loop]

    def __repr__(self) -> str:
        return f"<RedisLimits {self._name!r}>"  # the URL may hold a password
