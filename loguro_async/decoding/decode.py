"""Bytes to structs: the only place where the client decodes an answer.

A shape that the reference gives is decoded strictly, in one pass. One that it leaves open is tried
the same way first; where that fails, rows are read one by one, and what has no field, or came with
another type than expected, goes to the row's ``extra``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast, get_args, get_origin

import msgspec
from msgspec import Raw
from msgspec.json import Decoder
from msgspec.structs import FieldInfo, fields

from loguro_async.errors import DecodeError
from loguro_async.models.events import Count
from loguro_async.models.responses import (
    Response,
    ResponseT,
    Row,
    Whole,
    with_extra,
)

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint

_WHERE: Final = re.compile(r" - at `(?:key in )?(?P<path>[^`]*)`\Z")
# Half of a character beyond U+FFFF, as in a text that was cut within an emoji. Nothing can hold
# it, and one visitor's event must not make a whole list unreadable.
_LONE_SURROGATE: Final = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F]..)|.)", re.DOTALL
)
_PATH: Final = 300  # characters; a name may be as long as a body
_MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Decoders(dict["Endpoint[Any]", Decoder[Any]]):
    """A decoder for each endpoint; not for each shape: the hash of `TopList[TopPage]` is slow."""

    def __missing__(self, endpoint: Endpoint[Any]) -> Decoder[Any]:
        decoder = self[endpoint] = Decoder(endpoint.shape)
        return decoder


_BY_ENDPOINT: Final = _Decoders()


def decode(endpoint: Endpoint[ResponseT], body: bytes) -> ResponseT:
    """The struct that a body holds.

    Args:
        endpoint: Whose answer it is.
        body: The whole body, decompressed.

    Half a character (a lone surrogate) is read as U+FFFD; ``raw`` still has what was sent.

    Raises:
        DecodeError: It is not what the endpoint promises; says where in the JSON.
    """
    decoder: Decoder[ResponseT] = _BY_ENDPOINT[endpoint]
    try:
        return decoder.decode(body)
    except _MALFORMED as error:
        return _read_closely(endpoint, body, error)


def _read_closely(endpoint: Endpoint[ResponseT], body: bytes, error: Exception) -> ResponseT:
    try:
        if endpoint.open and isinstance(error, msgspec.ValidationError):
            return cast("ResponseT", _OpenBody(body).read(endpoint.shape))
        raise _refused(error, "$", body) from error
    except DecodeError:
        repaired = _LONE_SURROGATE.sub(_replaced, body)
        if repaired == body:
            raise
        return decode(endpoint, repaired)


def _replaced(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["lone"] else escape[0]


@cache
def _decoder(shape: Any) -> Decoder[Any]:  # noqa: ANN401 - types such as TopList[TopPage]
    return Decoder(shape)


@cache
def _fields(shape: Any) -> dict[str, FieldInfo]:  # noqa: ANN401 - as above
    """The fields of a struct by the service's names."""
    return {field.encode_name: field for field in fields(shape)}


def _refused(error: Exception, at: str, body: bytes) -> DecodeError:
    text = str(error) or type(error).__name__
    if isinstance(error, RecursionError):
        text = "the JSON is nested too deeply"
    text = " ".join(text.split())  # names in it are the service's
    where = _WHERE.search(text)
    path = " ".join((at + where["path"].removeprefix("$") if where else at).split())[:_PATH]
    message = (
        f"the body is not what this endpoint promises: {_WHERE.sub('', text)[:_PATH]}, at {path}; "
        "look at .body, and check base_url and for a newer version of this package"
    )
    return DecodeError(message, path=path, body=body)


class _OpenBody:
    """Reads a body whose shape the reference leaves open, member by member."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self, shape: Any) -> Response:  # noqa: ANN401 - types such as TopList[TopPage]
        kind = get_origin(shape) or shape
        if kind is Count and self._body.lstrip()[:1] != b"{":
            return Count(self._parse(self._body, Whole, "$"))
        if issubclass(kind, Row):
            members = self._parse(self._body, dict[str, Raw], "$")
            return cast("Response", self._row(kind, members, "$"))
        return self._rows(shape)

    def _rows(self, shape: Any) -> Response:  # noqa: ANN401 - as above
        is_bare_list = self._body.lstrip()[:1] == b"["
        members = (
            {"items": Raw(self._body)}
            if is_bare_list
            else self._parse(self._body, dict[str, Raw], "$")
        )
        values = {
            field.name: self._member(members, name, field) for name, field in _fields(shape).items()
        }
        return cast("Response", shape(**values))

    def _member(self, members: dict[str, Raw], name: str, field: FieldInfo) -> Any:  # noqa: ANN401
        if name not in members:
            missing = msgspec.ValidationError(f"Object missing required field `{name}`")
            raise _refused(missing, "$", self._body)
        if name != "items":
            return self._parse(members[name], field.type, f"$.{name}")
        row = get_args(field.type)[0]
        rows = self._parse(members[name], tuple[dict[str, Raw], ...], "$.items")
        return tuple(
            self._row(row, members, f"$.items[{index}]") for index, members in enumerate(rows)
        )

    def _row(self, kind: type[Row], members: dict[str, Raw], at: str) -> Row:
        known = {name: members[name] for name in members.keys() & _fields(kind).keys()}
        try:
            row = _decoder(kind).decode(msgspec.json.encode(known))
        except msgspec.ValidationError:
            known = self._fitting(kind, known, at)
            row = self._parse(msgspec.json.encode(known), kind, at)
        unknown = {name: members[name] for name in members if name not in known}
        for name, value in unknown.items():
            self._parse(value, Any, f"{at}.{name}")  # so that a look at `extra` cannot fail
        with_extra(row, unknown)
        return cast("Row", row)

    def _fitting(self, kind: type[Row], known: dict[str, Raw], at: str) -> dict[str, Raw]:
        """The members that have the type of their field; a required one must have it."""
        fitting: dict[str, Raw] = {}
        for name, value in known.items():
            field = _fields(kind)[name]
            try:
                self._parse(value, field.type, f"{at}.{name}")
            except DecodeError:
                if field.required:
                    raise
            else:
                fitting[name] = value
        return fitting

    def _parse(self, text: bytes | Raw, kind: Any, at: str) -> Any:  # noqa: ANN401 - as above
        try:
            return _decoder(kind).decode(text)
        except _MALFORMED as error:
            raise _refused(error, at, self._body) from error
