"""Slugs from a file or a pipe, one in each line, read as they are needed."""

from __future__ import annotations

import asyncio
import codecs
import io
import threading
from collections import Counter
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from loguro_async.cli.standard_streams import open_standard_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

STDIN: Final = "-"
_READ_AHEAD: Final = 1_000
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class SlugSource:
    """The slugs of a file or a pipe, and which of them have no result yet.

    Empty lines and lines that start with ``#`` are skipped. A file may begin with a byte order
    mark, as PowerShell writes it, and is then read as UTF-8 or UTF-16.

    Args:
        source: A file, or ``-`` for standard input.

    Attributes:
        name: The file, or ``standard input``.
        total: The number of slugs; ``None`` for a pipe.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not text in UTF-8.
    """

    def __init__(self, source: str) -> None:
        self.name = "standard input" if source == STDIN else source
        self._source = source
        self._is_file = source != STDIN and Path(source).is_file()
        self.total = sum(1 for _ in self._read()) if self._is_file else None
        self._taken = 0
        self._pending: Counter[str] = Counter()
        self._reader: _Reader | None = None

    async def __aiter__(self) -> AsyncIterator[str]:
        self._reader = _Reader(self._open, self._source)
        async for slug in self._reader:
            self._taken += 1
            self._pending[slug] += 1
            yield slug

    def finish(self, slug: str) -> None:
        """Records that a slug has a result."""
        self._pending[slug] -= 1
        if not self._pending[slug]:
            del self._pending[slug]

    def unfinished(self) -> Iterator[str]:
        """Yields the slugs without a result; of a pipe, only those that were read from it."""
        yield from self._pending.elements()
        if self._is_file:
            yield from islice(self._read(), self._taken, None)
        elif self._reader is not None:
            yield from self._reader.read_ahead()

    def _open(self) -> io.BufferedReader:
        return open_standard_input() if self._source == STDIN else Path(self._source).open("rb")

    def _read(self) -> Iterator[str]:
        with _text(self._open()) as lines:
            yield from _slugs(lines, self._source)


def open_text(path: Path) -> TextIO:
    """Opens a file as text in UTF-8 or UTF-16, without its byte order mark."""
    return _text(path.open("rb"))


def _text(binary: io.BufferedReader) -> TextIO:
    """Returns a file as text, without its byte order mark; waits for the first bytes of a pipe."""
    encoding = "utf-16" if binary.peek(2)[:2] in _UTF16 else "utf-8-sig"
    return io.TextIOWrapper(binary, encoding)


def _slugs(lines: Iterable[str], name: str) -> Iterator[str]:
    try:
        for line in lines:
            slug = line.strip()
            if slug and not slug.startswith("#"):
                yield slug
    except UnicodeDecodeError as error:
        message = f"cannot decode {name} as {error.encoding}: {error.reason}; save it as UTF-8"
        raise ValueError(message) from None


class _Reader:
    """Reads slugs in a thread, because reading from a pipe blocks.

    The thread is a daemon, so that the program can end while it blocks. It opens the file itself,
    because closing a file from another thread waits for the read to end.
    """

    def __init__(self, open_file: Callable[[], io.BufferedReader], name: str) -> None:
        self._open = open_file  # opening a pipe waits for its writer
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._slugs: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self._room = threading.Semaphore(_READ_AHEAD)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            with self._open() as binary, _text(binary) as lines:
                for slug in _slugs(lines, self._name):
                    self._room.acquire()
                    self._put(slug)
        except (OSError, ValueError) as error:
            end = error
        self._put(end)

    def _put(self, slug: str | BaseException | None) -> None:
        with suppress(RuntimeError):  # the program has ended, and its loop with it
            self._loop.call_soon_threadsafe(self._slugs.put_nowait, slug)

    def read_ahead(self) -> Iterator[str]:
        """Yields the slugs that were read but not processed."""
        while not self._slugs.empty():
            slug = self._slugs.get_nowait()
            if isinstance(slug, str):
                yield slug

    async def __aiter__(self) -> AsyncIterator[str]:
        while (slug := await self._slugs.get()) is not None:
            if isinstance(slug, BaseException):
                raise slug
            self._room.release()
            yield slug
