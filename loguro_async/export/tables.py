"""Responses and streams to Arrow: which rows a response has, and the schema that they have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

import msgspec
import pyarrow as pa
from msgspec import Struct, inspect

from loguro_async.errors import InvalidQueryError
from loguro_async.export.columns import Column, class_of, columns_of, record_batch
from loguro_async.models.events import Event
from loguro_async.models.response_base import Response
from loguro_async.models.top_lists import TopList

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from loguro_async.models.row import Row

T = TypeVar("T")

Kind: TypeAlias = Any
"""A struct's type, such as ``Event`` or ``TopList[TopPage]``."""

ROWS_AT_ONCE: Final = 16_384


class Layout(Struct, frozen=True):
    """How responses of one type become rows.

    Attributes:
        response: The type of a response, without what it is a list of.
        row: The type of a row.
        columns: What a row's columns are.
        schema: The same, in Arrow's terms.
        rows_of: Gives the rows of a response.
        about: The fields that say something of the response as a whole.
    """

    response: type
    row: type
    columns: tuple[Column, ...]
    schema: pa.Schema
    rows_of: Callable[[Any], Sequence[object]]
    about: tuple[str, ...] = ()

    def batch(self, rows: Sequence[object]) -> pa.RecordBatch:
        """Rows as Arrow.

        Raises:
            InvalidQueryError: One of them is of another type.
        """
        strange = next((row for row in rows if not isinstance(row, self.row)), None)
        if strange is not None:
            found = type(strange).__name__
            message = f"a row is a {found}, not a {self.row.__name__}; give kind={found}"
            raise InvalidQueryError(message)
        return record_batch(self.columns, self.schema, rows)

    def describe(self, response: object) -> dict[str, str]:
        """Returns the fields beside the rows, as JSON by the name of the field."""
        return {name: msgspec.json.encode(getattr(response, name)).decode() for name in self.about}


@cache
def layout(kind: Kind) -> Layout:
    """Returns the layout of a type: of a response, or of a row.

    A response that lists rows has a row for each; any other struct is one row.

    Raises:
        InvalidQueryError: It is no struct, or a ``TopList`` without the type of its rows.
    """
    response = _struct(kind)
    listed = {field.name: row for field in response.fields if (row := _listed_row(field.type))}
    if not (issubclass(class_of(response), Response) and listed):
        return _layout(response, response, lambda row: (row,))
    ((name, row),) = listed.items()
    about = tuple(field.name for field in response.fields if field.name != name)
    return _layout(response, row, attrgetter(name), about)


def kind_of(response: Struct) -> Kind:
    """Returns the type that a response has, down to its rows."""
    if not isinstance(response, TopList):
        return type(response)
    made = cast("TopList[Row]", response)
    return TopList[type(made.items[0])] if made.items else made.shape  # type: ignore[misc]


def schema(kind: Kind) -> pa.Schema:
    """Returns the columns of a response or a row, the same whether there are rows or not.

    Args:
        kind: A struct's type, such as ``Event``, ``Overview`` or ``TopList[TopPage]``.

    Raises:
        InvalidQueryError: It is none.
    """
    return layout(kind).schema


def to_table(response: Struct, *, kind: Kind | None = None) -> pa.Table:
    """Returns a response as an Arrow table, which pandas, polars and DuckDB accept.

    A list of rows becomes a row for each, anything else one row. The fields of a response
    beside its rows, such as ``bucket``, are in the schema's metadata, as JSON.

    Args:
        response: Any response of the client's.
        kind: Its type. Only needed for a ``TopList`` that was made by hand and has no rows.

    Raises:
        InvalidQueryError: It is no response.
    """
    plan = layout(kind or kind_of(response))
    batch = plan.batch(plan.rows_of(response))
    metadata = plan.describe(response) or None
    return pa.Table.from_batches([batch]).replace_schema_metadata(metadata)


async def to_batches(
    stream: AsyncIterable[Struct], *, rows: int = ROWS_AT_ONCE, kind: Kind = Event
) -> AsyncGenerator[pa.RecordBatch, None]:
    """Yields a stream as Arrow batches, in bounded memory.

    Args:
        stream: Such as ``project.iter_events(…)``.
        rows: Rows of a batch; the last one may have fewer.
        kind: The type of what the stream gives.

    Raises:
        InvalidQueryError: ``rows`` is no number above 0, or the stream gives another type.
    """
    plan = layout(kind)
    async with aclosing(chunks(stream, rows)) as all_of:
        async for some in all_of:
            yield await asyncio.to_thread(plan.batch, some)


async def chunks(stream: AsyncIterable[T], rows: int) -> AsyncGenerator[list[T], None]:
    """Yields the items of a stream in lists, and closes the stream at the end.

    Raises:
        InvalidQueryError: ``rows`` is no number above 0.
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        message = f"rows is {rows!r}; give a whole number, 1 or above"
        raise InvalidQueryError(message)
    some: list[T] = []
    try:
        async for one in stream:
            some.append(one)
            if len(some) == rows:
                yield some
                some = []
        if some:
            yield some
    finally:
        if (close := getattr(stream, "aclose", None)) is not None:
            await close()


def _struct(kind: Kind) -> inspect.StructType:
    if kind is TopList:
        message = "a TopList made by hand may be of any rows; give kind=TopList[TopPage], or so"
        raise InvalidQueryError(message)
    try:
        found = inspect.type_info(kind)
    except TypeError:
        found = None
    if isinstance(found, inspect.StructType):
        return found
    message = f"{kind!r} is no struct; give a response of the client's, or its type"
    raise InvalidQueryError(message)


def _listed_row(kind: inspect.Type) -> inspect.StructType | None:
    """Returns the struct that a field is a list of, if it is a list."""
    item = kind.item_type if isinstance(kind, inspect.VarTupleType) else None
    return item if isinstance(item, inspect.StructType) else None


def _layout(
    response: inspect.StructType,
    row: inspect.StructType,
    rows_of: Callable[[Any], Sequence[object]],
    about: tuple[str, ...] = (),
) -> Layout:
    columns = columns_of(row)
    schema = pa.schema(column.field for column in columns)
    return Layout(class_of(response), class_of(row), columns, schema, rows_of, about)
