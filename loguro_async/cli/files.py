"""Names of files and of standard output: as arguments, and in errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

STDOUT: Final = "-"


def file_or_stdout(out: Path | None) -> Path | None:
    """Returns a file to write; ``None``, for standard output, if its name is ``-``."""
    return None if out is None or str(out) == STDOUT else out


@contextmanager
def naming_file(path: Path | None) -> Generator[None]:
    """Adds the name of a file to an ``OSError`` that has none, such as the one of a full disk."""
    try:
        yield
    except OSError as error:
        if path is None or error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
