"""Rows into one file or stream, blocking: a format on top of a sink."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Protocol

from loguro_async.export.formats import FileFormat, writer_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


class Sink(Protocol):
    """Where bytes go, and what becomes of them in the end."""

    stream: BinaryIO

    def keep(self) -> None:
        """What was written is whole."""
        ...

    def drop(self) -> None:
        """What was written is not wanted."""
        ...


class OpenStream:
    """A stream of the caller's, such as standard output: what is written there is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def keep(self) -> None:
        """Let nothing wait in a buffer."""
        self.stream.flush()

    def drop(self) -> None:
        """Nothing: it cannot be taken back."""


class RowFile:
    """A sink, and the writer of rows into it."""

    def __init__(self, sink: Sink, format: FileFormat, schema: pa.Schema) -> None:
        self._sink = sink
        try:
            self._writer = writer_for(format, sink.stream, schema)
        except BaseException:
            sink.drop()
            raise

    def write(self, batch: pa.RecordBatch) -> None:
        """Write some rows, and let none of them wait in a buffer."""
        self._writer.write(batch)
        self._sink.stream.flush()

    def keep(self, notes: Mapping[str, str]) -> None:
        """End the file, and put it in its place."""
        self._writer.finish(notes)
        self._sink.keep()

    def drop(self) -> None:
        """Remove what was written."""
        with suppress(Exception):  # the end of a file that may be what failed, and goes anyway
            self._writer.finish({})
        self._sink.drop()
