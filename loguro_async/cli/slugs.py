"""Slugs from a file or a pipe, a line each, taken as they are needed."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STDIN: Final = "-"
_READ_AHEAD: Final = 1_000


def count_slugs(source: str) -> int | None:
    """How many there are; ``None`` of a pipe, which nobody can look into.

    Raises:
        OSError: The file cannot be read.
    """
    if source == STDIN or not Path(source).is_file():
        return None
    with Path(source).open(encoding="utf-8-sig") as file:
        return sum(1 for line in file if _slug(line))


async def read_slugs(source: str) -> AsyncIterator[str]:
    """The slugs of a file, or of standard input for ``-``; empty lines and ``# …`` are none.

    Raises:
        OSError: The file cannot be read.
        UnicodeDecodeError: It is no text.
    """
    async for line in _Lines(_open(source)):
        if slug := _slug(line):
            yield slug


def _open(source: str) -> TextIO:
    if source != STDIN:
        return Path(source).open(encoding="utf-8-sig")
    # A file of its own: Python cannot end while a thread waits in sys.stdin.
    return open(sys.stdin.fileno(), encoding="utf-8-sig", closefd=False)


def _slug(line: str) -> str:
    text = line.strip()
    return "" if text.startswith("#") else text


class _Lines:
    """Lines that a thread reads: whoever writes into the pipe may take its time.

    The thread is a daemon, so that the program can end before the pipe does, and the file is its
    own: closing it from elsewhere would wait for the thread.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self._room = threading.Semaphore(_READ_AHEAD)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            with self._file as lines:
                for line in lines:
                    self._room.acquire()
                    self._put(line)
        except (OSError, ValueError) as error:
            end = error
        self._put(end)

    def _put(self, line: str | BaseException | None) -> None:
        with suppress(RuntimeError):  # the program has ended, and its loop with it
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._lines.get()) is not None:
            if isinstance(line, BaseException):
                raise line
            self._room.release()
            yield line
