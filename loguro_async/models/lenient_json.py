"""JSON that is valid and yet cannot be decoded as it stands.

A lone surrogate (half of a character beyond U+FFFF, as in a text truncated within an emoji) is read
as U+FFFD, and a number that Python cannot represent as the text of its digits.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import msgspec

MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The errors of msgspec for a body that it cannot decode."""

_MOST_DIGITS: Final = 300
_SURROGATE: Final = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F]..)|.)", re.DOTALL
)


def loads(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Returns what a JSON text holds, as builtins.

    Raises:
        msgspec.DecodeError: It is no JSON.
        UnicodeDecodeError: It is not UTF-8.
        RecursionError: It is nested too deeply.
    """
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        try:
            return json.loads(
                without_lone_surrogates(body).decode(),
                parse_int=_whole,
                parse_float=_number,
                parse_constant=_refused,
            )
        except (ValueError, RecursionError):
            raise error from None


def without_lone_surrogates(body: bytes) -> bytes:
    """Returns a JSON text in which each lone surrogate is replaced by U+FFFD."""
    return _SURROGATE.sub(_replaced, body)


def _replaced(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["lone"] else escape[0]


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refused(constant: str) -> Any:  # noqa: ANN401 - never returns
    message = f"{constant} is no JSON"
    raise ValueError(message)
