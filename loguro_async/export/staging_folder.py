"""The staging folder of an export: a lock, unfinished files, and records.

The staging folder lies beside the folder of the export and not in it, because some readers of whole
folders refuse a folder with files of another format.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from loguro_async.atomic_file import naming
from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from pathlib import Path

_LOG: Final = logging.getLogger("loguro_async")
_SUFFIX: Final = ".loguro-export"


class ExportRunningError(LoguroError):
    """Another export is writing to the same folder."""


class _Holder(Struct, frozen=True):
    """The process that holds a lock."""

    pid: int
    host: str
    since: dt.datetime

    def __str__(self) -> str:
        """Returns the process, and how long it has been running."""
        seconds = max(0.0, (dt.datetime.now(dt.UTC) - self.since).total_seconds())
        age = dt.timedelta(seconds=round(seconds))
        where = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"process {self.pid}{where}, running for {age}"


class StagingFolder:
    """The staging folder of one project's export into one folder, locked while it is open.

    Args:
        folder: The folder of the export.
        project: The slug.

    Raises:
        ExportRunningError: Another export of the project into the folder is running.
        OSError: It cannot be written.
    """

    def __init__(self, folder: Path, project: str) -> None:
        self.path = staging_folder_of(folder) / f"project={project}"
        self._holder = self.path / "holder.json"
        # Not bound to a thread: each step of an export may run in another one.
        self._lock = FileLock(self.path / "lock", thread_local=False)
        self._open(folder)
        for unfinished in self.path.glob(".*.tmp"):  # of exports that were killed
            unfinished.unlink(missing_ok=True)

    def _open(self, folder: Path, attempts: int = 10) -> None:
        try:
            with naming(folder):
                self.path.mkdir(parents=True, exist_ok=True)
            self._acquire(folder)
        except (FileNotFoundError, FileExistsError):
            if attempts == 0:
                raise
            self._open(folder, attempts - 1)  # another export has just removed the folder

    def _acquire(self, folder: Path) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            message = (
                f"another export is writing to {folder} ({self._held_by()}); run this one again "
                "when it has ended, or give another folder"
            )
            raise ExportRunningError(message) from None
        except FileNotFoundError:
            raise
        except (NotImplementedError, OSError) as error:
            _LOG.warning(
                "export: %s cannot be locked (%s); run one export at a time", folder, error
            )
            return
        own = _Holder(os.getpid(), socket.gethostname(), dt.datetime.now(dt.UTC))
        self._holder.write_bytes(msgspec.json.encode(own))

    def _held_by(self) -> str:
        try:
            return str(msgspec.json.decode(self._holder.read_bytes(), type=_Holder))
        except (OSError, msgspec.DecodeError):  # it has just begun, or just ended
            return "started just now"

    def close(self, *, is_needed: bool = True) -> None:
        """Releases the lock.

        Args:
            is_needed: Whether the folder stays for the next export; else it is removed.
        """
        if not self._lock.is_locked:
            return
        self._holder.unlink(missing_ok=True)
        if not is_needed:
            with suppress(OSError):  # Windows removes no lock that is open
                for file in self.path.iterdir():
                    file.unlink()
                self.path.rmdir()
                self.path.parent.rmdir()  # if no other project uses it
        self._lock.release()


def staging_folder_of(folder: Path) -> Path:
    """Returns where a folder's staging folders are: beside it, or in it where that cannot be."""
    real = folder.resolve()
    beside, inside = real.parent / f".{real.name}{_SUFFIX}", real / _SUFFIX
    if inside.exists() and not beside.exists():
        return inside
    return beside if _can_be_beside(real) else inside


def _can_be_beside(folder: Path) -> bool:
    """Returns whether files can be made beside a folder, and moved into it."""
    parent = folder.parent
    if not folder.exists():
        return True  # it is about to be made there
    with suppress(OSError):
        is_same_disk = parent.stat().st_dev == folder.stat().st_dev
        return folder != parent and is_same_disk and os.access(parent, os.W_OK)
    return False
