"""Files that a command writes: whole or not there, and named where they cannot be written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from loguro_async.atomic_file import write_atomic

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def naming(path: Path | None) -> Generator[None]:
    """Adds a file's name to the errors of the system that have none, such as a full disk."""
    try:
        yield
    except OSError as error:
        if path is None or error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_file(path: Path, body: bytes) -> None:
    """Writes a file, which appears only when it is whole.

    Raises:
        OSError: It cannot be written.
    """
    with naming(path):
        write_atomic(path, body)
