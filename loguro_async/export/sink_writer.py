"""Writes batches of rows to a file or stream, committed or discarded at the end.

All of it is blocking I/O.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Protocol

from loguro_async.export.formats import FileFormat, format_writer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


class Sink(Protocol):
    """A file or stream for bytes, which are committed or discarded at the end."""

    stream: BinaryIO

    def commit(self) -> None:
        """Makes the written bytes permanent."""
        ...

    def discard(self) -> None:
        """Removes the written bytes."""
        ...


class OpenStream:
    """A stream of the caller's, such as standard output, whose bytes cannot be discarded."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def commit(self) -> None:
        """Lets nothing wait in a buffer."""
        self.stream.flush()

    def discard(self) -> None:
        """Does nothing, because written bytes cannot be removed."""


class SinkWriter:
    """Writes rows into a sink, in a format."""

    def __init__(
        self, sink: Sink, format: FileFormat, schema: pa.Schema, *, bom: bool = False
    ) -> None:
        self._sink = sink
        try:
            self._writer = format_writer(format, sink.stream, schema, bom=bom)
        except BaseException:
            sink.discard()
            raise

    def write(self, batch: pa.RecordBatch) -> None:
        """Writes some rows, and lets none of them wait in a buffer."""
        self._writer.write(batch)
        self._sink.stream.flush()

    def commit(self, notes: Mapping[str, str]) -> None:
        """Ends the file, and gives it its name."""
        self._writer.finish(notes)
        self._sink.commit()

    def discard(self) -> None:
        """Removes what was written."""
        with suppress(Exception):  # finishing may fail too, and the file is removed anyway
            self._writer.finish({})
        self._sink.discard()
