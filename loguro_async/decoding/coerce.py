"""Single values, read tolerantly: whole numbers as text, timestamps without a zone, and the like.

Each function raises ``Unreadable`` for what it cannot make the expected type of.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any, Final

import msgspec

_LARGEST: Final = 2**53
_DIGITS: Final = 300
# Seconds since 1970 stay below this until the year 5138; milliseconds are above it since 1973.
_MILLISECONDS: Final = 1e11
_ARROWS: Final = re.compile(r"\s*(?:→|->|>)\s*")


class Unreadable(Exception):  # noqa: N818 - never leaves this package as an error
    """A value that cannot be read as the expected type.

    Args:
        why: What is wrong.
        path: Where in the JSON, where that is known.
    """

    def __init__(self, why: str, path: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.path = path


def number(value: Any) -> float:  # noqa: ANN401 - JSON, here and below
    """Returns a number, also where it came as text."""
    if isinstance(value, str) and len(value) <= _DIGITS:
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            read = float(value)
        except OverflowError:
            read = math.inf
        if math.isfinite(read):
            return read
    raise Unreadable("no number")


def whole(value: Any) -> int:  # noqa: ANN401
    """Returns a count of 0 to 2**53, also where it came as ``5.0`` or as text."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value) if len(value) <= _DIGITS else None
    read = value if isinstance(value, int) and not isinstance(value, bool) else number(value)
    if 0 <= read <= _LARGEST and read == int(read):
        return int(read)
    raise Unreadable("no whole number from 0 to 2**53")


def text(value: Any) -> str:  # noqa: ANN401
    """Returns text; an id may have come as a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unreadable("no text")


def boolean(value: Any) -> bool:  # noqa: ANN401
    """Returns whether something is so, also where it came as 0, 1 or text."""
    for true, read in ((("true", "1"), True), (("false", "0"), False)):
        if isinstance(value, bool | int | str) and str(value).lower() in true:
            return read
    raise Unreadable("neither true nor false")


def moment(value: Any) -> dt.datetime:  # noqa: ANN401
    """Returns an aware datetime.

    Text may use a space, lack the zone (then it is UTC) or be a date; a number is the seconds or
    milliseconds since 1970.
    """
    try:
        if isinstance(value, str) and not value.isdecimal():
            read = dt.datetime.fromisoformat(value.strip())
            return read if read.tzinfo else read.replace(tzinfo=dt.UTC)
        since = number(value)
        return dt.datetime.fromtimestamp(since / 1000 if since >= _MILLISECONDS else since, dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("no timestamp") from error


def steps(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Returns the steps of a flow, also where they came as one text with arrows between them."""
    if isinstance(value, str):
        return tuple(_ARROWS.split(value))
    raise Unreadable("no list of paths")


def raw(value: Any) -> msgspec.Raw:  # noqa: ANN401
    """Returns any value as the JSON that it came as."""
    return msgspec.Raw(msgspec.json.encode(value))
