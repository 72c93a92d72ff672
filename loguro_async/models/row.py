"""Rows: the structs that responses are made of."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from loguro_async.models.labelled_count import LabelledCount
from loguro_async.models.lenient_json import loads
from loguro_async.models.received import SENT, Received, Sent, carry

if TYPE_CHECKING:
    from collections.abc import Mapping

# Counts beyond 2**53 are no counts: JavaScript, which the service speaks, cannot hold them.
Whole = Annotated[int, Meta(ge=0, le=2**53)]
Moment = Annotated[dt.datetime, Meta(tz=True)]


class Row(
    Received,
    LabelledCount,
    frozen=True,
    dict=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A row, without loss even if the service sent unknown members or types.

    A field is ``None`` if the service left it out, sent null, or sent a value that could not be
    read. Such a value is in ``extra``, with all members that have no field.
    """

    @property
    def extra(self) -> Mapping[str, Any]:
        """Everything that the service sent and no field holds, by the service's names.

        Decoded at each access, so that no caller can change the value of another one.
        """
        sent = self._sent()
        if sent is None:
            return {}
        members: dict[str, Any] = loads(sent.json)
        if sent.wrapper is not None:
            members |= members.pop(sent.wrapper)
        return {name: value for name, value in members.items() if name not in sent.held}

    def to_json(self) -> bytes:
        """Returns what the service sent as one JSON object, unknown members included."""
        sent = self._sent()
        return msgspec.json.encode(self) if sent is None else sent.json

    def __eq__(self, other: object) -> bool:
        """Returns whether fields and ``extra`` are equal."""
        if type(other) is not type(self):
            return NotImplemented
        return astuple(self) == astuple(other) and self.extra == other.extra

    def __hash__(self) -> int:
        """Returns a hash of the fields; ``extra`` cannot be hashed."""
        return hash(astuple(self))

    def _sent(self) -> Sent | None:
        return getattr(self, SENT, None)


RowT = TypeVar("RowT", bound=Row)


def as_sent(
    row: RowT, members: Mapping[str, Any], held: frozenset[str], wrapper: str | None = None
) -> RowT:
    """Stores in a row everything that the service sent; returns the row.

    Args:
        row: The row, just decoded.
        members: All its members, by the service's names.
        held: The names of those that fields hold.
        wrapper: The member whose object holds the row, where it came inside another one.
    """
    carry(row, Sent(msgspec.json.encode(members), held, wrapper))
    return row
