"""What the client asks of a second tier. Whatever does this can be one.

A tier sees names and bytes that mean nothing to it: everything is hashed and sealed before it gets
there. None of its methods raises: a tier that cannot be reached says so by ``None``, and the call
goes on without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, Protocol, TypeAlias

Heard: TypeAlias = Callable[[bytes | None], None]
"""Told the name of a slug that another process has invalidated; ``None`` stands for all of them."""

Wish: TypeAlias = Literal["if-empty", "if-free", "in-any-case"]
"""When a reader wants the turn to load: where nothing is stored, whatever is stored, or even where
somebody else has it."""


class Place(NamedTuple):
    """Where an answer is stored.

    Attributes:
        entry: The name of the question, a keyed hash.
        slug: The name of its project, a keyed hash.
    """

    entry: bytes
    slug: bytes


class Reading(NamedTuple):
    """What a look at a place found.

    Attributes:
        sealed: The stored envelope; empty where there is none.
        generations: One random value for the token and one for the project. An invalidation
            changes them, and so ends all that was stored before it. Empty where there is none.
        has_turn: Whether the reader is now the one who loads.
    """

    sealed: bytes
    generations: tuple[bytes, bytes]
    has_turn: bool


class Link(Protocol):
    """A second tier, as one client with one token uses it."""

    @property
    def lease_seconds(self) -> float:
        """How long a turn is kept for a holder who doesn't renew it."""
        ...

    @property
    def max_bytes(self) -> int:
        """The largest body that is stored, in bytes."""
        ...

    async def read(self, place: Place, owner: bytes, wish: Wish) -> Reading | None:
        """Look at a place, and take the turn to load where that is wished for and possible.

        Args:
            place: Where to look.
            owner: Random; whose turn it becomes.
            wish: When the turn is wanted.
        """
        ...

    async def changed(self, place: Place, seconds: float) -> None:
        """Wait until somebody's turn at a place has ended, for so many seconds at the most."""
        ...

    def renew(self, place: Place, owner: bytes) -> None:
        """Keep a turn for another lease."""
        ...

    def store(
        self,
        place: Place,
        owner: bytes,
        generations: tuple[bytes, bytes],
        sealed: bytes,
        seconds: float,
    ) -> None:
        """Store an envelope and end the turn, if it is still the owner's and nothing moved on.

        Args:
            place: Where to store it.
            owner: Whose turn it is.
            generations: As they were when the turn began.
            sealed: The envelope.
            seconds: How long it may be kept.
        """
        ...

    def release(self, place: Place, owner: bytes) -> None:
        """End a turn, if it is still the owner's."""
        ...

    def forget(self, slug: bytes | None) -> Awaitable[None]:
        """Invalidate a project, or all, and tell the other processes.

        It takes effect as soon as the tier can be reached. Awaiting it waits until then, or until
        the tier is known to be out of reach.
        """
        ...

    async def aclose(self) -> None:
        """Send what is left to send, briefly, and leave nothing open."""
        ...


class SharedCache(Protocol):
    """A second tier, as the user hands it to the client."""

    def link(self, scope: bytes, heard: Heard) -> Link:
        """A link of its own for one client.

        Args:
            scope: The name, a keyed hash, of the token and the origin that it is used with.
            heard: Told of invalidations that other processes make.
        """
        ...
