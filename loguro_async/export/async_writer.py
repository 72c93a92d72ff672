"""``Part`` and ``write``: a file of rows, written as they come, off the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterable
from contextlib import aclosing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

import pyarrow as pa

from loguro_async.atomic_file import AtomicFile
from loguro_async.errors import InvalidQueryError
from loguro_async.export.formats import FileFormat, check_bom, format_of
from loguro_async.export.sink_writer import OpenStream, Sink, SinkWriter
from loguro_async.export.tables import ROWS_AT_ONCE, chunks, kind_of, layout
from loguro_async.export.threads import in_thread
from loguro_async.models.events import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from msgspec import Struct

    from loguro_async.export.tables import Kind


class Part:
    """A file of rows, which appears under its name only when it is complete.

    ```python
    async with Part("overviews.parquet", Overview, label="project") as part:
        await part.add(await project.overview(range="7d"), label="shop")
    ```

    Leaving the block gives the file its name. After an error or a cancellation inside, an existing
    file stays as it was, and no unfinished file is left.

    Args:
        target: The file, in a folder that is there; a file of that name is replaced. Or an open
            binary stream, which is written to at once.
        kind: The type of the responses or rows, such as ``Overview`` or ``TopList[TopPage]``.
        format: ``"parquet"``, ``"csv"`` or ``"ndjson"``; by default that of the file extension.
        label: The name of a first column, for a text that comes with each response.
        rows: Rows that are written at once, and held until then.
        bom: Whether CSV begins with a byte order mark, by which spreadsheets know UTF-8.
        staging: Where the unfinished file lies, a folder on the same file system; left out, the
            folder of the file.

    Attributes:
        rows: How many rows were added.
        notes: Texts by name, written into the file's metadata where the format has some.

    Raises:
        InvalidQueryError: The kind is no struct, the format is not known, or has no byte order
            mark.
    """

    def __init__(
        self,
        target: str | PathLike[str] | BinaryIO,
        kind: Kind,
        *,
        format: FileFormat | None = None,
        label: str | None = None,
        rows: int = ROWS_AT_ONCE,
        bom: bool = False,
        staging: str | PathLike[str] | None = None,
    ) -> None:
        self._target = Path(target) if isinstance(target, str | PathLike) else target
        self._format: FileFormat = format_of(self._target, format)
        self._bom = check_bom(self._format, bom=bom)
        self._staging = None if staging is None else Path(staging)
        self._layout = layout(kind)
        labels = [] if label is None else [pa.field(label, pa.string())]
        self._schema = pa.schema([*labels, *self._layout.schema])
        self._is_labelled = label is not None
        self._at_once = rows
        self._waiting: list[object] = []
        self._labels: list[str | None] = []
        self._file: SinkWriter | None = None
        self.rows = 0
        self.notes: dict[str, str] = {}

    async def add(self, response: Struct, *, label: str | None = None) -> None:
        """Adds the rows of a response, or a single row.

        Args:
            response: Of the part's kind.
            label: What stands in the first column, where the part has a label.

        Raises:
            InvalidQueryError: It is of another kind, or the part is not open.
            OSError: The file cannot be written; the disk may be full.
        """
        if not isinstance(response, self._layout.response):
            found, wanted = type(response).__name__, self._layout.response.__name__
            message = f"the response is a {found}, and the part was opened for {wanted}"
            raise InvalidQueryError(message)
        await self.extend(self._layout.rows_of(response), label=label)

    async def extend(self, rows: Sequence[object], *, label: str | None = None) -> None:
        """Adds rows, such as a few events of a stream; see ``add``."""
        self.rows += len(rows)
        self._waiting.extend(rows)
        self._labels.extend([label] * len(rows))
        if len(self._waiting) >= self._at_once:
            await self._flush()

    async def _flush(self) -> None:
        file, rows, labels = self._opened(), self._waiting, self._labels
        self._waiting, self._labels = [], []
        if rows:
            await in_thread(lambda: file.write(self._batch(rows, labels)))

    def _opened(self) -> SinkWriter:
        if self._file is None:
            message = "the part is not open; use it in `async with Part(…) as part`"
            raise InvalidQueryError(message)
        return self._file

    def _batch(self, rows: list[object], labels: list[str | None]) -> pa.RecordBatch:
        batch = self._layout.batch(rows)
        label = [pa.array(labels, pa.string())] if self._is_labelled else []
        return pa.RecordBatch.from_arrays([*label, *batch.columns], schema=self._schema)

    def _open(self) -> None:
        target = self._target
        if isinstance(target, Path):
            sink: Sink = AtomicFile(target, staging=self._staging)
        else:
            sink = OpenStream(target)
        self._file = SinkWriter(sink, self._format, self._schema, bom=self._bom)

    async def _discard(self) -> None:
        if self._file is not None:
            await in_thread(self._file.discard)

    async def __aenter__(self) -> Self:
        try:
            await in_thread(self._open)
        except BaseException:
            await self._discard()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            await self._discard()
            return
        try:
            await self._flush()
            file = self._opened()
            await in_thread(lambda: file.commit(self.notes))
        except BaseException:
            await self._discard()
            raise


async def write(
    source: Struct | AsyncIterable[Struct],
    path: str | PathLike[str],
    format: FileFormat | None = None,
    *,
    kind: Kind | None = None,
    bom: bool = False,
) -> int:
    """Writes a response or a stream to a file, which appears only when it is complete.

    What a response says beside its rows, such as ``bucket``, goes to a Parquet file's metadata.

    Args:
        source: A response, or a stream such as ``project.iter_events(…)``.
        path: The file, in a folder that is there. A file of that name is replaced.
        format: ``"parquet"``, ``"csv"`` or ``"ndjson"``; by default that of the file extension.
        kind: The type of what a stream gives; left out, ``Event``.
        bom: Whether CSV begins with a byte order mark, by which spreadsheets know UTF-8.

    Returns:
        How many rows were written.

    Raises:
        InvalidQueryError: The format is not known or has no byte order mark, or the rows are of
            another kind.
        OSError: The file cannot be written.
    """
    if isinstance(source, AsyncIterable):
        events = chunks(source, ROWS_AT_ONCE)
        async with (
            Part(path, kind or Event, format=format, bom=bom) as part,
            aclosing(events) as all_of,
        ):
            async for rows in all_of:
                await part.extend(rows)
        return part.rows
    kind = kind or kind_of(source)
    async with Part(path, kind, format=format, bom=bom) as part:
        part.notes.update(layout(kind).describe(source))
        await part.add(source)
    return part.rows
