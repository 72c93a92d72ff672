"""Shares answers with other processes: from the second tier, or from the service, one at a time.

It stands between the cache and the load. What must hold: one load for all processes that ask at
once; only answers that were decoded are stored; what began before an invalidation stores nothing;
an answer keeps its age; and a tier that fails costs nothing but the sharing.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from loguro_async.errors import (
    AuthenticationError,
    DeadlineExceededError,
    DecodeError,
    ProjectNotFoundError,
)
from loguro_async.shared_cache.envelope import Opened, Vault

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Generator

    from loguro_async.models.responses import Response
    from loguro_async.pipeline.call import Call, Load
    from loguro_async.pipeline.stats import Counters
    from loguro_async.runtime import Runtime
    from loguro_async.shared_cache.protocol import Link, Place, Reading, SharedCache, Wish

    Read = Callable[[Call, bytes, dt.datetime], Response]
    """Decodes a body that was fetched at a time."""

_OWNER_BYTES: Final = 16
# Who waits for another process is woken by its message; should that be lost, by this.
_LOOK_AGAIN_SECONDS: Final = 0.05
_RENEWALS_PER_LEASE: Final = 3
# Hosts' clocks differ a little: an answer from so near a future is new, not nonsense.
_CLOCK_SKEW_SECONDS: Final = 1.0
_TOO_LATE: Final = "no answer in time; give a longer timeout, or reduce the range or filter"


class SharedTier:
    """The second tier as all views of one client use it.

    Args:
        cache: Given by the user.
        token: The personal access token, from which all keys are drawn.
        origin: Where the answers come from.
        forget: Drops what this process keeps of the slugs that match.
    """

    __slots__ = ("_forget", "link", "vault")

    def __init__(
        self,
        cache: SharedCache,
        token: str,
        origin: str,
        *,
        forget: Callable[[Callable[[str], bool]], None],
    ) -> None:
        self.vault = Vault(token, origin)
        self._forget = forget
        self.link: Link = cache.link(self.vault.scope, self._heard)

    def forget(self, slug: str | None) -> Awaitable[None]:
        """Invalidate a project, or all of them, in the tier and in all processes."""
        return self.link.forget(None if slug is None else self.vault.slug(slug))

    def _heard(self, name: bytes | None) -> None:
        if name is None:
            self._forget(lambda _slug: True)
            return
        known: dict[str, bool] = {}

        def matches(slug: str) -> bool:
            if slug not in known:
                known[slug] = self.vault.slug(slug) == name
            return known[slug]

        self._forget(matches)


class _Turn(NamedTuple):
    """The right to load, held at a place by an owner."""

    place: Place
    owner: bytes
    generations: tuple[bytes, bytes]


class SecondTier:
    """The stage: gives an answer from the tier, or from the load behind it, and stores that.

    Args:
        tier: What the views of the client share.
        load: Gives a decoded answer from the service.
        read: Decodes a body from the tier.
        good_for: Seconds that the answer to a call stays fresh; 0 for one that is not shared.
        runtime: The clocks.
        counters: Where answers from the tier are counted.
    """

    __slots__ = ("_counters", "_good_for", "_link", "_load", "_read", "_runtime", "_tier")

    def __init__(
        self,
        tier: SharedTier,
        load: Load,
        *,
        read: Read,
        good_for: Callable[[Call], float],
        runtime: Runtime,
        counters: Counters,
    ) -> None:
        self._tier = tier
        self._link = tier.link
        self._load = load
        self._read = read
        self._good_for = good_for
        self._runtime = runtime
        self._counters = counters

    async def load(self, call: Call) -> Response:
        """The answer to a call, decoded; a refusal is passed on to the other processes.

        Raises:
            DeadlineExceededError: The deadline came while another process was loading.
            LoguroError: The load failed.
        """
        try:
            seconds = 0.0 if call.endpoint.sensitive else self._good_for(call)
            if call.mode == "no-store" or seconds <= 0:
                return await self._load(call)
            return await self._share(call, seconds)
        except AuthenticationError:
            self._tier.forget(None)
            raise
        except ProjectNotFoundError:
            # On the visitor endpoints it may mean the visitor, and those are not shared.
            if call.endpoint.is_about_project:
                self._tier.forget(call.request.slug)
            raise

    async def _share(self, call: Call, seconds: float) -> Response:
        query = call.request
        place = self._tier.vault.place(query.slug, query.path, query.canonical)
        owner = secrets.token_bytes(_OWNER_BYTES)
        is_reload = call.mode == "reload"
        wish: Wish = "in-any-case" if is_reload else "if-empty"
        while (reading := await self._look(place, owner, wish)) is not None:
            found = None if is_reload else self._opened(call, place, reading, seconds)
            if found is not None:
                if reading.has_turn:
                    self._link.release(place, owner)
                return found
            if reading.has_turn:
                turn = _Turn(place, owner, reading.generations)
                return await self._load_in_turn(call, turn, seconds)
            if reading.sealed and wish == "if-empty":
                wish = "if-free"  # what is there is of no use
            else:
                await self._wait(call, place)
        return await self._load(call)

    async def _look(self, place: Place, owner: bytes, wish: Wish) -> Reading | None:
        """Look at a place; a caller who goes in that moment leaves no turn behind."""
        try:
            return await self._link.read(place, owner, wish)
        except asyncio.CancelledError:
            self._link.release(place, owner)
            raise

    def _opened(
        self, call: Call, place: Place, reading: Reading, seconds: float
    ) -> Response | None:
        """The answer that was found, if it is whole, of this generation, fresh and decodes."""
        opened = self._tier.vault.open(place, reading.sealed, max_bytes=self._link.max_bytes)
        if opened is None or opened.generations != reading.generations:
            return None
        age = (self._runtime.now() - opened.fetched_at).total_seconds()
        if not -_CLOCK_SKEW_SECONDS <= age < seconds:
            return None
        try:
            response = self._read(call, opened.body, opened.fetched_at)
        except DecodeError:
            return None
        call.age = max(0.0, age)
        self._counters.shared_hits += 1
        return response

    async def _wait(self, call: Call, place: Place) -> None:
        """Wait for the process that is loading, within the call's deadline."""
        left = call.deadline.seconds_left
        if left <= 0:
            raise DeadlineExceededError(_TOO_LATE)
        await self._link.changed(place, min(left, _LOOK_AGAIN_SECONDS))

    async def _load_in_turn(self, call: Call, turn: _Turn, seconds: float) -> Response:
        with self._held(turn):
            response = await self._load(call)
            if len(response.raw) <= self._link.max_bytes:
                content = Opened(response.raw, response.fetched_at, turn.generations)
                sealed = self._tier.vault.seal(turn.place, content)
                self._link.store(turn.place, turn.owner, turn.generations, sealed, seconds)
            return response

    @contextmanager
    def _held(self, turn: _Turn) -> Generator[None]:
        """Renew a turn from time to time, and give it back at the end, however that comes."""
        loop = asyncio.get_running_loop()
        pause = self._link.lease_seconds / _RENEWALS_PER_LEASE

        alarm: asyncio.TimerHandle

        def renew() -> None:
            nonlocal alarm
            self._link.renew(turn.place, turn.owner)
            alarm = loop.call_later(pause, renew)

        alarm = loop.call_later(pause, renew)
        try:
            yield
        finally:
            alarm.cancel()
            self._link.release(turn.place, turn.owner)
