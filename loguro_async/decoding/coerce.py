"""Reads single values tolerantly, such as whole numbers sent as text.

Each function raises ``Unreadable`` for a value that it cannot convert to the expected type.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any, Final

import msgspec

from loguro_async.models.row import Moment

_LARGEST: Final = 2**53
_DIGITS: Final = 300
# Seconds since 1970 stay below this until the year 5138; milliseconds are above it since 1973.
_MILLISECONDS: Final = 1e11
_ARROWS: Final = re.compile(r"\s*(?:→|->|>)\s*")


class Unreadable(Exception):  # noqa: N818 - never leaves this package as an error
    """A value that cannot be read as the expected type.

    Args:
        expected: What was expected.
        found: What was found, by its JSON type; empty where nothing was.
        path: Where in the JSON.
    """

    def __init__(self, expected: str, found: str = "", path: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = found
        self.path = path

    @property
    def why(self) -> str:
        """Returns the reason, in words."""
        found = f"got {self.found}" if self.found else "found nothing"
        return f"expected {self.expected}, {found}"


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
    raise Unreadable("number")


def whole(value: Any) -> int:  # noqa: ANN401
    """Returns a count of 0 to 2**53, also where it came as ``5.0`` or as text."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value) if len(value) <= _DIGITS else None
    read = value if isinstance(value, int) and not isinstance(value, bool) else number(value)
    if 0 <= read <= _LARGEST and read == int(read):
        return int(read)
    raise Unreadable("whole number")


def text(value: Any) -> str:  # noqa: ANN401
    """Returns text; an id may have come as a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unreadable("string")


def boolean(value: Any) -> bool:  # noqa: ANN401
    """Returns a boolean, also where it came as 0, 1 or text."""
    for true, read in ((("true", "1"), True), (("false", "0"), False)):
        if isinstance(value, bool | int | str) and str(value).lower() in true:
            return read
    raise Unreadable("boolean")


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
        raise Unreadable("timestamp") from error


def is_moment(value: object) -> bool:
    """Whether a value is a timestamp in the spelling of the reference, or near it."""
    try:
        msgspec.convert(value, Moment)
    except msgspec.ValidationError:
        return False
    return True


def steps(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Returns the steps of a flow, also where they came as one text with arrows between them."""
    if isinstance(value, str):
        return tuple(_ARROWS.split(value))
    raise Unreadable("array")


def raw(value: Any) -> msgspec.Raw:  # noqa: ANN401
    """Returns any value as the JSON that it came as."""
    return msgspec.Raw(msgspec.json.encode(value))
