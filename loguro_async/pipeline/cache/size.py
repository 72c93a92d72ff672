"""How many bytes an answer takes in memory."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Final, cast

from msgspec import UNSET, Raw, Struct
from msgspec.structs import astuple

from loguro_async.models.responses import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAMPLE: Final = 64
_NOTHING: Final = b""
# Types whose values all have one size, or near enough. A Raw is a view of the body, which is
# counted by itself; what is shared by all takes nothing.
_ALIKE: Final[Mapping[type, int]] = {
    type(None): 0,
    type(UNSET): 0,
    bool: 0,
    int: 32,
    float: 24,
    dt.datetime: 64,
    Raw: 64,
}


def size_in_memory(value: object) -> int:
    """The bytes that a decoded answer takes, with all that it holds.

    Of a long list, some rows all over it stand for the others.

    Args:
        value: A struct, or what structs are made of.
    """
    size = sys.getsizeof(value)
    if isinstance(value, Struct):
        if isinstance(value, Row):
            size += sys.getsizeof(getattr(value, "_extra", _NOTHING))
        return size + _size_of_all(astuple(value))
    if isinstance(value, tuple) and (rows := cast("tuple[object, ...]", value)):
        seen = rows[:: -(-len(rows) // _SAMPLE)]
        return size + _size_of_all(seen) * len(rows) // len(seen)
    return size


def _size_of_all(values: tuple[object, ...]) -> int:
    size = 0
    for value in values:
        alike = _ALIKE.get(type(value))
        size += size_in_memory(value) if alike is None else alike
    return size
