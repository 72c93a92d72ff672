"""Stored events: Parquet files and the events that were added since, queried by DuckDB."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import duckdb

from loguro_async.emulator.columns import COLUMNS, TIMESTAMP
from loguro_async.emulator.event_files import EventFile, inspect_files, patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Row = dict[str, Any]

_SETTINGS: Final = (
    "SET parquet_metadata_cache = true",
    "SET autoinstall_known_extensions = false",
    "SET TimeZone = 'UTC'",
)
_LISTED: Final = ", ".join(COLUMNS)
_TYPED: Final = ", ".join(
    f"{name} {'TIMESTAMP' if name == TIMESTAMP else 'VARCHAR'}" for name in COLUMNS
)
_ADDED: Final = f"""SELECT {_LISTED} FROM added
    WHERE project = $project AND timestamp < epoch_ms($present_ms)"""
_INSERT: Final = f"INSERT INTO added SELECT $project, {', '.join(f'${name}' for name in COLUMNS)}"
_INSERT_FILE: Final = """INSERT INTO added SELECT $project, {select}
    FROM read_parquet($files, hive_partitioning = false)"""
# DuckDB spreads one query over the cores; more threads here let short queries pass long ones.
_THREADS: Final = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values of its parameters."""

    sql: str
    parameters: dict[str, object] = field(default_factory=dict[str, object])


class Store:
    """The events of some projects. Queries run in threads of their own, with a cursor each.

    Args:
        files: The Parquet files of each project.

    Raises:
        ValueError: A file cannot be served; the message names it, and the column.
    """

    def __init__(self, files: Mapping[str, Iterable[Path]]) -> None:
        self._database = duckdb.connect(":memory:")
        for setting in _SETTINGS:
            self._database.execute(setting)
        self._database.execute(f"CREATE TABLE added (project VARCHAR, {_TYPED})")
        self._files = {slug: inspect_files(self._database, paths) for slug, paths in files.items()}
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="loguro-store")
        self._adding = threading.Lock()
        self._adds_to = self._database.cursor()
        self._with_added: set[str] = set()

    def files(self, slug: str) -> list[Path]:
        """Returns the files with a project's events, sorted by the time of their first event."""
        return [file.path for file in self._files[slug]]

    def add(self, slug: str, event: Mapping[str, object]) -> None:
        """Adds an event to a project, from any thread.

        Args:
            slug: The project.
            event: The values of all columns.
        """
        with self._adding:
            self._adds_to.execute(_INSERT, {"project": slug, **event})
            self._with_added.add(slug)

    def add_file(self, slug: str, path: Path) -> None:
        """Adds the events of a file to a project; the file is not read again."""
        with self._adding:
            (file,) = inspect_files(self._adds_to, [path])
            self._adds_to.execute(
                _INSERT_FILE.format(select=file.select),
                {"project": slug, "files": patterns([path])},
            )
            self._with_added.add(slug)

    def source(self, slug: str, start_ms: int, end_ms: int, present_ms: int) -> Statement:
        """Returns SQL that gives a project's events, those between two times among them.

        Args:
            slug: A project.
            start_ms: The first time that is needed, in milliseconds since 1970.
            end_ms: The first time that is not needed any more.
            present_ms: The end of the present: added events are visible once they happened.
        """
        by_schema: dict[int, list[EventFile]] = {}
        for file in self._files[slug]:
            if file.overlaps(start_ms, end_ms):
                by_schema.setdefault(file.schema, []).append(file)
        parts: list[str] = []
        parameters: dict[str, object] = {}
        for schema, files in by_schema.items():
            parts.append(
                f"SELECT {files[0].select} "
                f"FROM read_parquet($files_{schema}, hive_partitioning = false)"
            )
            parameters[f"files_{schema}"] = patterns(file.path for file in files)
        if slug in self._with_added or not parts:
            parts.append(_ADDED)
            parameters |= {"project": slug, "present_ms": present_ms}
        return Statement(" UNION ALL ".join(parts), parameters)

    async def rows(self, statement: Statement) -> list[Row]:
        """Runs a query in a thread, and returns a mapping for each row."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._fetch, statement
        )

    async def first_ms(self, slug: str, present_ms: int) -> int | None:
        """Returns the time of a project's first event, in milliseconds; `None` without any."""
        times = [file.first_ms for file in self._files[slug] if file.first_ms is not None]
        if slug in self._with_added:
            sql = f"SELECT epoch_ms(min(timestamp)) AS first_ms FROM ({_ADDED})"
            parameters: dict[str, object] = {"project": slug, "present_ms": present_ms}
            rows = await self.rows(Statement(sql, parameters))
            times += [row["first_ms"] for row in rows if row["first_ms"] is not None]
        return min(times, default=None)

    def close(self) -> None:
        """Stops running queries and releases everything."""
        for cursor in self._cursors:
            cursor.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        with self._adding:
            for cursor in (*self._cursors, self._adds_to):
                cursor.close()
            self._database.close()

    def _fetch(self, statement: Statement) -> list[Row]:
        """Runs a query in this thread."""
        cursor = self._cursor()
        cursor.execute(statement.sql, statement.parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Returns this thread's cursor."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._database.cursor()
            self._cursors.append(cursor)
        return cursor
