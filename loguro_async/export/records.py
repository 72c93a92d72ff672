"""What an export is of, and what the file of each of its days holds."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from loguro_async.errors import InvalidQueryError
from loguro_async.export.formats import FileFormat
from loguro_async.whole_file import WholeFile, remove_leftovers

if TYPE_CHECKING:
    from pathlib import Path

_VERSION: Final = 1


class Plan(Struct, frozen=True, kw_only=True):
    """What all files of one project's export have in common.

    Attributes:
        project: The slug.
        filter: The canonical text of the filter.
        tz: The time zone that days are of.
        format: How the rows are written.
        version: How the files are laid out.
    """

    project: str
    filter: str
    tz: str
    format: FileFormat
    version: int = _VERSION


class DayRecord(Struct, frozen=True):
    """What the file of one day holds.

    Attributes:
        plan: What it was asked for.
        day: The day.
        is_closed: Whether the day was over and settled when it was fetched.
        events: How many rows there are.
    """

    plan: Plan
    day: dt.date
    is_closed: bool
    events: int


def claim(folder: Path, plan: Plan) -> None:
    """Make a folder for this plan, or see that it is of the same one.

    Raises:
        InvalidQueryError: It holds an export of another filter, time zone or format.
        OSError: It cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "_export.json"
    if not path.exists():
        with suppress(FileNotFoundError):  # taken away by a run that came first, just below
            write_whole(path, msgspec.json.encode(plan))
    remove_leftovers(path)
    found = path.read_bytes()
    if found != msgspec.json.encode(plan):
        message = (
            f"{folder} holds another export, {found.decode(errors='replace')}; "
            "give the same filter, tz and format, or another folder"
        )
        raise InvalidQueryError(message)


def write_whole(path: Path, text: bytes) -> None:
    """Write a small file, which appears only when it is whole.

    Raises:
        OSError: It cannot be written.
    """
    file = WholeFile(path)
    try:
        file.stream.write(text)
        file.keep()
    except BaseException:
        file.drop()
        raise
