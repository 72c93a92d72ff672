"""What all responses share: the body they came in, when, and room for more than is known.

All are frozen msgspec structs, down to the rows; sequences are tuples, because one cached answer
is shared by all who ask.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple, force_setattr

from loguro_async.models.data import Data
from loguro_async.models.display import Shown
from loguro_async.models.measures import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

# Counts beyond 2**53 are no counts: JavaScript, which the service speaks, cannot hold them.
Whole = Annotated[int, Meta(ge=0, le=2**53)]
Moment = Annotated[dt.datetime, Meta(tz=True)]


class Received(Struct, frozen=True, dict=True):
    """A struct that remembers, beside its fields, what else is known of where it came from."""

    def __copy__(self) -> Self:
        """The same: it cannot change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The same: it cannot change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields and what is known beside them."""
        return (_restore, (type(self), astuple(self), dict(self.__dict__)))


def _restore(kind: type[Received], values: tuple[Any, ...], known: dict[str, Any]) -> Received:
    received = kind(*values)
    _note(received, known)
    return received


def _note(received: Received, known: Mapping[str, Any]) -> None:
    for name, value in known.items():
        force_setattr(received, name, value)


class Response(Received, Data, Shown, frozen=True):
    """An answer of the service.

    ``raw``, ``fetched_at``, ``stale`` and ``parts`` are no fields: equality, hash, repr and
    ``msgspec.json.encode`` see only what the service sent, under its own names.
    """

    @property
    def raw(self) -> bytes:
        """The body's bytes, as they arrived; empty on a response that was made by hand."""
        body: bytes = self.__dict__.get("_raw", b"")
        return body

    @property
    def fetched_at(self) -> dt.datetime:
        """When the answer arrived, in UTC.

        Raises:
            AttributeError: The response was made by hand and never fetched.
        """
        try:
            moment: dt.datetime = self.__dict__["_fetched_at"]
        except KeyError:
            message = f"this {type(self).__name__} was made by hand; it was never fetched"
            raise AttributeError(message) from None
        return moment

    @property
    def stale(self) -> bool:
        """Whether the answer is older than the cache policy calls fresh."""
        return bool(self.__dict__.get("_stale", False))

    @property
    def parts(self) -> int:
        """From how many answers of the service this one was put together; usually 1.

        More where ``RetryPolicy.split_on_failure`` had to halve the window; ``raw`` is then made
        from what was put together.
        """
        parts: int = self.__dict__.get("_parts", 1)
        return parts

    def to_json(self) -> bytes:
        """Returns what the service sent as one JSON object, unknown members included.

        A list or a number that came bare is put under the name that it usually has.
        """
        body = self.raw.strip()
        if not body:
            return msgspec.json.encode(self)
        if body.startswith(b"{"):
            return body
        return b'{"%b":%b}' % (self.__struct_encode_fields__[0].encode(), body)


def received(
    response: Response,
    *,
    raw: bytes,
    fetched_at: dt.datetime,
    shape: Any,  # noqa: ANN401 - as for TopList.shape
) -> None:
    """Note on a response its body, when it came, and the type asked for, down to the rows."""
    force_setattr(response, "_raw", raw)
    force_setattr(response, "_fetched_at", fetched_at)
    force_setattr(response, "_shape", shape)


def note_parts(response: Response, parts: int) -> None:
    """Note on a response that it was put together from several."""
    force_setattr(response, "_parts", parts)


ResponseT = TypeVar("ResponseT", bound=Response)


def as_stale(response: ResponseT) -> ResponseT:
    """The same answer, saying that it is stale."""
    twin = type(response)(*astuple(response))
    _note(twin, {**response.__dict__, "_stale": True})
    return twin


class Row(
    Received,
    Measured,
    frozen=True,
    dict=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A row whose shape the reference does not give in full.

    Likely fields are typed; all else that the service sent is in ``extra``. A likely field that
    came with another type than expected is ``None``, and in ``extra`` as it came.
    """

    @property
    def extra(self) -> Mapping[str, Any]:
        """Everything that the service sent and no field holds, by the service's names.

        Decoded anew at each look, so that no caller can change what another one sees.
        """
        unknown = self.__dict__.get("_extra")
        return {} if unknown is None else msgspec.json.decode(unknown, type=dict[str, Any])

    def to_json(self) -> bytes:
        """Returns what the service sent as one JSON object, unknown members included."""
        known = msgspec.json.encode(self)
        unknown: bytes | None = self.__dict__.get("_extra")
        if unknown is None:
            return known
        return msgspec.json.encode({**_members(known), **_members(unknown)})

    def __eq__(self, other: object) -> bool:
        """Equal fields, and equal else."""
        if type(other) is not type(self):
            return NotImplemented
        return astuple(self) == astuple(other) and self.extra == other.extra

    def __hash__(self) -> int:
        """Of the fields alone, which is enough."""
        return hash(astuple(self))


def _members(body: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw])


def with_extra(row: Row, unknown: Mapping[str, msgspec.Raw]) -> None:
    """Note on a row just decoded what its fields could not hold."""
    if unknown:
        force_setattr(row, "_extra", msgspec.json.encode(unknown))


RowT = TypeVar("RowT", bound=Row)


class TopList(Response, Generic[RowT], frozen=True):
    """The rows of a top list, most first.

    Source: "Top lists": "Top endpoints return arrays under items."
    """

    items: tuple[RowT, ...]

    @property
    def shape(self) -> Any:  # noqa: ANN401 - a type such as TopList[TopPage]
        """The list's type with that of its rows, such as ``TopList[TopPage]``, rows or none.

        Only ``TopList`` where the list was made by hand.
        """
        return self.__dict__.get("_shape", TopList)

    @property
    def unit(self) -> str | None:
        """What the rows count: that of the first row with a value, else what the list is about.

        ``None`` for an empty list that was made by hand.
        """
        units = (row.unit for row in self.items)
        known = next((unit for unit in units if unit is not None), None)
        kinds: tuple[type[Row], ...] = get_args(self.shape)
        return known if known is not None or not kinds else kinds[0].counted
