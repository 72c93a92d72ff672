"""A second tier in memory, and processes that share it in virtual time."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from loguro_async.endpoints import KPIS
from loguro_async.models.kpis import Kpis
from loguro_async.models.responses import Response, received
from loguro_async.pipeline.call import Call, Counters, Surroundings
from loguro_async.pipeline.decode import decode
from loguro_async.pipeline.second_tier import SecondTier, SharedTier
from loguro_async.shared_cache import Heard, Place, Reading, Wish
from tests.virtual_time import run

if TYPE_CHECKING:
    from loguro_async.config import CacheMode
    from loguro_async.errors import (
        LoguroError,
    )

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


class Tier:
    """A second tier in one process: what a server would hold, and who listens."""

    def __init__(self) -> None:
        self.entries: dict[bytes, tuple[bytes, float]] = {}
        self.leases: dict[bytes, tuple[bytes, tuple[bytes, bytes], float]] = {}
        self.generations: dict[bytes | None, bytes] = {}
        self.waiters: dict[bytes, list[asyncio.Future[None]]] = {}
        self.listeners: list[tuple[TierLink, Heard]] = []
        self.is_up = True
        self.marks = 0

    def link(self, scope: bytes, heard: Heard) -> TierLink:
        link = TierLink(self, scope)
        self.listeners.append((link, heard))
        return link

    def generation(self, slug: bytes | None) -> bytes:
        return self.generations.setdefault(slug, bytes(16))

    def ended(self, entry: bytes) -> None:
        self.leases.pop(entry, None)
        for waiter in self.waiters.pop(entry, []):
            if not waiter.done():
                waiter.set_result(None)


class TierLink:
    lease_seconds = 2.0
    max_bytes = 4096

    def __init__(self, tier: Tier, scope: bytes) -> None:
        self.tier = tier
        self.scope = scope
        self.is_alive = True

    async def read(self, place: Place, owner: bytes, wish: Wish) -> Reading | None:
        await asyncio.sleep(0.001)
        if not self.tier.is_up:
            return None
        now = asyncio.get_running_loop().time()
        sealed, until = self.tier.entries.get(place.entry, (b"", 0.0))
        sealed = sealed if now < until else b""
        now_at = (self.tier.generation(None), self.tier.generation(place.slug))
        has_turn = False
        if not sealed or wish != "if-empty":
            held = self.tier.leases.get(place.entry)
            is_free = held is None or held[1] != now_at or held[2] <= now
            has_turn = is_free or wish == "in-any-case"
        if has_turn:
            self.tier.leases[place.entry] = (owner, now_at, now + self.lease_seconds)
        return Reading(sealed, now_at, has_turn)

    async def changed(self, place: Place, seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self.tier.waiters.setdefault(place.entry, []).append(waiter)
        await asyncio.wait({waiter}, timeout=seconds)

    def _holds(self, place: Place, owner: bytes) -> bool:
        held = self.tier.leases.get(place.entry)
        return self.is_alive and held is not None and held[0] == owner

    def renew(self, place: Place, owner: bytes) -> None:
        if self._holds(place, owner):
            until = asyncio.get_running_loop().time() + self.lease_seconds
            self.tier.leases[place.entry] = (*self.tier.leases[place.entry][:2], until)

    def store(
        self,
        place: Place,
        owner: bytes,
        generations: tuple[bytes, bytes],
        sealed: bytes,
        seconds: float,
    ) -> None:
        now_at = (self.tier.generation(None), self.tier.generation(place.slug))
        if self._holds(place, owner) and now_at == generations:
            until = asyncio.get_running_loop().time() + seconds
            self.tier.entries[place.entry] = (sealed, until)
            self.tier.ended(place.entry)

    def release(self, place: Place, owner: bytes) -> None:
        if self._holds(place, owner):
            self.tier.ended(place.entry)

    def forget(self, slug: bytes | None) -> Awaitable[None]:
        self.tier.marks += 1
        self.tier.generations[slug] = self.tier.marks.to_bytes(16)
        for link, heard in self.tier.listeners:
            if link is not self and link.scope == self.scope:
                heard(slug)
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
        response = decode(KPIS, raw)
        received(response, raw=raw, fetched_at=now(), shape=KPIS.shape)
        return response


class Process:
    """The stage as one process has it."""

    def __init__(
        self, tier: Tier, service: Service, *, token: str = "pat_a", skew: float = 0.0
    ) -> None:
        self.forgotten: list[list[str]] = []
        self.counters = Counters()
        self.ttl = TTL
        self.shared = SharedTier(tier, token, "https://logu.ro", forget=self._forget)
        self.stage = SecondTier(
            self.shared,
            service.load,
            read=read,
            good_for=lambda _call: self.ttl,
            surroundings=Surroundings(
                clock=asyncio.get_running_loop().time,
                now=lambda: now() + dt.timedelta(seconds=skew),
            ),
            counters=self.counters,
        )

    def _forget(self, matches: Callable[[str], bool]) -> None:
        self.forgotten.append([slug for slug in ("local", "local", "shop") if matches(slug)])

    async def visitors(
        self, slug: str = "local", mode: CacheMode = "default", timeout: float = 30.0
    ) -> int:
        response = await self.stage.load(a_call(slug, mode, timeout))
        assert isinstance(response, Kpis)
        return response.current.visitors


def now() -> dt.datetime:
    return EPOCH + dt.timedelta(seconds=asyncio.get_running_loop().time())


def read(call: Call, raw: bytes, fetched_at: dt.datetime) -> Response:
    response: Response = decode(call.endpoint, raw)
    received(response, raw=raw, fetched_at=fetched_at, shape=call.endpoint.shape)
    return response


def a_call(slug: str = "local", mode: CacheMode = "default", timeout: float = 30.0) -> Call:
    deadline = asyncio.get_running_loop().time() + timeout
    return Call(KPIS, KPIS.query(slug, ("7d", None)), deadline, mode)


Story = Callable[[Tier, Service], Coroutine[Any, Any, None]]


def in_virtual_time(story: Story) -> Callable[[], None]:
    async def begin() -> None:
        await story(Tier(), Service())

    return lambda: run(begin)
