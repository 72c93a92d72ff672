"""A file that appears under its name only when it is whole.

Until then it has another name in the same folder, hidden and at the end ``.tmp``: a crash leaves
that, and what was there under the name before.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class WholeFile:
    """A file being written; ``keep`` puts it in its place, ``drop`` leaves no trace.

    Args:
        path: Its name in the end. What a link points to is replaced, not the link.

    Raises:
        OSError: The folder is missing or cannot be written to, or the name is taken by something
            that is no file.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))
        if self.path.exists() and not self.path.is_file():
            message = f"{path} is there and no regular file; give another name"
            raise OSError(message)
        if not self.path.parent.is_dir():
            message = f"there is no folder {self.path.parent} to write {self.path.name} into"
            raise FileNotFoundError(message)
        self._unfinished = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.tmp")
        self.stream: BinaryIO = self._unfinished.open("xb")

    def keep(self) -> None:
        """Bring it safely to the disk and give it its name.

        Raises:
            OSError: The disk is full, or the folder is gone.
        """
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        self._unfinished.replace(self.path)
        _sync_folder(self.path.parent)

    def drop(self) -> None:
        """Remove what was written; what was there before stays."""
        with suppress(OSError):  # what could not be written is not wanted any more
            self.stream.close()
        self._unfinished.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what writers of ``path`` that were killed have left behind."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        leftover.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened, and a rename is not lost
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
