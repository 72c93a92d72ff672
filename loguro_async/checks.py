"""Checks of values that callers give: each returns the value in its exact type, or raises.

Subclasses of ``str`` and integers of other libraries are converted, so that what was checked is
what is sent, compared and shown.
"""

from __future__ import annotations

import math
from operator import index
from typing import Final

from loguro_async.errors import ConfigurationError, LoguroError

_LONGEST_SECONDS: Final = 1e12  # more does not fit into timers and dates


def exact_str(value: str) -> str:
    """Returns a plain ``str`` with the same characters, also for enums and other subclasses."""
    return value if type(value) is str else str.__str__(value)


def check_whole_number(
    name: str,
    value: object,
    *,
    least: int,
    most: int | None = None,
    error: type[LoguroError] = ConfigurationError,
) -> int:
    """Returns a whole number as a plain ``int``.

    Args:
        name: The name of the argument, for the message.
        value: The argument.
        least: The smallest value allowed.
        most: The largest value allowed.
        error: The class of the error that is raised.

    Raises:
        LoguroError: The value is no whole number (``bool`` is none), or out of bounds.
    """
    bounds = f"{least} or greater" if most is None else f"between {least} and {most}"
    try:
        number = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        message = f"{name} must be a whole number, {bounds}, got {value!r}"
        raise error(message)
    return number


def check_seconds(
    name: str,
    value: object,
    *,
    most: float = math.inf,
    zero: bool = True,
    error: type[LoguroError] = ConfigurationError,
) -> float:
    """Returns a finite number, 0 or greater.

    Args:
        name: The name of the argument, for the message.
        value: The argument.
        most: The largest value allowed.
        zero: Whether 0 is allowed.
        error: The class of the error that is raised.

    Raises:
        LoguroError: The value is no number, not finite, or out of bounds.
    """
    least = "0 or greater" if zero else "greater than 0"
    bounds = least if most == math.inf else f"{least}, at most {most:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{name} must be a number, {bounds}, got {value!r}"
        raise error(message)
    if not 0 <= value <= most or value > _LONGEST_SECONDS or (value == 0 and not zero):
        message = f"{name} must be a finite number, {bounds}, got {value!r}"
        raise error(message)
    return value


def check_bool(name: str, value: object, *, error: type[LoguroError] = ConfigurationError) -> bool:
    """Returns ``True`` or ``False``; anything else is refused.

    Raises:
        LoguroError: The value is no ``bool``.
    """
    if not isinstance(value, bool):
        message = f"{name} must be True or False, got {value!r}"
        raise error(message)
    return value


def check_type(name: str, value: object, kind: type, *, advice: str) -> None:
    """Refuses an option of another type.

    Raises:
        ConfigurationError: The value is no instance of ``kind``; ``advice`` says what to give.
    """
    if not isinstance(value, kind):
        message = f"{name} must be {advice}, got {type(value).__name__}"
        raise ConfigurationError(message)
