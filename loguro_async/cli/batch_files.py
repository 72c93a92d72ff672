"""The files that ``loguro-async batch`` reads and writes, checked before anything is sent."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from loguro_async.cli.batch_output import open_rows
from loguro_async.cli.failed_list import is_listed
from loguro_async.cli.files import STDOUT
from loguro_async.cli.input import STDIN
from loguro_async.cli.options import FileFormat
from loguro_async.errors import InvalidQueryError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from loguro_async.cli.batch_output import RowWriter


def chosen_slug_file(slugs: str | None, failed: Path | None) -> str:
    """Returns the file to read slugs from: the argument, else the list of failed projects.

    Raises:
        InvalidQueryError: There is neither.
    """
    if slugs is not None:
        return slugs
    if failed is None or not is_listed(failed):
        message = "give a file with a slug in each line, or - for stdin"
        raise InvalidQueryError(message)
    return str(failed)


class Target(Struct, frozen=True):
    """The files that a batch writes.

    Attributes:
        out: The file for the rows, or ``-`` for standard output.
        format: The format of the rows.
        failed: The file that lists the projects without a response; ``None`` for no such file.
        bom: Whether CSV begins with a byte order mark.
    """

    out: str
    format: FileFormat
    failed: Path | None = None
    bom: bool = False

    def open(self, shape: Any, *, extend: bool) -> AbstractAsyncContextManager[RowWriter]:  # noqa: ANN401 - a type
        """Opens ``out`` for responses of one type; ``extend`` adds to the rows of the file."""
        extend = extend and self.out != STDOUT and Path(self.out).exists()
        return open_rows(shape, self.out, self.format, extend=extend, bom=self.bom)


def check_distinct_files(slugs: str | None, target: Target) -> None:
    """Checks that the file of slugs, the output and the list of failed projects are not one file.

    Args:
        slugs: The argument FILE; ``None`` if it was not given.
        target: The files to write.

    Raises:
        InvalidQueryError: Two of them are the same file, or the list is standard output.
    """
    if target.failed is not None and str(target.failed) == STDOUT:
        message = "--retry-failed must be a file, got -"
        raise InvalidQueryError(message)
    files: list[tuple[str, str | Path]] = []
    if slugs is not None and slugs != STDIN:
        files.append(("FILE", slugs))
    if target.out != STDOUT:
        files.append(("--out", target.out))
    if target.failed is not None:
        files.append(("--retry-failed", target.failed))
    for (name, path), (other_name, other) in combinations(files, 2):
        if _is_same_file(path, other):
            message = f"{name} and {other_name} are the same file, {path}; give different files"
            raise InvalidQueryError(message)


def _is_same_file(path: str | Path, other: str | Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    with suppress(OSError):  # one of them does not exist
        return Path(path).samefile(other)  # on a file system that ignores case
    return False
