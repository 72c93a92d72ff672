"""Answers and streams to Arrow: which rows an answer has, and the schema that they have."""

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
from loguro_async.models.responses import Response, TopList

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from loguro_async.models.rows import Row

T = TypeVar("T")

Kind: TypeAlias = Any
"""A struct's type, such as ``Event`` or ``TopList[TopPage]``."""

ROWS_AT_ONCE: Final = 16_384


class Layout(Struct, frozen=True):
    """How answers of one type become rows.

    Attributes:
        answer: The type of an answer, without what it is a list of.
        row: The type of a row.
        columns: What a row's columns are.
        schema: The same, in Arrow's terms.
        rows_of: Gives the rows of an answer.
        about: The fields that say something of the answer as a whole.
    """

    answer: type
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

    def describe(self, answer: object) -> dict[str, str]:
        """What an answer says of itself as a whole, as JSON by the name of the field."""
        return {name: msgspec.json.encode(getattr(answer, name)).decode() for name in self.about}


@cache
def layout(kind: Kind) -> Layout:
    """The layout of a type: of one of the responses, or of a row.

    A response that lists rows has a row for each; any other struct is one row.

    Raises:
        InvalidQueryError: It is no struct, or a ``TopList`` of nobody knows what.
    """
    answer = _struct(kind)
    listed = {field.name: row for field in answer.fields if (row := _listed_row(field.type))}
    if not (issubclass(class_of(answer), Response) and listed):
        return _layout(answer, answer, lambda row: (row,))
    ((name, row),) = listed.items()
    about = tuple(field.name for field in answer.fields if field.name != name)
    return _layout(answer, row, attrgetter(name), about)


def kind_of(answer: Struct) -> Kind:
    """The type that an answer has, down to its rows."""
    if not isinstance(answer, TopList):
        return type(answer)
    made = cast("TopList[Row]", answer)
    return TopList[type(made.items[0])] if made.items else made.shape  # type: ignore[misc]


def schema(kind: Kind) -> pa.Schema:
    """The columns of a response or a row, the same whether there are rows or not.

    Args:
        kind: A struct's type, such as ``Event``, ``Overview`` or ``TopList[TopPage]``.

    Raises:
        InvalidQueryError: It is none.
    """
    return layout(kind).schema


def to_table(answer: Struct, *, kind: Kind | None = None) -> pa.Table:
    """An answer as an Arrow table, which pandas, polars and DuckDB take as it is.

    A list of rows becomes a row for each, anything else one row. What an answer says beside its
    rows, such as ``bucket``, is in the schema's metadata, as JSON.

    Args:
        answer: Any response of the client's.
        kind: Its type. Only needed for a ``TopList`` that was made by hand and has no rows.

    Raises:
        InvalidQueryError: It is no response.
    """
    plan = layout(kind or kind_of(answer))
    batch = plan.batch(plan.rows_of(answer))
    metadata = plan.describe(answer) or None
    return pa.Table.from_batches([batch]).replace_schema_metadata(metadata)


async def to_batches(
    stream: AsyncIterable[Struct], *, rows: int = ROWS_AT_ONCE, kind: Kind = Event
) -> AsyncGenerator[pa.RecordBatch, None]:
    """A stream as Arrow, so many rows at a time, in bounded memory.

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
    """What a stream gives, so many at a time; in the end the stream is closed.

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
    """The struct that a field is a list of, if it is one."""
    item = kind.item_type if isinstance(kind, inspect.VarTupleType) else None
    return item if isinstance(item, inspect.StructType) else None


def _layout(
    answer: inspect.StructType,
    row: inspect.StructType,
    rows_of: Callable[[Any], Sequence[object]],
    about: tuple[str, ...] = (),
) -> Layout:
    columns = columns_of(row)
    schema = pa.schema(column.field for column in columns)
    return Layout(class_of(answer), class_of(row), columns, schema, rows_of, about)
