"""A shared cache in memory, and processes that share it in virtual time."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from loguro_async.endpoints import KPIS
from loguro_async.models.kpis import Kpis
from loguro_async.pipeline.call import Call
from loguro_async.pipeline.deadline import Deadline
from loguro_async.pipeline.decode import response_of
from loguro_async.pipeline.shared_cache import SharedCacheClient, SharedCacheStage
from loguro_async.pipeline.stats import Counters
from loguro_async.request import Query, prepare
from loguro_async.runtime import Runtime
from loguro_async.shared.cache import Watch
from loguro_async.shared.cache_entry import Location, ReadResult
from tests.virtual_time import run

if TYPE_CHECKING:
    from loguro_async.errors import LoguroError
    from loguro_async.models.response_base import Response
    from loguro_async.policies import CacheMode
    from loguro_async.shared.cache import Listener, RedisCache
    from loguro_async.shared.cache_entry import LockMode

EPOCH = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
TTL = 60.0


def body(visitors: int) -> bytes:
    values = (
        f'{{"visitors":{visitors},"pageviews":2,"sessions":3,"bounceRate":0.5,"avgDurationSec":9}}'
    )
    window = (
        '{"chip":"7d","from":"2026-06-04T10:00:00.000Z","to":"2026-06-11T10:00:00.000Z",'
        '"bucket":"day","hasPrevious":false}'
    )
    return f'{{"current":{values},"previous":null,"range":{window}}}'.encode()


class SharedCacheInMemory:
    """A shared cache in one process: what a server would hold, and who listens."""

    def __init__(self) -> None:
        self.entries: dict[bytes, tuple[bytes, float]] = {}
        self.leases: dict[bytes, tuple[bytes, tuple[bytes, bytes], float]] = {}
        self.marks: dict[bytes | None, bytes] = {}
        self.watches: dict[bytes, list[WatchInMemory]] = {}
        self.connections: list[ConnectionInMemory] = []
        self.is_up = True

    def connection(self, scope: bytes, listener: Listener) -> ConnectionInMemory:
        self.connections.append(ConnectionInMemory(self, scope, listener))
        return self.connections[-1]

    def generations(self, project: bytes) -> tuple[bytes, bytes]:
        return self.marks.setdefault(None, bytes(16)), self.marks.setdefault(project, bytes(16))

    def ended(self, entry: bytes, owner: bytes, failure: bytes = b"") -> None:
        self.leases.pop(entry, None)
        for watch in self.watches.get(entry, []):
            watch.note(owner, failure)


class WatchInMemory(Watch):
    """The real one: it needs no server."""


class ConnectionInMemory:
    lease_seconds = 2.0
    max_bytes = 4096

    def __init__(self, shared: SharedCacheInMemory, scope: bytes, listener: Listener) -> None:
        self.shared = shared
        self.scope = scope
        self.listener = listener
        self.is_alive = True

    async def read(
        self, location: Location, owner: bytes, mode: LockMode, lease_seconds: float
    ) -> ReadResult | None:
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.release(location, owner)
            raise
        if not self.shared.is_up:
            return None
        now = asyncio.get_running_loop().time()
        sealed, until = self.shared.entries.get(location.entry, (b"", 0.0))
        sealed = sealed if now < until else b""
        generations = self.shared.generations(location.project)
        if sealed and mode == "if-missing":
            return ReadResult(sealed, generations, b"")
        held = self.shared.leases.get(location.entry)
        is_free = held is None or held[1] != generations or held[2] <= now
        if is_free or mode == "take-over":
            self.shared.leases[location.entry] = (owner, generations, now + lease_seconds)
        holder, _, until = self.shared.leases[location.entry]
        return ReadResult(sealed, generations, holder, until - now)

    @contextmanager
    def watch(self, location: Location) -> Generator[Watch]:
        watch = WatchInMemory()
        self.shared.watches.setdefault(location.entry, []).append(watch)
        yield watch
        self.shared.watches[location.entry].remove(watch)

    def _holds(self, location: Location, owner: bytes) -> bool:
        held = self.shared.leases.get(location.entry)
        return self.is_alive and held is not None and held[0] == owner

    def renew(self, location: Location, owner: bytes, lease_seconds: float) -> None:
        if self._holds(location, owner):
            until = asyncio.get_running_loop().time() + lease_seconds
            self.shared.leases[location.entry] = (*self.shared.leases[location.entry][:2], until)

    def store(
        self,
        location: Location,
        owner: bytes,
        read_result: ReadResult,
        sealed: bytes,
        seconds: float,
    ) -> None:
        now_at = self.shared.generations(location.project)
        if self._holds(location, owner) and now_at == read_result.generations:
            until = asyncio.get_running_loop().time() + seconds
            self.shared.entries[location.entry] = (sealed, until)
            self.shared.ended(location.entry, owner)

    def release(self, location: Location, owner: bytes, failure: bytes = b"") -> None:
        if self._holds(location, owner):
            self.shared.ended(location.entry, owner, failure)

    async def generations(self, project: bytes) -> tuple[bytes, bytes] | None:
        await asyncio.sleep(0.001)
        return self.shared.generations(project) if self.shared.is_up else None

    def invalidate(self, project: bytes | None) -> Awaitable[None]:
        self.shared.marks[project] = secrets.token_bytes(16)
        for connection in self.shared.connections:
            if connection is not self and connection.scope == self.scope:
                connection.listener.invalidated(project)
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def aclose(self) -> None:
        self.is_alive = False


class Service:
    """Counts requests; an answer takes one second, and says how many there were before it."""

    def __init__(self) -> None:
        self.requests = 0
        self.seconds = 1.0
        self.failures: list[LoguroError] = []
        self.stopped = 0

    async def load(self, call: Call) -> Response:
        self.requests += 1
        call.attempts += 1
        raw = body(self.requests)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.failures:
            raise self.failures.pop(0)
        return response_of(KPIS, raw, now())


class Process:
    """The stage as one process has it."""

    def __init__(
        self,
        shared: SharedCacheInMemory,
        service: Service,
        *,
        token: str = "pat_a",
        skew: float = 0.0,
    ) -> None:
        self.dropped: list[str | None] = []
        self.in_memory = {"local", "shop"}
        self.counters = Counters()
        self.ttl = TTL
        self.shared = SharedCacheClient(
            cast("RedisCache", shared),
            token,
            "https://logu.ro",
            memory=self,
        )
        self.stage = SharedCacheStage(
            self.shared,
            service.load,
            decode=read,
            time_to_live=lambda _call: self.ttl,
            runtime=Runtime(
                clock=asyncio.get_running_loop().time,
                now=lambda: now() + dt.timedelta(seconds=skew),
            ),
            counters=self.counters,
        )

    def slugs(self) -> set[str]:
        return self.in_memory

    def drop(self, slug: str | None) -> None:
        self.dropped.append(slug)

    def begin_epoch(self, epoch: int) -> None:
        assert epoch == self.shared.coherence.epoch

    async def visitors(
        self, slug: str = "local", mode: CacheMode = "default", timeout: float = 30.0
    ) -> int:
        response = await self.stage.load(a_call(slug, mode, timeout))
        assert isinstance(response, Kpis)
        return response.current.visitors


def now() -> dt.datetime:
    return EPOCH + dt.timedelta(seconds=asyncio.get_running_loop().time())


def read(call: Call, raw: bytes, fetched_at: dt.datetime) -> Response:
    return response_of(call.endpoint, raw, fetched_at)


def a_call(slug: str = "local", mode: CacheMode = "default", timeout: float = 30.0) -> Call:
    return call_of(Query(KPIS, slug, range="7d"), mode, timeout)


def call_of(query: Query[Any], mode: CacheMode = "default", timeout: float = 30.0) -> Call:
    clock = asyncio.get_running_loop().time
    deadline = Deadline(clock() + timeout, clock)
    return Call(query.endpoint, prepare(query), deadline, clock, mode=mode)


Story = Callable[[SharedCacheInMemory, Service], Coroutine[Any, Any, None]]


def in_virtual_time(story: Story) -> Callable[[], None]:
    async def begin() -> None:
        await story(SharedCacheInMemory(), Service())

    return lambda: run(begin)
