"""Checks the arguments of a query, and converts them to query parameters.

Source: "Common parameters", "Top lists", "Recent activity".
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, SupportsIndex, TypeAlias, cast

from loguro_async.checks import check_bool, check_whole_number, exact_str
from loguro_async.errors import InvalidQueryError
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.ranges import in_utc, iso, range_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

Parameters: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values of query parameters, not encoded."""

_SHORTEST_WINDOW_MS: Final = 60_000
_LONGEST_WINDOW_MS: Final = 3_600_000
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


def _range(value: object) -> Parameters:
    return range_parameters(exact_str(value) if isinstance(value, str) else value)


def _filter(value: object) -> Parameters:
    condition = as_filter(exact_str(value) if isinstance(value, str) else value)
    return (("filter", str(condition)),) if condition else ()


def _limit(value: object) -> Parameters:
    return (("limit", str(check_whole_number("limit", value, least=1, error=InvalidQueryError))),)


def _compare(value: object) -> Parameters:
    return (("compare", "1"),) if check_bool("compare", value, error=InvalidQueryError) else ()


def _depth(value: object) -> Parameters:
    depth = check_whole_number("depth", value, least=2, most=5, error=InvalidQueryError)
    return (("depth", str(depth)),)


def window_ms(value: object) -> int:
    """Returns the milliseconds that ``recent_events`` looks back.

    Args:
        value: A ``timedelta``, or milliseconds; one minute to one hour.

    Raises:
        InvalidQueryError: It is neither, or out of bounds.
    """
    milliseconds = value
    if isinstance(value, dt.timedelta):
        is_longer = value > _LONGEST_WINDOW_MS * _MILLISECOND
        milliseconds = _LONGEST_WINDOW_MS + 1 if is_longer else value // _MILLISECOND
    try:
        return check_whole_number(
            "window",
            milliseconds,
            least=_SHORTEST_WINDOW_MS,
            most=_LONGEST_WINDOW_MS,
            error=InvalidQueryError,
        )
    except InvalidQueryError:
        message = (
            "window must be a timedelta from one minute to one hour, or "
            f"{_SHORTEST_WINDOW_MS} to {_LONGEST_WINDOW_MS} milliseconds, got {value!r}"
        )
        raise InvalidQueryError(message) from None


def _window(value: object) -> Parameters:
    return (("windowMs", str(window_ms(value))),)


PARAMETERS: Final[Mapping[str, Callable[[object], Parameters]]] = {
    "range": _range,
    "filter": _filter,
    "limit": _limit,
    "compare": _compare,
    "depth": _depth,
    "window": _window,
}
"""For each argument of a ``Query``: the check, which returns the parameters that are sent."""


def as_pairs(params: object) -> tuple[tuple[str, object], ...]:
    """Returns the names and values of parameters; none for ``None``.

    Raises:
        InvalidQueryError: It is no mapping.
    """
    if params is None:
        return ()
    if isinstance(params, Mapping):
        return tuple(cast("Mapping[str, object]", params).items())
    message = f"params must be a mapping of names to values, got {params!r}"
    raise InvalidQueryError(message)


def get_parameters(params: tuple[tuple[str, object], ...]) -> Parameters:
    """Returns the parameters of ``Project.get`` as texts; ``None`` is left out.

    Raises:
        InvalidQueryError: A name is no text, or a value is nothing that can be sent.
    """
    return tuple((_name(name), _text(name, value)) for name, value in params if value is not None)


def _name(name: object) -> str:
    if isinstance(name, str) and name:
        return _encodable("the name of a parameter", exact_str(name))
    message = f"the name of a parameter must be text, got {name!r}"
    raise InvalidQueryError(message)


def _text(name: str, value: object) -> str:
    match value:
        case str():
            return _encodable(name, exact_str(value))
        case bool():
            return "1" if value else "0"
        case dt.datetime():
            return iso(in_utc(name, value))
        case Filter():
            return str(value)
        case float() if math.isfinite(value):
            return repr(float(value))
        case float() | SupportsIndex():
            return str(check_whole_number(name, value, least=-(2**63), error=InvalidQueryError))
        case _:
            message = (
                f"{name} must be text, a number, a bool, a datetime or a Filter, got {value!r}"
            )
            raise InvalidQueryError(message)


def _encodable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"{name} holds half a surrogate pair at {error.start}, which cannot be sent"
        raise InvalidQueryError(message) from error
    return text
