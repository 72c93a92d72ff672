"""The formats of files: each takes batches of rows and writes them to an open file.

CSV is safe to open in a spreadsheet: a text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a
line's end gets a ``'`` before it, so that no visitor's path becomes a formula. A text that begins
with ``'`` gets one as well; taking one leading ``'`` off gives every text back as it was.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, Protocol, TypeAlias, get_args

import msgspec
import pyarrow as pa
from pyarrow import compute, csv, parquet, types

from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FileFormat: TypeAlias = Literal["parquet", "csv", "ndjson"]
"""How rows are written: ``"parquet"``, ``"csv"`` or ``"ndjson"``."""

_SUFFIXES: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".jsonl": "ndjson",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_FORMULA: Final = r"^(['=+\-@\t\r\n])"


class FormatWriter(Protocol):
    """Writes rows in one format to an open file, which stays open."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Writes some rows."""
        ...

    def finish(self, notes: Mapping[str, str]) -> None:
        """Writes the end of the file, with notes where the format has metadata."""
        ...


def format_of(target: Path | BinaryIO, given: FileFormat | None) -> FileFormat:
    """Returns the format of a file: the one that is given, else the one its name ends with.

    Raises:
        InvalidQueryError: The format is unknown, or the name has no known extension.
    """
    if given is not None:
        return check_format(given)
    name = target.name if isinstance(target, Path) else "a stream"
    try:
        return _SUFFIXES[Path(name).suffix.lower()]
    except KeyError:
        message = (
            f"cannot tell the format of {name!r}; end the name with .parquet, .csv or .ndjson, "
            "or give format"
        )
        raise InvalidQueryError(message) from None


def check_format(given: FileFormat) -> FileFormat:
    """Refuses an unknown format.

    Raises:
        InvalidQueryError: It is unknown.
    """
    if given in _WRITERS:
        return given
    message = f"format must be one of {', '.join(get_args(FileFormat))}, got {given!r}"
    raise InvalidQueryError(message)


def check_bom(format: FileFormat, *, bom: bool) -> bool:
    """Refuses a byte order mark for a format that has none.

    Raises:
        InvalidQueryError: The format is not CSV.
    """
    if bom and format != "csv":
        message = f"bom needs the format csv, got {format}; leave bom out"
        raise InvalidQueryError(message)
    return bom


def format_writer(
    format: FileFormat, file: BinaryIO, schema: pa.Schema, *, bom: bool = False
) -> FormatWriter:
    """Returns a writer of rows with this schema into this file."""
    if bom:
        file.write(codecs.BOM_UTF8)
    return _WRITERS[format](file, schema)


class _Parquet:
    """A row group for each batch; notes go to the file's metadata."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._writer = parquet.ParquetWriter(file, schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def finish(self, notes: Mapping[str, str]) -> None:
        if notes:
            self._writer.add_key_value_metadata(notes)
        self._writer.close()


class _Csv:
    """Texts in quotes, nothing for null, lists as JSON."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._schema = pa.schema(_plain(field) for field in schema)
        self._writer = csv.CSVWriter(file, self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        arrays = [_safe(column) for column in batch.columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def finish(self, notes: Mapping[str, str]) -> None:  # noqa: ARG002 - CSV has no metadata
        self._writer.close()


class _Ndjson:
    """A JSON object in each line.

    JSON of any shape, such as custom properties, is a text in it, as in the other formats: the type
    of a column never follows the values.
    """

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:  # noqa: ARG002 - rows have it
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def write(self, batch: pa.RecordBatch) -> None:
        self._file.write(self._encoder.encode_lines(batch.to_pylist()))

    def finish(self, notes: Mapping[str, str]) -> None:
        """Does nothing: NDJSON has neither an end nor metadata."""


_WRITERS: Final[dict[FileFormat, Callable[[BinaryIO, pa.Schema], FormatWriter]]] = {
    "parquet": _Parquet,
    "csv": _Csv,
    "ndjson": _Ndjson,
}


def _plain(field: pa.Field) -> pa.Field:
    return pa.field(field.name, pa.string()) if types.is_nested(field.type) else field


def _safe(column: pa.Array) -> pa.Array:
    if types.is_nested(column.type):
        texts = [
            None if value is None else msgspec.json.encode(value).decode()
            for value in column.to_pylist()
        ]
        return pa.array(texts, pa.string())
    if types.is_string(column.type):
        return compute.replace_substring_regex(column, pattern=_FORMULA, replacement=r"'\1")
    return column
