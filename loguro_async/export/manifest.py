"""The plan of an export, and the record of each day's file."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyarrow import parquet

from loguro_async.atomic_file import write_atomic
from loguro_async.errors import InvalidQueryError
from loguro_async.export.formats import FileFormat

if TYPE_CHECKING:
    from pathlib import Path

_VERSION: Final = 1
_PLAN: Final = "export.json"
NOTE: Final = "loguro.export"
"""The key of a day's record in the metadata of its Parquet file."""


class Plan(Struct, frozen=True, kw_only=True):
    """The properties that all files of one project's export share.

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
    """The contents of one day's file.

    Attributes:
        plan: The plan of the export.
        day: The day.
        is_closed: Whether the day was over when it was fetched.
        events: How many rows there are.
    """

    plan: Plan
    day: dt.date
    is_closed: bool
    events: int


def record_in(file: Path) -> DayRecord | None:
    """Returns the record of a day's Parquet file; ``None`` where the file is missing or broken."""
    try:
        note = (parquet.read_metadata(file).metadata or {})[NOTE.encode()]
        return msgspec.json.decode(note, type=DayRecord)
    except (OSError, KeyError, pa.ArrowInvalid, msgspec.DecodeError):
        return None


def claim(home: Path, staging: Path, plan: Plan) -> None:
    """Notes the plan of a project's folder, and takes over one of an older version.

    Args:
        home: The project's folder, which need not exist.
        staging: The folder where plans and records are.
        plan: What is to be exported.

    Raises:
        InvalidQueryError: The folder holds an export of another filter, time zone or format.
        OSError: It cannot be read or written.
    """
    noted = staging / _PLAN
    own = msgspec.json.encode(plan)
    for found in _plans_of(home, noted):
        if found != own:
            message = (
                f"{home} holds another export, {found.decode(errors='replace')}; "
                "give the same filter, tz and format, or another folder"
            )
            raise InvalidQueryError(message)
    if not noted.exists():
        write_atomic(noted, own)
    _take_over(home, staging)


def _plans_of(home: Path, noted: Path) -> list[bytes]:
    """Returns the plans that a folder was filled by, as they were noted."""
    files = [path for path in (noted, home / f"_{_PLAN}") if path.exists()]
    if files:
        return [path.read_bytes() for path in files]
    records = (record_in(path) for path in home.glob("day=*/events.parquet"))
    found = next((record for record in records if record is not None), None)
    return [] if found is None else [msgspec.json.encode(found.plan)]


def _take_over(home: Path, staging: Path) -> None:
    """Moves the records of older versions, and removes their unfinished files."""
    for record in home.glob("day=*/_events.*.json"):
        day = record.parent.name.removeprefix("day=")
        name = f"{day}.{record.name.split('.')[1]}.json"
        write_atomic(staging / name, record.read_bytes())
        record.unlink()
    for unfinished in (*home.glob(".*.tmp"), *home.glob("day=*/.*.tmp")):
        unfinished.unlink(missing_ok=True)
    (home / f"_{_PLAN}").unlink(missing_ok=True)
    for folder in home.glob("day=*"):
        with suppress(OSError):  # only an empty folder, of a day that failed, goes
            folder.rmdir()
