"""Valkey or Redis as a shared cache."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from loguro_async.shared import cache_scripts
from loguro_async.shared.cache_entry import (
    GENERATION_BYTES,
    OWNER_BYTES,
    Location,
    ReadResult,
    largest_envelope,
)
from loguro_async.shared.connection import Connection
from loguro_async.shared.server_address import Server, check_installed, check_number, check_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

    from redis.asyncio import Redis, RedisCluster

    from loguro_async.shared.cache_entry import LockMode
    from loguro_async.shared.script_pipeline import Run

_LARGEST_BODY: Final = 64 * 1024 * 1024
_SHORTEST_LEASE_SECONDS: Final = 0.1
_GENERATION_MS: Final = 30 * 24 * 3600 * 1000
_MOST_OWED: Final = 1000
_OWED_AT_ONCE: Final = 100


class Listener(Protocol):
    """Receives the invalidations of other processes, for the cache in memory."""

    def invalidated(self, project: bytes | None) -> None:
        """Called when another process invalidated a project, or all (``None``)."""
        ...

    def continued(self) -> None:
        """Called when messages arrive again, after some may have been missed."""
        ...


class Options(NamedTuple):
    """The options of ``RedisCache`` other than the server."""

    prefix: str
    lease_seconds: float
    max_bytes: int
    patience_seconds: float


class RedisCache:
    """A Valkey or Redis server that stores responses for many processes.

    The object only describes the server. A client that gets it opens connections and closes them
    at its end, so there is nothing for you to close.

    Args:
        server: A URL such as ``redis://cache.example:6379/0`` (``rediss://`` with TLS,
            ``unix://`` for a socket), or a ``redis.asyncio.Redis`` or ``RedisCluster`` of your own,
            also one that a Sentinel made, without ``decode_responses``; it is used and never
            closed.
        prefix: The prefix of all keys.
        lease_seconds: How long others wait for a process that died while it was loading, at least
            0.1.
        max_bytes: The largest body that is shared, in bytes, decompressed.
        patience_seconds: How long a reply of the server may take. A server that takes longer is
            not used until it is faster.

    Raises:
        ConfigurationError: An option is not valid.
        ImportError: redis-py or cryptography is not installed.
    """

    def __init__(
        self,
        server: str | Redis | RedisCluster,
        *,
        prefix: str = "loguro",
        lease_seconds: float = 2.0,
        max_bytes: int = 1024 * 1024,
        patience_seconds: float = 0.04,
    ) -> None:
        check_installed("cryptography", "RedisCache")
        self._server = Server(server, owner="RedisCache")
        check_text("RedisCache.prefix", prefix)
        check_number("RedisCache.lease_seconds", lease_seconds, least=_SHORTEST_LEASE_SECONDS)
        check_number("RedisCache.max_bytes", max_bytes, least=1, most=_LARGEST_BODY, whole=True)
        check_number("RedisCache.patience_seconds", patience_seconds)
        self._options = Options(prefix, lease_seconds, max_bytes, patience_seconds)

    def connection(self, scope: bytes, listener: Listener) -> RedisCacheConnection:
        """Returns a connection for one client; called by the client.

        Args:
            scope: A keyed hash of the token and the origin.
            listener: Receives the invalidations of other processes.
        """
        return RedisCacheConnection(self._server, self._options, scope, listener)

    def __repr__(self) -> str:
        return f"<RedisCache {self._options.prefix!r}>"  # the URL may hold a password


class RedisCacheConnection:
    """One client's connection to the server.

    Errors of the server and the network are not raised: a method returns ``None`` without a reply,
    and the call continues without the shared cache.

    Args:
        server: The server.
        options: The options of the ``RedisCache``.
        scope: A keyed hash of the token and the origin.
        listener: Receives the invalidations of other processes.
    """

    def __init__(self, server: Server, options: Options, scope: bytes, listener: Listener) -> None:
        self.lease_seconds = options.lease_seconds
        self.max_bytes = options.max_bytes
        self._largest_envelope = largest_envelope(options.max_bytes)
        self._names = cache_scripts.Names.of(options.prefix, scope)
        self._listener = listener
        self._sender = b""
        self._watches: dict[bytes, set[Watch]] = {}
        # The new generation of each project whose invalidation the server has not confirmed; the
        # token's under None.
        self._owed: dict[bytes | None, bytes] = {}
        self._connection = Connection(
            server,
            self,
            name="shared cache",
            root=self._names.root,
            patience_seconds=options.patience_seconds,
        )

    async def read(
        self, location: Location, owner: bytes, mode: LockMode, lease_seconds: float
    ) -> ReadResult | None:
        """Reads a location, and takes the lease if the lock mode allows it.

        If the caller is cancelled, the lease is released.
        """
        if self._owed:  # otherwise a read could find entries that this process invalidated
            await self._connection.flush()
        arguments = (
            owner,
            mode,
            max(1, round(lease_seconds * 1000)),
            self._largest_envelope,
            secrets.token_bytes(GENERATION_BYTES),
            _GENERATION_MS,
        )
        reply = self._connection.start(cache_scripts.READ, self._names.keys(location), arguments)
        try:
            match await asyncio.shield(reply):
                case [bytes(sealed), bytes(token), bytes(project), bytes(holder), int(left_ms)]:
                    return ReadResult(sealed, (token, project), holder, max(0, left_ms) / 1000)
                case _:
                    return None
        except asyncio.CancelledError:
            reply.add_done_callback(
                lambda reply: None if reply.cancelled() else self.release(location, owner)
            )
            raise

    @contextmanager
    def watch(self, location: Location) -> Generator[Watch]:
        """Watches the loads of other processes at a location."""
        watch = Watch()
        watches = self._watches.setdefault(location.entry, set())
        watches.add(watch)
        try:
            yield watch
        finally:
            watches.discard(watch)
            if not watches and self._watches.get(location.entry) is watches:
                del self._watches[location.entry]

    def renew(self, location: Location, owner: bytes, lease_seconds: float) -> None:
        """Extends a lease."""
        arguments = (owner, max(1, round(lease_seconds * 1000)))
        self._connection.start(cache_scripts.RENEW, self._names.keys(location), arguments)

    def store(
        self,
        location: Location,
        owner: bytes,
        read_result: ReadResult,
        sealed: bytes,
        seconds: float,
    ) -> None:
        """Stores an envelope and ends the lease, if it is still held and nothing was invalidated.

        Args:
            location: Where to store it.
            owner: Who holds the lease.
            read_result: What was found when the lease was taken.
            sealed: The envelope.
            seconds: How long it is stored.
        """
        milliseconds = max(1, round(min(seconds * 1000, _GENERATION_MS)))
        message = (
            self._connection.channel,
            cache_scripts.LoadFinished(location.entry, owner).encode(),
        )
        arguments = (owner, b"".join(read_result.generations), sealed, milliseconds, *message)
        self._connection.start(cache_scripts.STORE, self._names.keys(location), arguments)

    def release(self, location: Location, owner: bytes, failure: bytes = b"") -> None:
        """Ends a lease, if it is still held, and sends the failure to waiting processes."""
        message = cache_scripts.LoadFinished(location.entry, owner, failure).encode()
        arguments = (owner, self._connection.channel, message)
        self._connection.start(cache_scripts.RELEASE, self._names.keys(location), arguments)

    async def generations(self, project: bytes) -> tuple[bytes, bytes] | None:
        """Returns the generations of the token and a project."""
        keys = (self._names.generation(None), self._names.generation(project))
        arguments = (secrets.token_bytes(GENERATION_BYTES), _GENERATION_MS)
        match await self._connection.call(cache_scripts.GENERATIONS, keys, arguments):
            case [bytes(token), bytes(mark)]:
                return token, mark
            case _:
                return None

    def invalidate(self, project: bytes | None) -> Awaitable[None]:
        """Invalidates a project, or everything, and tells the other processes.

        It takes effect as soon as the server can be reached. Awaiting it waits until then, or until
        the server is known to be down.
        """
        if project is None or len(self._owed) >= _MOST_OWED:
            self._owed.clear()
            project = None
        self._owed[project] = secrets.token_bytes(GENERATION_BYTES)
        return self._connection.flush()

    async def aclose(self) -> None:
        """Waits briefly for commands in progress, and closes the connection."""
        await self._connection.aclose()

    def received(self, message: bytes) -> None:
        """Handles a message of a process with the same token, which may be this one."""
        match cache_scripts.decode_message(message):
            case cache_scripts.LoadFinished(entry, owner, outcome):
                for watch in self._watches.get(entry, ()):
                    watch.note(owner, outcome)
            case cache_scripts.Invalidated(sender, project) if sender != self._sender:
                self._listener.invalidated(project)
            case _:
                pass

    async def flush(self, run: Run) -> None:
        """Sends the invalidations that the server has not confirmed."""
        # Made here and not in __init__, because forked processes must have different ones.
        self._sender = self._sender or secrets.token_bytes(OWNER_BYTES)
        while self._owed:
            owed = dict(list(self._owed.items())[:_OWED_AT_ONCE])
            arguments: list[str | bytes | float] = [_GENERATION_MS, self._connection.channel]
            for project, mark in owed.items():
                arguments += [mark, cache_scripts.Invalidated(self._sender, project).encode()]
            keys = [self._names.generation(project) for project in owed]
            await run(cache_scripts.INVALIDATE, keys, arguments)
            for project, mark in owed.items():
                if self._owed.get(project) == mark:  # else it was invalidated again meanwhile
                    del self._owed[project]

    def connected(self) -> None:
        """Tells the listener that messages arrive, and that some may have been missed."""
        self._listener.continued()

    def disconnected(self) -> None:
        """Wakes all waiting loads, because no messages arrive any more."""
        for watches in self._watches.values():
            for watch in watches:
                watch.note(b"", b"")


class Watch:
    """Waits for the end of another process's load at one location."""

    def __init__(self) -> None:
        self._outcomes: dict[bytes, bytes] = {}
        self._changed = asyncio.Event()

    def note(self, holder: bytes, outcome: bytes) -> None:
        """Notes the end of a holder's load; the holder is empty where the connection was lost."""
        self._outcomes[holder] = outcome
        self._changed.set()

    async def ended(self, holder: bytes, seconds: float) -> bytes:
        """Waits for the end of a holder's load, for some seconds at most.

        Returns the sealed failure of the load; empty bytes if the location must be read again.
        """
        if holder not in self._outcomes:
            waiting = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({waiting}, timeout=seconds)
            finally:
                waiting.cancel()
        self._changed.clear()
        return self._outcomes.pop(holder, b"")
