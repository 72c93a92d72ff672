"""One client's link to a Valkey or Redis server: what it asks, and what it hears."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

from loguro_async.shared_cache.connection import Connection
from loguro_async.shared_cache.envelope import GENERATION_BYTES, largest_envelope
from loguro_async.shared_cache.protocol import Place, Reading
from loguro_async.shared_cache.scripts import (
    DONE,
    FORGET,
    OWNER_BYTES,
    READ,
    RELEASE,
    RENEW,
    STORE,
    Names,
    done,
    gone,
    read_gone,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from loguro_async.shared_cache.connection import Command
    from loguro_async.shared_cache.driver import Client
    from loguro_async.shared_cache.protocol import Heard, Wish
    from loguro_async.shared_cache.redis import RedisOptions

_GENERATION_MS: Final = 30 * 24 * 3600 * 1000
_MOST_UNSENT: Final = 1000


class RedisLink:
    """Speaks the tier's protocol over one connection.

    Args:
        client: Of redis-py.
        options: Of the ``RedisCache``.
        scope: The name of token and origin.
        heard: Told of invalidations that other processes make, and of having missed some.
        owns_client: Whether the client is closed with the link.
    """

    def __init__(
        self,
        client: Client,
        *,
        options: RedisOptions,
        scope: bytes,
        heard: Heard,
        owns_client: bool,
    ) -> None:
        self.lease_seconds = options.lease_seconds
        self.max_bytes = options.max_bytes
        self._names = Names.of(options.prefix, scope)
        self._heard = heard
        self._sender = secrets.token_bytes(OWNER_BYTES)
        self._waiting: dict[bytes, set[asyncio.Future[None]]] = {}
        self._unsent = _Unsent()
        self._connection = Connection(
            client,
            self._names.channel,
            first=self._invalidations,
            heard=self._message,
            changed=self._changed,
            patience_seconds=options.patience_seconds,
            owns_client=owns_client,
        )

    async def read(self, place: Place, owner: bytes, wish: Wish) -> Reading | None:
        """Look at a place, and take the turn to load where that is wished for and possible."""
        reply = await self._connection.ask(
            self._at(
                READ,
                place,
                owner,
                wish,
                round(self.lease_seconds * 1000),
                largest_envelope(self.max_bytes),
                secrets.token_bytes(GENERATION_BYTES),
                _GENERATION_MS,
            )
        )
        match reply:
            case [bytes(sealed), bytes(token), bytes(slug), int(has_turn)]:
                return Reading(sealed, (token, slug), has_turn == 1)
            case _:
                return None

    async def changed(self, place: Place, seconds: float) -> None:
        """Wait until somebody's turn at a place has ended, for so many seconds at the most."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(place.entry, set())
        waiting.add(waiter)
        try:
            await asyncio.wait((waiter,), timeout=seconds)
        finally:
            waiting.discard(waiter)
            if not waiting and self._waiting.get(place.entry) is waiting:
                del self._waiting[place.entry]

    def renew(self, place: Place, owner: bytes) -> None:
        """Keep a turn for another lease."""
        milliseconds = round(self.lease_seconds * 1000)
        self._connection.tell(self._at(RENEW, place, owner, milliseconds))

    def store(
        self,
        place: Place,
        owner: bytes,
        generations: tuple[bytes, bytes],
        sealed: bytes,
        seconds: float,
    ) -> None:
        """Store an envelope and end the turn, if it is still the owner's and nothing moved on."""
        milliseconds = max(1, round(min(seconds * 1000, _GENERATION_MS)))
        news = (self._names.channel, done(place))
        command = self._at(STORE, place, owner, b"".join(generations), sealed, milliseconds, *news)
        self._connection.tell(command)

    def release(self, place: Place, owner: bytes) -> None:
        """End a turn, if it is still the owner's."""
        self._connection.tell(self._at(RELEASE, place, owner, self._names.channel, done(place)))

    def forget(self, slug: bytes | None) -> Awaitable[None]:
        """Invalidate a project, or all, and tell the other processes."""
        self._unsent.add(slug)
        return self._connection.nudge()

    async def aclose(self) -> None:
        """Send what is left to send, briefly, and leave nothing open."""
        await self._connection.aclose()
        self._wake_all()

    def _at(self, script: str, place: Place, *arguments: str | bytes | int) -> Command:
        return ("EVAL", script, 4, *self._names.keys(place), *arguments)

    def _invalidations(self) -> dict[Command, Any]:
        """What must be sent before anything else, and what to do when it was."""
        channel = self._names.channel
        return {
            (
                "EVAL",
                FORGET,
                1,
                self._names.generation(slug),
                mark,
                _GENERATION_MS,
                channel,
                gone(self._sender, slug),
            ): lambda slug=slug, mark=mark: self._unsent.sent(slug, mark)
            for slug, mark in self._unsent.marks.items()
        }

    def _message(self, message: bytes) -> None:
        if message.startswith(DONE):
            self._wake(message.removeprefix(DONE))
        elif (news := read_gone(message)) is not None:
            sender, slug = news
            if sender != self._sender:
                self._heard(slug)

    def _changed(self, is_up: bool) -> None:  # noqa: FBT001 - as the connection calls it
        if is_up:
            self._heard(None)  # some went unheard, perhaps: nothing from before can be trusted
        else:
            self._wake_all()

    def _wake(self, entry: bytes) -> None:
        for waiter in self._waiting.pop(entry, ()):
            if not waiter.done():
                waiter.set_result(None)

    def _wake_all(self) -> None:
        for entry in tuple(self._waiting):
            self._wake(entry)


class _Unsent:
    """Invalidations that the server has not confirmed; more than many become one of all.

    Attributes:
        marks: The new generation of each slug; the token's under ``None``.
    """

    __slots__ = ("marks",)

    def __init__(self) -> None:
        self.marks: dict[bytes | None, bytes] = {}

    def add(self, slug: bytes | None) -> None:
        """Keep an invalidation until it was sent."""
        if slug is None or len(self.marks) >= _MOST_UNSENT:
            self.marks.clear()
            slug = None
        self.marks[slug] = secrets.token_bytes(GENERATION_BYTES)

    def sent(self, slug: bytes | None, mark: bytes) -> None:
        """Forget an invalidation that was confirmed, unless there is a newer one."""
        if self.marks.get(slug) == mark:
            del self.marks[slug]
