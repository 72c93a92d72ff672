"""Reads and writes the standard streams, even if they are closed, full or in a limited encoding.

A failed write to standard output raises ``OutputError``, which no handler of ``OSError`` catches.
Characters that the encoding lacks are replaced. A failed write to standard error is ignored.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Generator

    from _typeshed import ReadableBuffer

_REPLACE: Final = "loguro_async.replace"
_PLAIN: Final = {
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{RIGHTWARDS ARROW}": ">",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{BLACK UP-POINTING TRIANGLE}": "^",
    "\N{BLACK DOWN-POINTING TRIANGLE}": "v",
    "\N{ZERO WIDTH NON-JOINER}": "",
    "\N{ZERO WIDTH JOINER}": "",
    "\N{NO-BREAK SPACE}": " ",
}
"""Replacements in encodings that lack the character; anything else becomes a question mark."""


class OutputError(Exception):
    """Standard output cannot be written.

    Attributes:
        is_closed_pipe: Whether the reader closed the pipe.
    """

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"cannot write to standard output: {cause.strerror or cause}")
        self.is_closed_pipe = isinstance(cause, BrokenPipeError | ConnectionResetError)


def write_message(text: str) -> None:
    """Writes a line to standard error, and flushes it."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def write_line(text: str) -> None:
    """Writes a line to standard output, and flushes it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_output(body: bytes) -> None:
    """Writes bytes to standard output."""
    sys.stdout.flush()
    if not hasattr(sys.stdout, "buffer"):  # a notebook, or a program that collects text
        sys.stdout.write(body.decode())
        return
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def check_standard_input() -> None:
    """Checks that standard input is open.

    Raises:
        OSError: Standard input is closed.
    """
    if sys.stdin is None:
        message = "standard input is closed; open it, or give a file"
        raise OSError(message)


def open_standard_input() -> io.BufferedReader:
    """Opens standard input as another file object.

    Python cannot end while a thread reads from ``sys.stdin``.

    Raises:
        OSError: Standard input is closed.
    """
    check_standard_input()
    return open(sys.stdin.fileno(), "rb", closefd=False)


def can_show(text: str) -> bool:
    """Whether the encoding of standard output has all characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextmanager
def guarded_streams() -> Generator[None]:
    """Replaces ``sys.stdout`` and ``sys.stderr`` by streams that fail as described above."""
    codecs.register_error(_REPLACE, _replaced)
    _occupy_closed_descriptors()
    stdout, stderr = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _guarded(stdout, _Output), _guarded(stderr, _Messages)
    try:
        yield
    finally:
        with suppress(OutputError):
            sys.stdout.flush()
        sys.stderr.flush()
        for guarded, stream in ((sys.stdout, stdout), (sys.stderr, stderr)):
            _abandon_unwritable(guarded, stream)
        sys.stdout, sys.stderr = stdout, stderr


class _Output(io.BufferedIOBase):
    """A binary stream that raises ``OutputError`` for every failed write.

    Attributes:
        drops: Whether nothing is written any more.
    """

    def __init__(self, stream: BinaryIO | None) -> None:
        self.drops = False
        self._stream = stream

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation
        return self._stream.fileno()

    def write(self, body: ReadableBuffer, /) -> int:
        if self.drops:
            return memoryview(body).nbytes
        try:
            if self._stream is None:
                message = "it is closed"
                raise OSError(message)  # noqa: TRY301 - converted below like all others
            return self._stream.write(body)
        except OSError as error:
            raise OutputError(error) from None

    def flush(self) -> None:
        if self._stream is None or self.drops:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError(error) from None

    def close(self) -> None:
        """Does nothing, because Python owns the stream."""


class _Messages(_Output):
    """A binary stream that ignores failed writes."""

    def write(self, body: ReadableBuffer, /) -> int:
        with suppress(OutputError):
            super().write(body)
        return memoryview(body).nbytes

    def flush(self) -> None:
        with suppress(OutputError):
            super().flush()


def _guarded(stream: TextIO | None, kind: type[_Output]) -> TextIO:
    if stream is not None and not hasattr(stream, "buffer"):
        return stream  # text in memory
    body = kind(None if stream is None else stream.buffer)
    encoding = "utf-8" if stream is None else stream.encoding
    return io.TextIOWrapper(
        cast("BinaryIO", body), encoding, _REPLACE, line_buffering=body.isatty()
    )


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in lacking), error.end


def _occupy_closed_descriptors() -> None:
    """Opens the null device for closed descriptors 0 to 2, so that no other file gets them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _abandon_unwritable(guarded: TextIO, stream: TextIO | None) -> None:
    """Drops what is left in the buffers of a stream that cannot be written.

    Python writes them when it exits. A failure then is a traceback, or gives the status 120.
    """
    body = getattr(guarded, "buffer", None)
    if isinstance(body, _Output):
        body.drops = True
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
