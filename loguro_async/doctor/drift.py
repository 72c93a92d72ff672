"""Where a body differs from what the reference shows, and from the structs that read it.

The tolerant reader notes what it had to tolerate; here, new members, members that did not come, and
lists without labels or values are added. Names and types are reported, values never are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import UNSET, Struct

from loguro_async.decoding import explain
from loguro_async.decoding.plan import assign, plan_of, type_name
from loguro_async.decoding.tolerances import below, json_type
from loguro_async.doctor.findings import Difference
from loguro_async.doctor.shapes import WHOLE, shape_of
from loguro_async.models.events import CustomEvent, RecentEvent
from loguro_async.models.examples import EXAMPLES
from loguro_async.models.lenient_json import MALFORMED, loads
from loguro_async.models.response_base import Response
from loguro_async.models.row import Row
from loguro_async.models.top_lists import TopLocation, TopRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from loguro_async.doctor.findings import Kind
    from loguro_async.endpoints import Endpoint
    from loguro_async.models.received import Tolerance

# The kind of difference for each kind of tolerance, and whether figures were lost by it.
_KINDS: Final[dict[str, tuple[Kind, bool]]] = {
    "name": ("name", False),
    "type": ("type", False),
    "lost": ("type", True),
    "missing": ("missing", False),
    "required": ("missing", True),
    "wrapped": ("wrapped", False),
    "bare": ("bare", False),
    "skipped": ("type", True),
}
# The service sends null where there is nothing to compare with, or where a window has no chip.
_NULLABLE: Final = frozenset({"previous", "range.chip"})
_NULL_WITHOUT_COMPARISON: Final = ("items[].prev", "items[].delta")
_NOTHING: Final = (None, (), UNSET)
_LABELLED: Final = (TopRow, TopLocation, CustomEvent, RecentEvent)
_COUNTED: Final = (TopRow, CustomEvent)


def drift(endpoint: Endpoint[Any], body: bytes) -> tuple[Difference, ...]:
    """Returns where a body differs from what is known, each path once, not once a row.

    Args:
        endpoint: The endpoint that sent it.
        body: The whole body, decompressed.
    """
    try:
        differences = tuple(_differences(endpoint, loads(body)))
    except MALFORMED:
        return (Difference(WHOLE, "type", expected="JSON", found="something else"),)
    unique = {(one.path, one.kind): one for one in reversed(differences)}
    return tuple(reversed(unique.values()))


def _differences(endpoint: Endpoint[Any], value: object) -> Iterator[Difference]:
    response, tolerated = explain(endpoint, value)
    tolerances = [_of_tolerance(one) for one in tolerated]
    yield from tolerances
    if response is None:
        return
    reported = {one.path for one in tolerances}
    structs_by_path = _structs_by_path(response)
    for path, structs in structs_by_path.items():
        yield from _members(path, structs, reported)
    yield from _without_label_or_value(structs_by_path.get("items[]", ()))
    if not any(one.kind in {"wrapped", "bare"} for one in tolerances):
        yield from _missing(endpoint, value, reported)


def _of_tolerance(one: Tolerance) -> Difference:
    kind, does_harm = _KINDS[one.kind]
    path = one.path.removeprefix(WHOLE).removeprefix(".") or WHOLE
    return Difference(path, kind, expected=one.expected, found=one.found, harmless=not does_harm)


def _structs_by_path(response: Struct) -> dict[str, list[Struct]]:
    """Returns the structs of a response by path."""
    found: dict[str, list[Struct]] = {"": [response]}
    waiting: list[tuple[str, Struct]] = [("", response)]
    while waiting:
        path, struct = waiting.pop(0)
        for field in plan_of(type(struct)).fields.values():
            held = getattr(struct, field.attribute)
            inner = cast("tuple[object, ...]", held) if isinstance(held, tuple) else (held,)
            at = below(path, field.name) + "[]" * isinstance(held, tuple)
            for one in inner:
                if isinstance(one, Struct):
                    found.setdefault(at, []).append(one)
                    waiting.append((at, one))
    return found


def _members(path: str, structs: Sequence[Struct], reported: set[str]) -> Iterator[Difference]:
    """Yields members without a field, and fields without a member, of the structs at one path."""
    new: dict[str, object] = {}
    for struct in structs:
        new |= _unknown(struct)
    for name, value in new.items():
        at = below(path, name)
        if at not in reported:
            yield Difference(at, "new", found=json_type(value), harmless=True)
    if not isinstance(structs[0], Row):
        return
    for name, field in plan_of(type(structs[0])).fields.items():
        at = below(path, name)
        values = (getattr(struct, field.attribute) for struct in structs)
        if at not in reported and all(value in _NOTHING for value in values):
            yield Difference(at, "unseen", expected=type_name(field.type), harmless=True)


def _unknown(struct: Struct) -> Mapping[str, Any]:
    if isinstance(struct, Row):
        return struct.extra
    sent = struct.to_dict() if isinstance(struct, Response) else {}
    held = assign(type(struct), tuple(sent)).held
    return {name: value for name, value in sent.items() if name not in held}


def _without_label_or_value(rows: Sequence[Struct]) -> Iterator[Difference]:
    """Yields a difference if no row of a list has a label, and one if no row has a value."""
    labelled = [row for row in rows if isinstance(row, _LABELLED)]
    counted = [row for row in rows if isinstance(row, _COUNTED)]
    if labelled and all(row.label is None for row in labelled):
        field = labelled[0].label_field or "path"
        yield Difference("items[]", "label", expected=field, found=_names_in(labelled))
    if counted and all(row.value is None for row in counted):
        yield Difference("items[]", "value", expected="count", found=_names_in(counted))


def _names_in(rows: Sequence[Row]) -> str:
    """Returns the members of some rows with their types, as text."""
    members = {name: json_type(value) for row in rows for name, value in row.to_dict().items()}
    return ", ".join(f"{below('', name)} ({kind})" for name, kind in members.items()) or "nothing"


def _missing(endpoint: Endpoint[Any], value: object, reported: set[str]) -> Iterator[Difference]:
    """Yields members that the reference shows, and that the body lacks or has only as null."""
    seen = shape_of(value)
    for path, kinds in shape_of(EXAMPLES.get(endpoint.name)).items():
        if path in reported or not _is_there(_holder(path), seen):
            continue
        expected = kinds[0]
        if path not in seen:
            yield Difference(path, "missing", expected=expected, harmless=True)
        elif seen[path] == ("null",) != kinds and not _may_be_null(path):
            yield Difference(path, "null", expected=expected, found="null", harmless=True)


def _holder(path: str) -> str:
    """Returns the path of the object or list that contains a member or an item."""
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0] or WHOLE


def _is_there(holder: str, seen: Mapping[str, tuple[str, ...]]) -> bool:
    return bool({"object", "array"} & set(seen.get(holder, ())))


def _may_be_null(path: str) -> bool:
    return path in _NULLABLE or path.startswith(_NULL_WITHOUT_COMPARISON)
