"""Collects the tolerances of one body: each path once, with its count."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from loguro_async.models.received import Tolerance

_LONGEST_NAME: Final = 64
_JSON_TYPES: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


class ToleranceLog:
    """Collects tolerances while a body is read. Names and types are noted, values never are."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str], int] = {}

    def add(self, path: str, kind: str, expected: str = "", found: str = "") -> None:
        """Adds one tolerance; see ``Tolerance`` for what the arguments mean."""
        key = (path, kind, expected, found)
        self._counts[key] = self._counts.get(key, 0) + 1

    def all(self) -> tuple[Tolerance, ...]:
        """Returns the tolerances, in the order of their first occurrence."""
        return tuple(Tolerance(*key, count) for key, count in self._counts.items())


def json_type(value: object) -> str:
    """Returns the JSON type of a decoded value."""
    return _JSON_TYPES.get(type(value), "string")


@lru_cache(1024)
def below(path: str, name: str) -> str:
    """Returns the path of a member.

    The service chooses the name: a long one is shortened, and characters that a terminal would
    interpret are escaped.
    """
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    if not (short.isascii() and short.replace("-", "_").isidentifier()):
        return f"{path}[{short!a}]"
    return f"{path}.{short}" if path else short
