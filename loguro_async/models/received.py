"""The parent of responses and rows, which carry data that are no fields.

Such data are in the struct's ``__dict__``, in one object that the garbage collector does not track.
A dictionary of such objects is not tracked either, so that thousands of cached responses do not
slow down a collection.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Self

from msgspec import Struct
from msgspec.structs import astuple, force_setattr

METADATA: Final = "_metadata"
SENT: Final = "_as_sent"


class Received(Struct, frozen=True, dict=True):
    """A struct that stores its origin beside its fields."""

    def __copy__(self) -> Self:
        """Returns the struct itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Returns the struct itself: it cannot change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the fields and the data beside them."""
        return (_restore, (type(self), astuple(self), dict(self.__dict__)))


def _restore(kind: type[Received], values: tuple[Any, ...], carried: dict[str, Any]) -> Received:
    restored = kind(*values)
    if carried:
        force_setattr(restored, "__dict__", carried)
    return restored


def carry(struct: Received, carried: Metadata | Sent) -> None:
    """Adds data to a struct beside its fields.

    The dictionary is made anew: it takes 120 bytes less than one that CPython makes itself, which
    has room for every attribute that the class may ever have.
    """
    name, other = (SENT, METADATA) if isinstance(carried, Sent) else (METADATA, SENT)
    beside = getattr(struct, other, None)
    everything = {name: carried} if beside is None else {name: carried, other: beside}
    force_setattr(struct, "__dict__", everything)


class Tolerance(Struct, frozen=True, gc=False):
    """One way in which a body was not as the reference has it, and was read nevertheless.

    Attributes:
        path: Where in the JSON, such as ``items[].count``; ``$`` for the whole of it.
        kind: ``name``: the member has another name. ``type``: a value of another type was
            converted. ``lost``: a value could not be read; its field is ``None``. ``missing``: a
            member that the reference shows did not come; ``required``: one that must come did
            not. ``wrapped``: the object came inside another one. ``bare``: a list or number came
            without its object. ``skipped``: a row was left out, because it lacks what is required.
        expected: The name or type that was expected.
        found: The name or type that came.
        count: How often.
    """

    path: str
    kind: str
    expected: str = ""
    found: str = ""
    count: int = 1


class Metadata(Struct, frozen=True, gc=False):
    """Data of a response beside its fields.

    Attributes:
        raw: The body's bytes, as they arrived.
        fetched_at: When they arrived, in UTC.
        shape: The response type of the endpoint, with that of its rows.
        stale: Whether the response is older than the cache policy calls fresh.
        parts: Number of the service's responses that were merged into it.
        tolerated: Where the body was not as the reference has it.
        sent_bytes: About how many bytes its rows carry beside their fields.
    """

    raw: bytes = b""
    fetched_at: dt.datetime | None = None
    shape: Any = None
    stale: bool = False
    parts: int = 1
    tolerated: tuple[Tolerance, ...] = ()
    sent_bytes: int = 0


class Sent(Struct, frozen=True, gc=False):
    """A row as the service sent it, if its fields do not have all of it.

    Attributes:
        json: The row's JSON object.
        held: The names of the members that fields hold.
        wrapper: The member whose object holds the row, where it came inside another one.
    """

    json: bytes
    held: frozenset[str]
    wrapper: str | None = None
