"""Standard input, output and error, whatever they are: closed, full, in any encoding.

A failed write to standard output raises ``OutputError``, which no handler of ``OSError`` takes.
Characters that the encoding lacks are replaced. Messages on standard error are never a reason to
fail.
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
        is_closed_pipe: Whether the reader closed it.
    """

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"cannot write to standard output: {cause.strerror or cause}")
        self.is_closed_pipe = isinstance(cause, BrokenPipeError | ConnectionResetError)


def say(text: str) -> None:
    """Writes a line to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def write_line(text: str) -> None:
    """Writes a line to standard output, for a reader who may wait for it."""
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
    """Refuses to go on where standard input is closed.

    Raises:
        OSError: It is.
    """
    if sys.stdin is None:
        message = "standard input is closed; open it, or give a file"
        raise OSError(message)


def open_standard_input() -> io.BufferedReader:
    """Opens standard input as a file of its own.

    Python cannot end while a thread waits in ``sys.stdin``.

    Raises:
        OSError: Standard input is closed.
    """
    check_standard_input()
    return open(sys.stdin.fileno(), "rb", closefd=False)


def can_show(text: str) -> bool:
    """Returns whether the encoding of standard output has all these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextmanager
def guarded_streams() -> Generator[None]:
    """Replaces ``sys.stdout`` and ``sys.stderr`` inside the block."""
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
        sys.stdout, sys.stderr = stdout, stderr
        for stream in (stdout, stderr):
            _abandon_what_cannot_be_written(stream)


class _Output(io.BufferedIOBase):
    """The bytes of standard output; those of a closed one cannot be written."""

    def __init__(self, stream: BinaryIO | None) -> None:
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
        try:
            if self._stream is None:
                message = "it is closed"
                raise OSError(message)  # noqa: TRY301 - told like all others
            return self._stream.write(body)
        except OSError as error:
            raise OutputError(error) from None

    def flush(self) -> None:
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputError(error) from None

    def close(self) -> None:
        """Does nothing: the stream is Python's own."""


class _Messages(_Output):
    """The bytes of standard error: what cannot be written is dropped."""

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
    """Opens the null device in their place: no other file shall be taken for a standard stream."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _abandon_what_cannot_be_written(stream: TextIO | None) -> None:
    """Lets Python write the rest of a buffer, as it does at its end, to the null device.

    Else it ends with the status 120.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
