"""How a struct is read: its fields by the service's names, and which member goes to which field."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final, cast, get_origin

from msgspec import Struct, inspect

from loguro_async.models.field_aliases import ALIASES, COUNTS, LABELS, snake_case
from loguro_async.models.labelled_count import LabelledCount

_CACHED_ASSIGNMENTS: Final = 512


class Field(Struct, frozen=True):
    """One field of a struct.

    Attributes:
        attribute: Its name in Python.
        name: Its name in JSON.
        type: What it holds; of several types, the one that is not null.
        required: Whether the struct is useless without it.
        absent: Whether the struct cannot be made without it, so that ``None`` has to be given.
    """

    attribute: str
    name: str
    type: inspect.Type
    required: bool
    absent: bool


class Plan(Struct, frozen=True):
    """How one struct type is read.

    Attributes:
        kind: The struct type.
        fields: Its fields, by their names in JSON.
        holds_raw: Whether a field holds undecoded JSON.
        list_name: The name of the list that the struct is about, where it is about one.
    """

    kind: type[Struct]
    fields: dict[str, Field]
    holds_raw: bool
    list_name: str | None


class Assignment(Struct, frozen=True):
    """Which members of an object go to which fields.

    Attributes:
        sources: For each field that has one, by its name in JSON, the member's name.
        renamed: Those fields whose member has another name.
        held: The names of all members that go to a field.
    """

    sources: dict[str, str]
    renamed: tuple[str, ...]
    held: frozenset[str]


# The name of each type in messages.
_TYPE_NAMES: Final[dict[type[inspect.Type], str]] = {
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "timestamp",
    inspect.FloatType: "number",
    inspect.IntType: "whole number",
    inspect.RawType: "anything",
    inspect.StrType: "string",
    inspect.StructType: "object",
    inspect.VarTupleType: "array",
}


def type_name(kind: inspect.Type) -> str:
    """Returns the name of a type for messages."""
    return _TYPE_NAMES[type(kind)]


@cache
def plan_of(shape: Any) -> Plan:  # noqa: ANN401 - types such as TopList[TopPage]
    """Returns how a struct type is read."""
    info = cast("inspect.StructType", inspect.type_info(shape))
    fields = {field.encode_name: _field(field) for field in info.fields}
    kind = get_origin(shape) or shape
    holds_raw = any(isinstance(field.type, inspect.RawType) for field in fields.values())
    first = next(iter(fields.values()), None)
    is_list = first and first.required and isinstance(first.type, inspect.VarTupleType)
    return Plan(kind, fields, holds_raw, first.name if first and is_list else None)


def _field(field: inspect.Field) -> Field:
    nullable = isinstance(field.type, inspect.UnionType)
    types = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    held = next(one for one in types if not isinstance(one, inspect.NoneType))
    return Field(
        field.name,
        field.encode_name,
        held,
        required=field.required and not nullable,
        absent=field.required and nullable,
    )


@lru_cache(_CACHED_ASSIGNMENTS)
def assign(shape: Any, members: tuple[str, ...]) -> Assignment:  # noqa: ANN401 - as above
    """Returns which members go to which fields, by their names alone.

    A member with a field's own name goes there, in either case style; then members with another
    name of a field; then those that may name a label or a main count.
    """
    plan = plan_of(shape)
    sources = {name: name for name in members if name in plan.fields}
    spare = {snake_case(name): name for name in reversed(members) if name not in sources}
    for others in (_own_name, _aliases, _likely_names):
        for name in plan.fields:
            found = next((other for other in others(plan.kind, name) if other in spare), None)
            if name not in sources and found is not None:
                sources[name] = spare.pop(found)
    renamed = tuple(name for name, source in sources.items() if name != source)
    return Assignment(sources, renamed, frozenset(sources.values()))


def _own_name(_kind: type[Struct], name: str) -> tuple[str, ...]:
    return (snake_case(name),)


def _aliases(_kind: type[Struct], name: str) -> tuple[str, ...]:
    return ALIASES.get(snake_case(name), ())


def _likely_names(kind: type[Struct], name: str) -> tuple[str, ...]:
    if not issubclass(kind, LabelledCount):
        return ()
    if name == kind.label_field:
        return LABELS
    return COUNTS if kind.counted and name == kind.count_field else ()
