"""The base of all responses: body, time of arrival, and what had to be tolerated.

All are frozen msgspec structs, down to the rows; sequences are tuples, because all callers share
one cached response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import structs

from loguro_async.models.data import Data
from loguro_async.models.notebook_display import Shown
from loguro_async.models.received import METADATA, SENT, Metadata, Received, carry

if TYPE_CHECKING:
    import datetime as dt

    from loguro_async.models.received import Tolerance

_BY_HAND: Final = Metadata()
SKIPPED: Final = "skipped"
"""The kind of tolerance that leaves a row out."""

_EMPTY_BYTES: Final = 350
_MEMBER_BYTES: Final = 48


class Response(Received, Data, Shown, frozen=True):
    """A response of the service.

    ``raw``, ``fetched_at``, ``stale``, ``parts``, ``tolerated`` and ``skipped`` are no fields:
    equality, hash, repr and ``msgspec.json.encode`` see only what the service sent, under its own
    names.
    """

    @property
    def raw(self) -> bytes:
        """The body's bytes, as they arrived; empty on a response that was made by hand."""
        return metadata_of(self).raw

    @property
    def fetched_at(self) -> dt.datetime:
        """When the response arrived, in UTC.

        Raises:
            AttributeError: The response was made by hand and never fetched.
        """
        moment = metadata_of(self).fetched_at
        if moment is None:
            message = f"this {type(self).__name__} was made by hand; it was never fetched"
            raise AttributeError(message)
        return moment

    @property
    def stale(self) -> bool:
        """Whether the response is older than the cache policy calls fresh."""
        return metadata_of(self).stale

    @property
    def parts(self) -> int:
        """Number of the service's responses that were merged into this one; usually 1.

        More where ``RetryPolicy.split_on_failure`` had to halve the window; ``raw`` is then the
        JSON of the merged response.
        """
        return metadata_of(self).parts

    @property
    def tolerated(self) -> tuple[Tolerance, ...]:
        """Where the body differed from the reference, each path once; usually nothing."""
        return metadata_of(self).tolerated

    @property
    def skipped(self) -> int:
        """How many rows were left out, because they lack what is required; usually 0."""
        return sum(one.count for one in self.tolerated if one.kind == SKIPPED)

    def to_json(self) -> bytes:
        """Returns what the service sent as one JSON object, unknown members included.

        A list or a number that came bare is put under the name that it usually has.
        """
        body = self.raw.strip()
        if not body:
            return msgspec.json.encode(self)
        if body.startswith(b"{"):
            return body
        name = next(iter(self.__struct_encode_fields__), "value")
        return b'{"%b":%b}' % (name.encode(), body)


ResponseT = TypeVar("ResponseT", bound=Response)


def metadata_of(response: Response) -> Metadata:
    """Returns the data of a response beside its fields."""
    metadata: Metadata = getattr(response, METADATA, _BY_HAND)
    return metadata


def note_received(
    response: Response,
    *,
    raw: bytes,
    fetched_at: dt.datetime,
    shape: Any,  # noqa: ANN401 - types such as TopList[TopPage]
) -> None:
    """Stores the body, the time of arrival and the type of the endpoint in a response."""
    known = metadata_of(response)
    if known is _BY_HAND:
        carry(response, Metadata(raw, fetched_at, shape))
    else:
        carry(response, structs.replace(known, raw=raw, fetched_at=fetched_at, shape=shape))


def note_raw(response: Response, raw: bytes) -> None:
    """Stores the body in a response that was made from builtins."""
    carry(response, structs.replace(metadata_of(response), raw=raw))


def note_tolerated(
    response: Response, tolerated: tuple[Tolerance, ...], *, sent_bytes: int = 0
) -> None:
    """Stores in a response how its body differed from the reference.

    Args:
        response: The response, just decoded.
        tolerated: Each path once.
        sent_bytes: About how many bytes its rows carry beside their fields.
    """
    known = metadata_of(response)
    carry(response, structs.replace(known, tolerated=tolerated, sent_bytes=sent_bytes))


def note_parts(response: Response, parts: int) -> None:
    """Stores in a response how many responses were merged into it."""
    carry(response, structs.replace(metadata_of(response), parts=parts))


def as_stale(response: ResponseT) -> ResponseT:
    """Returns the same response, marked as stale."""
    twin = type(response)(*structs.astuple(response))
    if (sent := getattr(response, SENT, None)) is not None:
        carry(twin, sent)
    carry(twin, structs.replace(metadata_of(response), stale=True))
    return twin


def estimated_bytes(response: Response) -> int:
    """Returns about how many bytes a response takes in memory, its body included.

    An estimate from the body's length and the number of its members, which are counted by their
    commas; no struct is looked at, so that it takes a small part of the time that decoding took.
    It is 15 % too low for lists of many short texts and large numbers, and up to twice too high
    for series of small numbers, which CPython shares.
    """
    known = metadata_of(response)
    members = known.raw.count(b",")
    return _EMPTY_BYTES + len(known.raw) * 9 // 5 + _MEMBER_BYTES * members + known.sent_bytes
