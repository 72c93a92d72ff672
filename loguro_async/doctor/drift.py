"""Where a body differs from the struct that reads it.

Values stay the bytes that they came as: only names and types are told of them.
"""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Raw, UnsetType, inspect
from msgspec.json import decode
from msgspec.structs import fields

from loguro_async.doctor.findings import Difference
from loguro_async.models.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msgspec.structs import FieldInfo

    from loguro_async.endpoints import Endpoint

_WHOLE: Final = "$"
_LONGEST_NAME: Final = 64
_MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_JSON: Final = {
    b"{": "object",
    b"[": "array",
    b'"': "string",
    b"t": "boolean",
    b"f": "boolean",
    b"n": "null",
}
_WORDS: Final[dict[type, str]] = {
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "timestamp",
    inspect.FloatType: "number",
    inspect.IntType: "whole number",
    inspect.NoneType: "null",
    inspect.StrType: "string",
    inspect.StructType: "object",
    inspect.VarTupleType: "array",
}


def drift(endpoint: Endpoint[Any], body: bytes) -> tuple[Difference, ...]:
    """Where an answer differs from the struct that reads it, each place once, not once a row.

    Args:
        endpoint: Whose answer it is.
        body: The whole body, decompressed.
    """
    try:
        decode(body)
    except _MALFORMED:
        return (Difference(_WHOLE, "type", expected="JSON", found="something else"),)
    whole = decode(body, type=Raw)
    if endpoint.open and _found(whole) in {"array", "number"}:
        # What the reference gives no shape may come bare: a list of rows, a count.
        whole = Raw(msgspec.json.encode({fields(endpoint.shape)[0].encode_name: whole}))
    return tuple(_differences(endpoint.shape, [whole], ""))


def _differences(expected: Any, values: Sequence[Raw], at: str) -> Iterator[Difference]:  # noqa: ANN401 - types such as TopList[TopPage]
    """Where all that came at one place differs from the type expected there."""
    shape = _shape(expected)
    nested = [value for value in values if shape and _found(value) == _word(shape)]
    plain = [value for value in values if not shape or _found(value) != _word(shape)]
    odd = next((value for value in plain if not _fits(value, expected)), None)
    if odd is not None:
        yield Difference(at or _WHOLE, "type", expected=_words(expected), found=_found(odd))
    if get_origin(shape) is tuple:
        rows = [row for value in nested for row in decode(value, type=list[Raw])]
        yield from _differences(get_args(shape)[0], rows, f"{at}[]")
    elif shape is not None:
        objects = [decode(value, type=dict[str, Raw]) for value in nested]
        yield from _members(shape, objects, at)


def _members(shape: Any, objects: Sequence[dict[str, Raw]], at: str) -> Iterator[Difference]:  # noqa: ANN401 - as above
    """The same of all objects that came at one place, member by member."""
    known = {field.encode_name: field for field in fields(shape)}
    for name, field in known.items():
        values = [members[name] for members in objects if name in members]
        if len(values) < len(objects) and (field.required or not values):
            yield _missing(shape, field, _below(at, name))
        yield from _differences(field.type, values, _below(at, name))
    new = {name: value for members in objects for name, value in members.items()}
    for name, value in new.items():
        if name not in known:
            yield Difference(_below(at, name), "new", found=_found(value), harmless=True)


def _missing(shape: Any, field: FieldInfo, at: str) -> Difference:  # noqa: ANN401 - as above
    is_a_guess = issubclass(get_origin(shape) or shape, Row) and not field.required
    return Difference(
        at,
        "unseen" if is_a_guess else "missing",
        expected=_words(field.type),
        harmless=not field.required,
    )


def _shape(expected: Any) -> Any:  # noqa: ANN401 - as above
    """The type of what is nested in a value: a struct or a tuple; ``None`` where nothing is."""
    return next((one for one in _choices(expected) if _word(one) in {"object", "array"}), None)


def _choices(expected: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    """The types that a value may have; that it may be left out is no type."""
    if get_origin(expected) not in {Union, UnionType}:
        return (expected,)
    return tuple(one for one in get_args(expected) if one is not UnsetType)


def _words(expected: Any) -> str:  # noqa: ANN401 - as above
    return " or ".join(_word(one) for one in _choices(expected))


@cache
def _word(expected: Any) -> str:  # noqa: ANN401 - as above
    return _WORDS.get(type(inspect.type_info(expected)), "anything")


def _found(value: Raw) -> str:
    return _JSON.get(bytes(value)[:1], "number")


def _fits(value: Raw, expected: Any) -> bool:  # noqa: ANN401 - as above
    try:
        decode(value, type=expected)
    except _MALFORMED:
        return False
    return True


def _below(at: str, name: str) -> str:
    """The path of a member. A name comes from outside, and may hold what a terminal obeys."""
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    if not (short.isascii() and short.isidentifier()):
        return f"{at}[{short!a}]"
    return f"{at}.{short}" if at else short
