"""Reads bodies that the strict decoder refused, value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from msgspec import Struct, inspect

from loguro_async.decoding import coerce
from loguro_async.decoding.coerce import Unreadable
from loguro_async.decoding.plan import assign, plan_of, type_name
from loguro_async.decoding.tolerances import ToleranceLog, below, json_type
from loguro_async.models.response_base import SKIPPED, Response, note_raw
from loguro_async.models.row import Row, as_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loguro_async.decoding.plan import Assignment, Field, Plan

# How each type of value is read, and which values are of that type already.
_SCALARS: Final[dict[type[inspect.Type], tuple[Callable[[Any], Any], tuple[type, ...]]]] = {
    inspect.BoolType: (coerce.boolean, (bool,)),
    inspect.DateTimeType: (coerce.moment, ()),
    inspect.FloatType: (coerce.number, (int, float)),
    inspect.IntType: (coerce.whole, (int,)),
    inspect.StrType: (coerce.text, (str,)),
}
WHOLE_BODY: Final = "$"
_CARRIED_BYTES: Final = 290  # a dictionary, a Sent and the header of its bytes


def from_builtins(shape: Any, value: object) -> Any:  # noqa: ANN401 - any response or row
    """Returns the response or row that builtins describe, as if the service had sent them.

    Args:
        shape: A response or row type, such as ``TopList[TopPage]``.
        value: What ``to_dict`` gives, for example.

    Raises:
        ValueError: What is required is missing.
    """
    try:
        return Reader(ToleranceLog(), store_bodies=True).response(shape, value)
    except Unreadable as error:
        message = f"{error.why}, at {error.path}"
        raise ValueError(message) from error


class Reader:
    """Reads one body.

    Args:
        tolerances: Collects what had to be tolerated.
        store_bodies: Whether each response stores its JSON as ``raw``.
        explain: Whether to go on where something required is missing, and only note it.

    Attributes:
        sent_bytes: About how many bytes the rows carry beside their fields.
    """

    def __init__(
        self, tolerances: ToleranceLog, *, store_bodies: bool = False, explain: bool = False
    ) -> None:
        self.sent_bytes = 0
        self._tolerances = tolerances
        self._store_bodies = store_bodies
        self._explain = explain

    def response(self, shape: Any, value: object) -> Struct:  # noqa: ANN401 - as above
        """Returns the response that a decoded body holds.

        Raises:
            Unreadable: What is required is missing or of another type.
        """
        plan = plan_of(shape)
        if not plan.fields:
            return plan.kind()  # any JSON
        if isinstance(value, dict):
            return self._struct(shape, cast("dict[str, Any]", value), WHOLE_BODY)
        # A list or a number without its object.
        name, field = next(iter(plan.fields.items()))
        if not field.required or isinstance(field.type, inspect.StructType):
            raise _other_type("object", value, WHOLE_BODY)
        self._tolerances.add(WHOLE_BODY, "bare", "object", json_type(value))
        try:
            return self._struct(shape, {name: value}, WHOLE_BODY)
        except Unreadable as error:
            raise Unreadable(error.expected, error.found, WHOLE_BODY) from error

    def _struct(self, shape: Any, members: dict[str, Any], path: str) -> Struct:  # noqa: ANN401 - as above
        plan = plan_of(shape)
        sent, wrapper = members, _wrapper(plan, members)
        if wrapper is not None:
            self._tolerances.add(path, "wrapped", found=below("", wrapper))
            members = {**members, **members[wrapper]}
            del members[wrapper]
        assignment = assign(shape, tuple(members))
        values = {name: members[source] for name, source in assignment.sources.items()}
        self._find_list(plan, members, values)
        held = assignment.held
        if plan.holds_raw:
            values = _with_raw(plan, values)
        try:
            struct: Struct = msgspec.convert(values, shape)
            is_exact = len(held) == len(members) and not assignment.renamed
        except msgspec.ValidationError:
            is_exact = False
            fields, lost = self._fields(plan, values, path)
            held -= {assignment.sources[name] for name in lost if name in assignment.sources}
            struct = plan.kind(**fields)
        self._note_names(assignment, path)
        if isinstance(struct, Row) and not (is_exact and wrapper is None):
            as_sent(struct, sent, held, wrapper)
            self.sent_bytes += _CARRIED_BYTES + len(struct.to_json())
        if self._store_bodies and isinstance(struct, Response):
            note_raw(struct, msgspec.json.encode(sent))
        return struct

    def _fields(
        self, plan: Plan, values: dict[str, Any], path: str
    ) -> tuple[dict[str, Any], set[str]]:
        """Returns the values of the fields, and the names of those that could not be read."""
        read: dict[str, Any] = {}
        lost: set[str] = set()
        for name, field in plan.fields.items():
            at = below(path, name)
            if field.absent or self._explain:
                read[field.attribute] = None
            if name not in values:
                self._note_missing(field, at)
            elif values[name] is not None or field.required:
                try:
                    read[field.attribute] = self._value(field.type, values[name], at)
                except Unreadable as error:
                    if field.required and not self._explain:
                        raise
                    self._tolerances.add(error.path, "lost", error.expected, error.found)
                    lost.add(name)
        return read, lost

    def _note_missing(self, field: Field, at: str) -> None:
        if field.required and not self._explain:
            raise Unreadable(f"{type_name(field.type)}, which is required", "", at)
        if field.required or field.absent:
            kind = "required" if field.required else "missing"
            self._tolerances.add(at, kind, type_name(field.type))

    def _value(self, kind: inspect.Type, value: Any, path: str) -> Any:  # noqa: ANN401 - JSON in, the field's type out
        if isinstance(kind, inspect.StructType):
            if not isinstance(value, dict):
                raise _other_type("object", value, path)
            return self._struct(kind.cls, cast("dict[str, Any]", value), path)
        if isinstance(kind, inspect.VarTupleType):
            return self._items(kind.item_type, value, path)
        if isinstance(kind, inspect.RawType):
            return value  # undecoded already
        read, exact = _SCALARS[type(kind)]
        try:
            found = read(value)
        except Unreadable as error:
            raise _other_type(type_name(kind), value, path) from error
        if type(value) not in exact and not (not exact and coerce.is_moment(value)):
            self._tolerances.add(path, "type", type_name(kind), json_type(value))
        return found

    def _items(self, kind: inspect.Type, value: Any, path: str) -> tuple[Any, ...]:  # noqa: ANN401 - as above
        if isinstance(kind, inspect.StrType) and isinstance(value, str):
            self._tolerances.add(path, "type", "array", "string")
            return coerce.steps(value)
        values, at = self._list(value, path), f"{path}[]"
        if isinstance(kind, inspect.StructType):
            return tuple(self._rows(kind, values, at))
        if isinstance(kind, inspect.UnionType):
            (kind,) = (one for one in kind.types if not isinstance(one, inspect.NoneType))
            return tuple(None if each is None else self._value(kind, each, at) for each in values)
        return tuple(self._value(kind, each, at) for each in values)

    def _list(self, value: object, path: str) -> list[object]:
        if isinstance(value, list):
            return cast("list[object]", value)
        members = _members(value)
        only = _only_list(members)
        if not only:
            raise _other_type("array", value, path)
        self._tolerances.add(path, "wrapped", "array", "object")
        return self._list(members[only], path)

    def _rows(self, kind: inspect.StructType, values: list[object], at: str) -> Iterator[Struct]:
        for value in values:
            try:
                yield self._value(kind, value, at)
            except Unreadable as error:
                self._tolerances.add(error.path or at, SKIPPED, error.expected, error.found)

    def _find_list(self, plan: Plan, members: dict[str, Any], values: dict[str, Any]) -> None:
        """Uses the only list of the members as the required list, if that has another name."""
        name = plan.list_name
        if name is None or name in values:
            return
        if only := _only_list(members):
            values[name] = members[only]
            self._tolerances.add(below(WHOLE_BODY, name), "name", name, below("", only))

    def _note_names(self, assignment: Assignment, path: str) -> None:
        for name in assignment.renamed:
            found = below("", assignment.sources[name])
            self._tolerances.add(below(path, name), "name", name, found)


def _with_raw(plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: coerce.raw(value) if isinstance(plan.fields[name].type, inspect.RawType) else value
        for name, value in values.items()
    }


def _wrapper(plan: Plan, members: dict[str, Any]) -> str | None:
    """Returns the member whose object holds the struct, where it came inside another one."""
    inner_objects = [name for name, value in members.items() if isinstance(value, dict)]
    known = _names_known(plan, members) if inner_objects else 0
    for name in inner_objects:
        inner = members[name]
        if name not in plan.fields and _names_known(plan, _members(inner)) > known:
            return name
    return None


def _names_known(plan: Plan, members: dict[str, Any]) -> int:
    """Returns how many members have the name of a field."""
    return len(plan.fields.keys() & members.keys())


def _members(value: object) -> dict[str, Any]:
    """Returns the members of a JSON object, none of anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _only_list(members: dict[str, Any]) -> str:
    """Returns the name of the only list among some members; nothing where there are more."""
    lists = [name for name, value in members.items() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else ""


def _other_type(expected: str, value: object, path: str) -> Unreadable:
    return Unreadable(expected, json_type(value), path)
