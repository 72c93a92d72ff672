"""Parquet files of events: how each is read, and the times of its events."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import duckdb

from loguro_async.emulator.columns import (
    COLUMNS,
    REQUIRED,
    TIMESTAMP,
    ColumnTypeError,
    conversions,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SCHEMAS: Final = """
    SELECT file_name, list([name, type, converted_type, logical_type, duckdb_type,
        num_children::VARCHAR, repetition_type]) AS signature
    FROM parquet_schema($files) GROUP BY file_name
"""
_HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
_READ: Final = "read_parquet($files, hive_partitioning = false, filename = 'the_file')"


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file with events.

    Attributes:
        path: Where it is.
        select: SQL of the columns of an event, from the columns of the file.
        schema: The same for files with the same columns of the same types.
        first_ms: The time of its first event, in milliseconds since 1970; `None` without events.
        last_ms: The time of its last event.
    """

    path: Path
    select: str
    schema: int
    first_ms: int | None
    last_ms: int | None

    def overlaps(self, start_ms: int, end_ms: int) -> bool:
        """Whether events of the file may lie between two times, the second one excluded."""
        if self.first_ms is None or self.last_ms is None:
            return False
        return self.first_ms < end_ms and start_ms <= self.last_ms


def inspect_files(
    connection: duckdb.DuckDBPyConnection, paths: Iterable[Path]
) -> tuple[EventFile, ...]:
    """Returns files of events, sorted by the time of their first event.

    Raises:
        ValueError: A file is no Parquet, or a column is missing or cannot be converted.
    """
    by_schema: dict[tuple[object, ...], list[Path]] = {}
    for path, signature in _signatures(connection, list(paths)).items():
        by_schema.setdefault((signature, *_folder_values(path).items()), []).append(path)
    found = [
        file
        for number, group in enumerate(by_schema.values())
        for file in _inspect_group(connection, group, number)
    ]
    return tuple(sorted(found, key=lambda file: (file.first_ms or 0, file.path)))


def _folder_values(path: Path) -> dict[str, str | None]:
    """Returns the columns that folders such as `country_code=RO` give, as Hive and others write."""
    named = (part.split("=", 1) for part in path.parts[:-1] if "=" in part)
    return {
        name.lower(): None if value == _HIVE_NULL else unquote(value)
        for name, value in named
        if name.lower() in COLUMNS
    }


def patterns(paths: Iterable[Path]) -> list[str]:
    """Returns paths as DuckDB expects them: as patterns, with their wildcards escaped."""
    return [glob.escape(str(path)) for path in paths]


def _signatures(connection: duckdb.DuckDBPyConnection, paths: list[Path]) -> dict[Path, str]:
    """Returns a text for each file that is the same for files with the same columns.

    Raises:
        ValueError: A file is no Parquet.
    """
    if not paths:
        return {}
    try:
        rows = connection.execute(_SCHEMAS, {"files": patterns(paths)}).fetchall()
    except duckdb.Error as error:
        if len(paths) > 1:  # one by one, to find the file that is invalid
            return {
                path: text for one in paths for path, text in _signatures(connection, [one]).items()
            }
        message = f"{paths[0]} is no valid Parquet file: {error}"
        raise ValueError(message) from error
    signatures = {str(name): str(signature) for name, signature in rows}
    return {path: signatures[str(path)] for path in paths}


def _inspect_group(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], schema: int
) -> Iterator[EventFile]:
    """Yields files that have the same columns."""
    sql = f"DESCRIBE SELECT * EXCLUDE the_file FROM {_READ}"
    described = connection.execute(sql, {"files": patterns(paths[:1])}).fetchall()
    found = {str(row[0]).lower(): str(row[1]) for row in described}
    try:
        converted = conversions(found, _folder_values(paths[0]))
    except KeyError as missing:
        message = f"{paths[0]} lacks the column {missing.args[0]}, which every event needs"
        raise ValueError(message) from None
    except ColumnTypeError as error:
        message = (
            f"the column {error.column} of {paths[0]} has the type {error.found}, "
            f"which cannot be converted: write it as {error.wanted}"
        )
        raise ValueError(message) from None
    select = ", ".join(f"{sql} AS {name}" for name, sql in converted.items())
    spans = _check_values(connection, paths, converted, _invalid_values(found, converted))
    for path in paths:
        first_ms, last_ms = spans.get(str(path), (None, None))
        yield EventFile(path, select, schema, first_ms, last_ms)


def _invalid_values(found: Mapping[str, str], converted: Mapping[str, str]) -> dict[str, str]:
    """Returns SQL that tells whether a value is missing or cannot be converted, by column."""
    conditions: dict[str, str] = {}
    for column, sql in converted.items():
        name = source_of(column, found)
        if column in REQUIRED:
            conditions[column] = f"({sql}) IS NULL"
        elif name is not None and sql != name:
            conditions[column] = f"{name} IS NOT NULL AND ({sql}) IS NULL"
    return conditions


def _check_values(
    connection: duckdb.DuckDBPyConnection,
    paths: list[Path],
    converted: Mapping[str, str],
    invalid: Mapping[str, str],
) -> dict[str, tuple[int, int]]:
    """Returns the times of the first and the last event, by file.

    Raises:
        ValueError: A required value is missing, or a value cannot be read or converted.
    """
    counts = ", ".join(f"count(*) FILTER ({sql})" for sql in invalid.values())
    time = converted[TIMESTAMP]
    sql = f"""SELECT the_file, epoch_ms(min({time})), epoch_ms(max({time})), {counts}
        FROM {_READ} GROUP BY the_file"""
    try:
        rows = connection.execute(sql, {"files": patterns(paths)}).fetchall()
    except duckdb.Error as error:
        if len(paths) > 1:  # one by one, to find the file
            checked = [_check_values(connection, [path], converted, invalid) for path in paths]
            return {path: span for spans in checked for path, span in spans.items()}
        message = f"the columns of {paths[0]} cannot be read: {error}"
        raise ValueError(message) from error
    spans: dict[str, tuple[int, int]] = {}
    for path, first_ms, last_ms, *numbers in rows:
        for column, number in zip(invalid, numbers, strict=True):
            if number:
                message = (
                    f"the column {column} of {path} cannot be served: "
                    f"{number} of its values are missing or cannot be converted"
                )
                raise ValueError(message)
        spans[str(path)] = (first_ms, last_ms)
    return spans
