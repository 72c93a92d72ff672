"""Places for requests, and a rate, that several processes keep together in Valkey or Redis.

```python
limits = Limits(concurrency=16, shared=RedisLimits("redis://cache.example:6379/0", concurrency=32))
```

Needs redis-py: ``pip install 'loguro-async[redis]'``.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import secrets
import time
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from weakref import WeakKeyDictionary

from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

_LOG: Final = logging.getLogger("loguro_async")
# Bounds between which the looks for a free place are spread.
_SHORTEST_LOOK_SECONDS: Final = 0.002
_LONGEST_LOOK_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 1.0
_LEFT_ALONE_SECONDS: Final = 1.0

# KEYS: places, next turn. ARGV: who, places, lease ms, ms between requests (0: no rate).
# Gives -1 where no place is free, else after how many ms the request may be sent.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
if tonumber(ARGV[2]) > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return '-1' end
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local between = tonumber(ARGV[4])
if between == 0 then return '0' end
local turn = math.max(now, tonumber(redis.call('GET', KEYS[2]) or now))
redis.call('SET', KEYS[2], tostring(turn + between), 'PX', math.ceil(turn + between - now) + 1000)
return tostring(turn - now)
"""


class _Server(Protocol):
    """What is used of ``redis.asyncio.Redis``, whose own types are not whole."""

    def eval(self, script: str, number_of_keys: int, *words: str | float) -> Awaitable[Any]: ...

    def zrem(self, key: str, *members: str) -> Awaitable[Any]: ...

    def aclose(self) -> Awaitable[None]: ...


class RedisLimits:
    """Limits that all processes with the same server and name keep together.

    A process that dies gives its places back when their lease ends. While the server cannot be
    reached, requests are bounded by each client's own limits alone, and a warning is logged.

    Args:
        url: The server, such as ``redis://cache.example:6379/0`` (``rediss://`` with TLS).
        concurrency: Requests in flight at the most, of all processes; ``None`` for no bound.
        rate: Requests sent in a second at the most, by all processes, evenly spread; ``None``
            for no bound.
        name: What tells these limits from others on the same server.
        lease_seconds: How long a place is kept for a process that does not give it back; longer
            than any request takes.

    Raises:
        ConfigurationError: An option cannot be right.
        ImportError: redis-py is missing.
    """

    def __init__(
        self,
        url: str,
        *,
        concurrency: int | None = None,
        rate: float | None = None,
        name: str = "loguro",
        lease_seconds: float = 60.0,
    ) -> None:
        _check(concurrency, rate, lease_seconds)
        self._connect = _connector(url)
        self._places = concurrency or 0
        self._ms_between = 1000 / rate if rate else 0.0
        self._keys = (f"{name}:limits:{{places}}", f"{name}:limits:{{places}}:turn")
        self._lease_ms = int(lease_seconds * 1000)
        self._links: WeakKeyDictionary[asyncio.AbstractEventLoop, _Link] = WeakKeyDictionary()

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Wait for a place and a turn, hold the place, and give it back."""
        who = secrets.token_hex(8)
        link = self._link()
        link.users += 1
        try:
            # One of a process looks for a place, the others wait behind it, in their order.
            async with link.turn:
                wait_seconds = await self._take(link, who)
            await asyncio.sleep(wait_seconds)
            yield
        finally:
            # Also where the wait was cancelled: the server may have given the place already.
            link.users -= 1
            if self._places:
                link.give_back(self._keys[0], who)

    async def aclose(self) -> None:
        """Give back what is still held, and close the connection. Can be called again.

        While another client with these limits has requests under way, the connection is left to
        that client to close.
        """
        loop = asyncio.get_running_loop()
        link = self._links.get(loop)
        if link is not None and not link.users:
            del self._links[loop]
            await link.aclose()

    def _link(self) -> _Link:
        loop = asyncio.get_running_loop()
        if loop not in self._links:
            self._links[loop] = _Link(self._connect, self._lease_ms / 1000)
        return self._links[loop]

    async def _take(self, link: _Link, who: str) -> float:
        """Wait for a place. Returns the seconds until the request's turn."""
        look_seconds = _SHORTEST_LOOK_SECONDS
        while not link.is_away:
            wait_ms = await link.ask(
                lambda server: server.eval(
                    _TAKE, 2, *self._keys, who, self._places, self._lease_ms, self._ms_between
                )
            )
            if wait_ms is not None and float(wait_ms) >= 0:
                return float(wait_ms) / 1000
            # Spread, so that processes do not look all at once.
            await asyncio.sleep(look_seconds * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            look_seconds = min(_LONGEST_LOOK_SECONDS, 1.5 * look_seconds)
        return 0.0


class _Link:
    """The connection of one event loop, and the places that are still to be given back.

    Args:
        connect: Makes a connection.
        lease_seconds: When the server forgets a place by itself.
    """

    def __init__(self, connect: Callable[[], _Server], lease_seconds: float) -> None:
        self.turn = asyncio.Lock()
        self.users = 0  # requests that wait for a place or hold one
        self._connect = connect
        self._lease_seconds = lease_seconds
        self._server: _Server | None = None
        self._away_until = -math.inf
        self._held: dict[str, float] = {}  # names to give back, and when their lease has ended
        self._giving_back: asyncio.Task[None] | None = None

    @property
    def is_away(self) -> bool:
        """Whether the server did not answer just now, and is left alone."""
        return time.monotonic() < self._away_until

    def give_back(self, places: str, who: str) -> None:
        """Give a place back, now or as soon as the server answers again."""
        self._held[who] = time.monotonic() + self._lease_seconds
        if self._giving_back is None or self._giving_back.done():
            loop = asyncio.get_running_loop()
            self._giving_back = loop.create_task(self._give_all_back(places))

    async def _give_all_back(self, places: str) -> None:
        while self._held:
            await asyncio.sleep(max(0.0, self._away_until - time.monotonic()))
            names = tuple(self._held)
            if await self.ask(lambda server: server.zrem(places, *names)) is not None:  # noqa: B023 - awaited here
                for name in names:
                    self._held.pop(name, None)
            now = time.monotonic()
            self._held = {name: until for name, until in self._held.items() if until > now}

    async def ask(self, question: Callable[[_Server], Awaitable[Any]]) -> Any:  # noqa: ANN401 - the reply
        """The server's reply; ``None``, and it is left alone for a while, where there is none."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - an extra

        if self._server is None:
            self._server = self._connect()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await question(self._server)
        except (RedisError, OSError, TimeoutError) as error:
            if not self.is_away:
                _LOG.warning(
                    "shared limits cannot be kept, the client's own still are: %s",
                    type(error).__name__,
                )
            self._away_until = time.monotonic() + _LEFT_ALONE_SECONDS
            return None

    async def aclose(self) -> None:
        """Give back what can be, and close the connection."""
        if self._giving_back is not None:
            if self.is_away:
                self._giving_back.cancel()
            await asyncio.wait({self._giving_back}, timeout=2 * _PATIENCE_SECONDS)
            self._giving_back.cancel()
            await asyncio.gather(self._giving_back, return_exceptions=True)
        server, self._server = self._server, None
        if server is not None:
            await server.aclose()


def _check(concurrency: int | None, rate: float | None, lease_seconds: float) -> None:
    if concurrency is None and rate is None:
        message = "RedisLimits bound nothing; give concurrency, rate or both"
        raise ConfigurationError(message)
    if concurrency is not None and (
        isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1
    ):
        message = f"RedisLimits.concurrency is {concurrency!r}; give a whole number, 1 or above"
        raise ConfigurationError(message)
    for name, seconds in (("rate", rate), ("lease_seconds", lease_seconds)):
        if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
            message = f"RedisLimits.{name} is {seconds!r}; give a number above 0"
            raise ConfigurationError(message)


def _connector(url: str) -> Callable[[], _Server]:
    try:
        redis: Any = import_module("redis.asyncio")
    except ImportError as error:
        message = 'RedisLimits need an extra: pip install "loguro-async[redis]"'
        raise ImportError(message) from error
    try:
        redis.ConnectionPool.from_url(url)
    except (ValueError, AttributeError, TypeError):
        message = "the URL of RedisLimits is of no server; give one such as redis://host:6379/0"
        raise ConfigurationError(message) from None
    return lambda: cast("_Server", redis.Redis.from_url(url))
