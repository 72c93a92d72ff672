"""Writes the rows of many responses to one file or stream, each row with its project."""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, cast, get_args

from loguro_async.atomic_file import AtomicFile
from loguro_async.cli.files import STDOUT, naming_file
from loguro_async.cli.options import FileFormat
from loguro_async.cli.output import check_format, format_of, ndjson, rows_as_sent
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from msgspec import Struct

LABEL: Final = "project"
_FORMATS: Final[tuple[FileFormat, ...]] = get_args(FileFormat)


class RowWriter(Protocol):
    """Writes the rows of responses."""

    async def add(self, response: Struct, /, *, label: str | None = None) -> None:
        """Writes the rows of a response of the project ``label``."""
        ...


def chosen_file_format(given: FileFormat | None, out: str, *, bom: bool = False) -> FileFormat:
    """Returns the requested format, else that of the file's extension.

    Raises:
        InvalidQueryError: The extension is unknown, a terminal cannot show the format, or it has
            no byte order mark.
    """
    path = None if out == STDOUT else Path(out)
    format = given or ("ndjson" if path is None else cast("FileFormat", format_of(path, _FORMATS)))
    check_format(format, path, bom=bom)
    return format


@asynccontextmanager
async def open_rows(
    kind: Any,  # noqa: ANN401 - a struct's type, such as TopList[TopPage]
    out: str,
    format: FileFormat,
    *,
    extend: bool = False,
    bom: bool = False,
) -> AsyncGenerator[RowWriter]:
    """Opens a file or standard output for rows. A file appears when the block ends without error.

    Args:
        kind: The type of the responses.
        out: The file, or ``-``.
        format: The format.
        extend: Whether to add the rows to the end of an existing file.
        bom: Whether CSV begins with a byte order mark.

    Raises:
        ImportError: The extra ``[arrow]`` is missing, which CSV and Parquet need.
        InvalidQueryError: The file has other columns than these rows.
        OSError: The file cannot be written.
    """
    if out == STDOUT:
        async with _writer(sys.stdout.buffer, kind, format, rows=1, bom=bom) as writer:
            yield writer
        return
    path = Path(out)
    with naming_file(path):
        if not extend:
            with _atomic(path) as stream:
                async with _writer(stream, kind, format, bom=bom) as writer:
                    yield writer
            return
        _check_columns(path, kind, format)
        with _atomic(path) as stream, tempfile.TemporaryFile() as more:
            async with _writer(cast("BinaryIO", more), kind, format) as writer:
                yield writer
            more.seek(0)
            _join(path, cast("BinaryIO", more), stream, format)


@contextmanager
def _atomic(path: Path) -> Generator[BinaryIO]:
    file = AtomicFile(path)
    try:
        yield file.stream
        file.commit()
    except BaseException:
        file.discard()
        raise


@asynccontextmanager
async def _writer(
    stream: BinaryIO,
    kind: Any,  # noqa: ANN401 - as above
    format: FileFormat,
    **options: Any,  # noqa: ANN401 - those of Part
) -> AsyncGenerator[RowWriter]:
    if format == "ndjson":
        yield _Ndjson(stream)
        return
    from loguro_async.export import Part  # noqa: PLC0415 - an optional part

    async with Part(stream, kind, format=format, label=LABEL, **options) as part:
        yield part


class _Ndjson:
    """Writes a line for each row, at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def add(self, response: Struct, /, *, label: str | None = None) -> None:
        self._stream.write(ndjson(rows_as_sent(response), project=label))
        self._stream.flush()


def _check_columns(path: Path, kind: Any, format: FileFormat) -> None:  # noqa: ANN401 - as above
    if format == "ndjson":
        return
    from pyarrow import parquet  # noqa: PLC0415 - an optional part

    from loguro_async.export import schema  # noqa: PLC0415 - the same

    if format == "csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = next(csv.reader(lines), list[str]())
    else:
        found = parquet.read_schema(path).names
    if found != [LABEL, *schema(kind).names]:
        message = f"{path} has other columns than the new rows; give another --out"
        raise InvalidQueryError(message)


def _join(first: Path, second: BinaryIO, target: BinaryIO, format: FileFormat) -> None:
    """Writes the rows of two files of the same format to a third one."""
    if format == "parquet":
        _join_parquet(first, second, target)
        return
    with first.open("rb") as lines:
        shutil.copyfileobj(lines, target)
    if format == "csv":
        second.readline()  # the names of the columns
    shutil.copyfileobj(second, target)


def _join_parquet(first: Path, second: BinaryIO, target: BinaryIO) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - an optional part

    with (
        parquet.ParquetFile(first) as old,
        parquet.ParquetFile(second) as new,
        parquet.ParquetWriter(target, new.schema_arrow, compression="zstd") as writer,
    ):
        for file in (old, new):
            for batch in file.iter_batches():
                writer.write_batch(batch)
