"""The location of a response in the shared cache, and the result of reading it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

NAME_BYTES: Final = 16
OWNER_BYTES: Final = 16
GENERATION_BYTES: Final = 16

LockMode: TypeAlias = Literal["if-missing", "if-free", "take-over"]
"""When a reader takes the lease: if nothing is stored, if the lease is free, or in any case."""


class Location(NamedTuple):
    """Where a response is stored.

    Attributes:
        entry: The name of the query, a keyed hash.
        project: The name of its project, a keyed hash.
    """

    entry: bytes
    project: bytes


class ReadResult(NamedTuple):
    """The result of reading a location.

    Attributes:
        sealed: The stored envelope; empty where there is none.
        generations: One random value for the token and one for the project. An invalidation
            replaces them, and so ends all that was stored before it.
        holder: The owner of the lease; empty where the lease was not requested.
        lease_seconds: When the lease ends, if it is not renewed.
    """

    sealed: bytes
    generations: tuple[bytes, bytes]
    holder: bytes
    lease_seconds: float = 0.0


def largest_envelope(max_bytes: int) -> int:
    """Returns the size in bytes that no envelope of a body up to ``max_bytes`` exceeds."""
    return max_bytes + max_bytes // 1000 + 1024
