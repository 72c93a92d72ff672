"""The table of docs/endpoints.md, made of the endpoints, the client's methods and the shell."""

from __future__ import annotations

import inspect
from typing import Any, Final

import msgspec.inspect
from msgspec.inspect import StructType, Type, UnionType, VarTupleType
from typer.main import get_command

from loguro_async import Project
from loguro_async.cli.app import app
from loguro_async.endpoints import ENDPOINTS, Endpoint
from loguro_async.models.top_lists import TopPage

_OF_EVERY_CALL: Final = {"self", "cache", "timeout"}
COUNTS: Final = tuple(name for name in TopPage.__struct_fields__ if name != "path")
"""The fields that the rows of most top lists share."""


def table() -> str:
    """Returns the rows in the order of the reference."""
    head = ["| endpoint | method of a project | fields | shell |", "| --- | --- | --- | --- |"]
    return "\n".join(head + [_row(endpoint) for endpoint in ENDPOINTS])


def _row(endpoint: Endpoint[Any]) -> str:
    name = endpoint.name.replace("-", "_")
    parameters = inspect.signature(getattr(Project, name)).parameters
    arguments = ", ".join(one for one in parameters if one not in _OF_EVERY_CALL)
    commands: dict[str, Any] = getattr(get_command(app), "commands", {})
    parts: list[Any] = commands[endpoint.name].params
    given = [str(one.name).upper() for one in parts if one.param_type_name == "argument"]
    return (
        f"| {_path(endpoint)} | `{name}({arguments})` | {_fields(endpoint.shape)} "
        f"| `{' '.join([endpoint.name, *given])}` |"
    )


def _path(endpoint: Endpoint[Any]) -> str:
    return f"`{endpoint.suffix}`" if endpoint.suffix else "nothing more"


def _fields(shape: Any) -> str:  # noqa: ANN401 - a type such as TopList[TopPage]
    found = msgspec.inspect.type_info(shape)
    assert isinstance(found, StructType)
    return ", ".join(_described(field.name, field.type) for field in found.fields)


def _described(name: str, kind: Type) -> str:
    row = _struct_in(kind)
    if row is None:
        return f"`{name}`"
    names = [field.name for field in row.fields if not field.name.endswith("_json")]
    counts = "counts" if set(COUNTS) <= set(names) else ""
    own = [f"`{one}`" for one in names if not (counts and one in COUNTS)]
    return f"`{name}` ({', '.join([*own, counts] if counts else own)})"


def _struct_in(kind: Type) -> StructType | None:
    match kind:
        case StructType():
            return kind
        case VarTupleType():
            return _struct_in(kind.item_type)
        case UnionType():
            return next(filter(None, map(_struct_in, kind.types)), None)
        case _:
            return None
