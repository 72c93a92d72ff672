"""The rows of many responses in one file or stream, each with the project that it is about."""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, cast, get_args

from loguro_async.atomic_file import AtomicFile
from loguro_async.cli.files import naming
from loguro_async.cli.options import FileForm
from loguro_async.cli.output import check_form, form_of, ndjson, rows_as_sent
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from msgspec import Struct

STDOUT: Final = "-"
LABEL: Final = "project"
_FORMS: Final[tuple[FileForm, ...]] = get_args(FileForm)


class RowWriter(Protocol):
    """Writes the rows of responses."""

    async def add(self, response: Struct, /, *, label: str | None = None) -> None:
        """Writes the rows of a response of the project ``label``."""
        ...


def chosen_file_form(given: FileForm | None, out: str, *, bom: bool = False) -> FileForm:
    """Returns the format that was asked for, else that of the file's extension.

    Raises:
        InvalidQueryError: The extension is unknown, the format is nothing for a terminal, or has no
            byte order mark.
    """
    path = None if out == STDOUT else Path(out)
    form = given or ("ndjson" if path is None else cast("FileForm", form_of(path, _FORMS)))
    check_form(form, path, bom=bom)
    return form


@asynccontextmanager
async def open_rows(
    kind: Any,  # noqa: ANN401 - a struct's type, such as TopList[TopPage]
    out: str,
    form: FileForm,
    *,
    extend: bool = False,
    bom: bool = False,
) -> AsyncGenerator[RowWriter]:
    """Opens a file or standard output for rows. A file appears only when the block ends well.

    Args:
        kind: The type of the responses.
        out: The file, or ``-``.
        form: The format.
        extend: Whether the file is there, and its rows stay before the new ones.
        bom: Whether CSV begins with a byte order mark.

    Raises:
        ImportError: The extra ``[arrow]`` is missing, which CSV and Parquet need.
        InvalidQueryError: The file has other columns than these rows.
        OSError: It cannot be written.
    """
    if out == STDOUT:
        async with _writer(sys.stdout.buffer, kind, form, rows=1, bom=bom) as writer:
            yield writer
        return
    path = Path(out)
    with naming(path):
        if not extend:
            with _whole(path) as stream:
                async with _writer(stream, kind, form, bom=bom) as writer:
                    yield writer
            return
        _check_columns(path, kind, form)
        with _whole(path) as stream, tempfile.TemporaryFile() as more:
            async with _writer(cast("BinaryIO", more), kind, form) as writer:
                yield writer
            more.seek(0)
            _join(path, cast("BinaryIO", more), stream, form)


@contextmanager
def _whole(path: Path) -> Generator[BinaryIO]:
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
    form: FileForm,
    **options: Any,  # noqa: ANN401 - those of Part
) -> AsyncGenerator[RowWriter]:
    if form == "ndjson":
        yield _Ndjson(stream)
        return
    from loguro_async.export import Part  # noqa: PLC0415 - an optional part

    async with Part(stream, kind, format=form, label=LABEL, **options) as part:
        yield part


class _Ndjson:
    """Writes a line for each row, at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def add(self, response: Struct, /, *, label: str | None = None) -> None:
        self._stream.write(ndjson(rows_as_sent(response), project=label))
        self._stream.flush()


def _check_columns(path: Path, kind: Any, form: FileForm) -> None:  # noqa: ANN401 - as above
    if form == "ndjson":
        return
    from pyarrow import parquet  # noqa: PLC0415 - an optional part

    from loguro_async.export import schema  # noqa: PLC0415 - the same

    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = next(csv.reader(lines), list[str]())
    else:
        found = parquet.read_schema(path).names
    if found != [LABEL, *schema(kind).names]:
        message = f"{path} has other columns than these rows; give another --out"
        raise InvalidQueryError(message)


def _join(first: Path, second: BinaryIO, target: BinaryIO, form: FileForm) -> None:
    """Writes the rows of two files of one format to a third."""
    if form == "parquet":
        _join_parquet(first, second, target)
        return
    with first.open("rb") as lines:
        shutil.copyfileobj(lines, target)
    if form == "csv":
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
