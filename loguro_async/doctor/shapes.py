"""The shape of a body: which members it has, and their types. No value is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from loguro_async.decoding.tolerances import below, json_type

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE: Final = "$"
_MOST_PATHS: Final = 300  # an object whose names are data would have one for each of them
_UNDECODED: Final = "custom_props"  # whatever the site put there


def shape_of(value: object) -> dict[str, tuple[str, ...]]:
    """Returns the JSON types found at each path, such as ``items[].count``; ``$`` is the whole.

    Args:
        value: A decoded body.
    """
    found: dict[str, set[str]] = {}
    for path, kind in _walk(value, ""):
        if path in found or len(found) < _MOST_PATHS:
            found.setdefault(path, set()).add(kind)
    return {path: tuple(sorted(kinds)) for path, kinds in found.items()}


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    yield path or WHOLE, json_type(value)
    if isinstance(value, dict) and not path.endswith(_UNDECODED):
        for name, member in cast("dict[str, Any]", value).items():
            yield from _walk(member, below(path, name))
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _walk(item, f"{path}[]")
