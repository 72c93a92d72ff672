"""A struct's fields as columns: the Arrow type of each, and how it is read from a row.

A column is named as the attribute is: ``current.visitors`` of a row is ``current_visitors``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_origin

import msgspec
import pyarrow as pa
from msgspec import UNSET, Raw, Struct, inspect

from loguro_async.models.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Read: TypeAlias = Callable[[Any], Any]

# Microseconds, because a datetime has them: milliseconds would truncate silently.
_TYPES: Final[dict[type[inspect.Type], pa.DataType]] = {
    inspect.BoolType: pa.bool_(),
    inspect.DateTimeType: pa.timestamp("us", tz="UTC"),
    inspect.FloatType: pa.float64(),
    inspect.IntType: pa.int64(),
    inspect.StrType: pa.string(),
}
_JSON: Final = {"content": "json"}


class Column(Struct, frozen=True):
    """One column: its Arrow field, and a function that returns its value for a row."""

    field: pa.Field
    read: Read


def columns_of(row: inspect.StructType) -> tuple[Column, ...]:
    """Returns the columns of a struct, in the order of its fields.

    Raises:
        TypeError: No Arrow type can hold a field's type.
    """
    return tuple(_of_struct(row, (), None))


def class_of(struct: inspect.StructType) -> type:
    """Returns the class behind a struct's type: ``TopList`` of ``TopList[TopPage]``."""
    return get_origin(struct.cls) or struct.cls


def record_batch(
    columns: Sequence[Column], schema: pa.Schema, rows: Sequence[object]
) -> pa.RecordBatch:
    """Returns rows as Arrow.

    Raises:
        AttributeError: A row is of another type than the columns.
    """
    arrays = [pa.array([column.read(row) for row in rows], column.field.type) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _of_struct(
    struct: inspect.StructType, path: tuple[str, ...], reach: Read | None
) -> Iterator[Column]:
    for field in struct.fields:
        read = _after(reach, attrgetter(field.name))
        yield from _of_field(field.type, (*path, field.name.removesuffix("_")), read)
    if issubclass(class_of(struct), Row):
        yield _json_column((*path, "extra"), _after(reach, _extra))


def _of_field(kind: inspect.Type, path: tuple[str, ...], read: Read) -> Iterator[Column]:
    kind = _without_none(kind)
    if isinstance(kind, inspect.StructType):
        yield from _of_struct(kind, path, read)
    elif isinstance(kind, inspect.RawType):
        yield _json_column(path, lambda row: _text(read(row)))
    elif isinstance(kind, inspect.VarTupleType):
        yield _list_column(_without_none(kind.item_type), path, read)
    else:
        yield Column(pa.field("_".join(path), _scalar(kind, path)), read)


def _list_column(item: inspect.Type, path: tuple[str, ...], read: Read) -> Column:
    name = "_".join(path)
    if not isinstance(item, inspect.StructType):
        return Column(pa.field(name, pa.list_(_scalar(item, path))), read)
    inner = columns_of(item)
    members = [(column.field.name, column.read) for column in inner]

    def read_all(row: object) -> list[dict[str, object]] | None:
        items = read(row)
        return items and [{name: member(item) for name, member in members} for item in items]

    return Column(pa.field(name, pa.list_(pa.struct(column.field for column in inner))), read_all)


def _json_column(path: tuple[str, ...], read: Read) -> Column:
    return Column(pa.field("_".join(path), pa.string(), metadata=_JSON), read)


def _scalar(kind: inspect.Type, path: tuple[str, ...]) -> pa.DataType:
    try:
        return _TYPES[type(kind)]
    except KeyError:
        message = f"the field {'.'.join(path)} is a {type(kind).__name__}, which no column can hold"
        raise TypeError(message) from None


def _without_none(kind: inspect.Type) -> inspect.Type:
    if not isinstance(kind, inspect.UnionType):
        return kind
    others = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    return others[0] if len(others) == 1 else kind


def _after(reach: Read | None, read: Read) -> Read:
    """Returns a reader that applies ``read`` to a result of ``reach`` other than ``None``."""
    if reach is None:
        return read
    return lambda row: None if (inner := reach(row)) is None else read(inner)


def _extra(row: Row) -> str | None:
    return msgspec.json.encode(extra).decode() if (extra := row.extra) else None


def _text(raw: Raw | msgspec.UnsetType) -> str | None:
    # JSON that was never decoded may hold bytes that are not UTF-8; they are escaped.
    text = "null" if raw is UNSET else bytes(raw).decode(errors="backslashreplace")
    return None if text == "null" else text
