"""Events at rest: Parquet files, a folder for each project and UTC day, queried by DuckDB."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import duckdb

from loguro_async.emulator.ranges import DAY_MS, milliseconds

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]

_COLUMNS: Final = {
    "id": "VARCHAR",
    "event_type": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "path": "VARCHAR",
    "url": "VARCHAR",
    "title": "VARCHAR",
    "referrer": "VARCHAR",
    "visitor_id": "VARCHAR",
    "session_id": "VARCHAR",
    "user_id": "VARCHAR",
    "country_code": "VARCHAR",
    "region": "VARCHAR",
    "city": "VARCHAR",
    "browser_family": "VARCHAR",
    "os_family": "VARCHAR",
    "device_type": "VARCHAR",
    "viewport_width": "INTEGER",
    "viewport_height": "INTEGER",
    "custom_event_name": "VARCHAR",
    "custom_props": "VARCHAR",
}
_SETTINGS: Final = (
    "SET parquet_metadata_cache = true",
    "SET autoinstall_known_extensions = false",
    "SET TimeZone = 'UTC'",
)
_READ_FILES: Final = "read_parquet($files, hive_partitioning = false)"
# DuckDB spreads one query over the cores; more threads here let short queries pass long ones.
_THREADS: Final = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values of its parameters."""

    sql: str
    parameters: dict[str, object] = field(default_factory=dict[str, object])


class Store:
    """The events of some projects. Queries run in threads of their own, a cursor each.

    Args:
        folder: Where the projects' folders are.
        projects: The slugs that are served.

    Raises:
        ValueError: A file is no Parquet, lacks a column, or has one of another type.
    """

    def __init__(self, folder: Path, projects: tuple[str, ...]) -> None:
        self._days = {slug: _files_by_day(folder / f"project={slug}") for slug in projects}
        self._database = duckdb.connect(":memory:")
        for setting in _SETTINGS:
            self._database.execute(setting)
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        self._database.execute(f"CREATE TABLE no_events ({columns})")
        for slug in projects:
            self._check(self.files(slug))
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="loguro-store")

    def files(self, slug: str) -> list[Path]:
        """The files that hold a project's events, oldest day first."""
        return [file for files in self._days[slug].values() for file in files]

    def source(self, slug: str, start_ms: int, end_ms: int) -> Statement:
        """What to select from, to see the days from one moment up to another.

        Args:
            slug: A project.
            start_ms: The first moment wanted, in milliseconds since 1970.
            end_ms: The first moment not wanted any more.
        """
        files = [
            file
            for day, files in self._days[slug].items()
            if start_ms < (day + 1) * DAY_MS and day * DAY_MS < end_ms
            for file in files
        ]
        if not files:
            return Statement("no_events")
        return Statement(_READ_FILES, {"files": _patterns(files)})

    async def rows(self, statement: Statement) -> list[Row]:
        """Answer a query, a mapping for each row, while the event loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._fetch, statement
        )

    async def first_ms(self, slug: str) -> int | None:
        """When a project's first event happened, in milliseconds; `None` without any."""
        for files in self._days[slug].values():
            sql = f"SELECT epoch_ms(min(timestamp)) AS first_ms FROM {_READ_FILES}"
            rows = await self.rows(Statement(sql, {"files": _patterns(files)}))
            first_ms = rows[0]["first_ms"]
            if isinstance(first_ms, int):
                return first_ms
        return None

    def close(self) -> None:
        """Stop the running queries and let go of everything."""
        for cursor in self._cursors:
            cursor.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for cursor in self._cursors:
            cursor.close()
        self._database.close()

    def _fetch(self, statement: Statement) -> list[Row]:
        """Answer a query in this thread."""
        cursor = self._cursor()
        cursor.execute(statement.sql, statement.parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._database.cursor()
            self._cursors.append(cursor)
        return cursor

    def _check(self, files: list[Path]) -> None:
        """Make sure that files brought by the user have the columns that queries need."""
        if not files:
            return
        sql = "SELECT file_name, name, duckdb_type FROM parquet_schema($files)"
        try:
            found = self._database.execute(sql, {"files": _patterns(files)}).fetchall()
        except duckdb.Error as error:
            message = f"a file of {files[0].parents[1]} is no Parquet: {error}"
            raise ValueError(message) from error
        columns = {(str(file), str(name)): kind for file, name, kind in found}
        for file in files:
            wrong = [
                f"{name} {kind}"
                for name, kind in _COLUMNS.items()
                if columns.get((str(file), name)) != kind
            ]
            if wrong:
                message = f"{file} lacks, or has with another type: {', '.join(wrong)}"
                raise ValueError(message)


def _files_by_day(folder: Path) -> dict[int, list[Path]]:
    """A project's files by the day that their folder names, in days since 1970."""
    files: dict[int, list[Path]] = {}
    for file in sorted(folder.glob("day=*/*.parquet")):
        files.setdefault(_day_number(file.parent), []).append(file)
    return files


def _day_number(folder: Path) -> int:
    """The day that a folder such as `day=2026-06-11` names, in days since 1970."""
    try:
        day = date.fromisoformat(folder.name.removeprefix("day="))
    except ValueError:
        message = f"{folder} names no day: call it day=YYYY-MM-DD"
        raise ValueError(message) from None
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC)) // DAY_MS


def _patterns(files: list[Path]) -> list[str]:
    """The paths as DuckDB takes them: as patterns, whose wildcards stand for themselves here."""
    return [
        "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(file))
        for file in files
    ]
