"""A file that appears under its name only when it is complete.

An unfinished file has a hidden name that ends in ``.tmp``. A crash leaves that, and the file that
had the name before.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def naming(path: Path) -> Generator[None]:
    """Makes each ``OSError`` of the block name this file, not a temporary one."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


class AtomicFile:
    """A file being written; ``commit`` gives it its name, ``discard`` removes it.

    Args:
        path: Its final name. The target of a link is replaced, not the link.
        staging: Where the unfinished file lies, a folder on the same file system; left out, the
            folder of ``path``. With it, the folder of ``path`` is made by ``commit``.

    Raises:
        OSError: The folder is missing or cannot be written to, or the path is no regular file.
    """

    def __init__(self, path: Path, *, staging: Path | None = None) -> None:
        self.path = Path(os.path.realpath(path))
        if self.path.exists() and not self.path.is_file():
            message = f"{path} exists and is no regular file; give another name"
            raise OSError(message)
        folder = staging or self.path.parent
        if not folder.is_dir():
            message = f"there is no folder {folder} to write {path.name} into; make it first"
            raise FileNotFoundError(message)
        self._makes_folder = staging is not None
        self._unfinished = folder / f".{self.path.name}.{secrets.token_hex(4)}.tmp"
        self._given = path
        with naming(path):
            self.stream: BinaryIO = self._unfinished.open("xb")

    def commit(self) -> None:
        """Writes the file to the disk, and gives it its name.

        Raises:
            OSError: The disk is full, or the folder is gone.
        """
        with naming(self._given):
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()
            if self._makes_folder:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._unfinished.replace(self.path)
        _sync_folder(self.path.parent)

    def discard(self) -> None:
        """Removes the unfinished file; an existing file stays as it was."""
        with suppress(OSError):  # closing writes the buffer, which fails again on a full disk
            self.stream.close()
        self._unfinished.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes, *, staging: Path | None = None) -> None:
    """Writes a small file, which appears only when it is complete.

    Raises:
        OSError: It cannot be written.
    """
    file = AtomicFile(path, staging=staging)
    try:
        with naming(path):
            file.stream.write(content)
        file.commit()
    except BaseException:
        file.discard()
        raise


def _sync_folder(folder: Path) -> None:
    # The file has its name already: some file systems (CIFS, FUSE) cannot sync a folder, others
    # cannot open one.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
