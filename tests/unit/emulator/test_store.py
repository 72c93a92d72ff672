from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from loguro_async.emulator.columns import COLUMNS
from loguro_async.emulator.parquet_folder import ParquetFolder
from loguro_async.emulator.ranges import DAY_MS, milliseconds
from loguro_async.emulator.store import Statement, Store
from tests.events_by_hand import event, write, write_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIDNIGHT = datetime(2026, 6, 11, tzinfo=UTC)
MIDNIGHT_MS = milliseconds(MIDNIGHT)
TOMORROW_MS = MIDNIGHT_MS + DAY_MS


def open_store(folder: Path, *projects: str) -> Store:
    return Store(ParquetFolder.scan(folder).assign(projects))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    write(tmp_path, "local", [event(day, f"2026-06-{day:02} 12:00", "/") for day in (9, 10, 11)])
    store = open_store(tmp_path, "local", "empty")
    yield store
    store.close()


def row(hours: float, **values: object) -> dict[str, object]:
    """The values of all columns of an event, some hours after midnight."""
    return dict.fromkeys(COLUMNS) | {"timestamp": MIDNIGHT + timedelta(hours=hours)} | values


def days_read(store: Store, start_ms: int, end_ms: int) -> int:
    source = store.source("local", start_ms, end_ms, TOMORROW_MS)
    files: Any = [value for name, value in source.parameters.items() if name.startswith("files_")]
    return sum(map(len, files))


async def paths(store: Store, project: str, present_ms: int = TOMORROW_MS) -> list[str]:
    source = store.source(project, 0, TOMORROW_MS, present_ms)
    sql = f"SELECT path FROM ({source.sql}) ORDER BY path"  # noqa: S608 - its own
    return [found["path"] for found in await store.rows(Statement(sql, source.parameters))]


@pytest.mark.parametrize(
    ("start", "end", "files"),
    [
        (0, DAY_MS, 1),
        (-DAY_MS, 0, 1),
        (-DAY_MS, DAY_MS, 2),
        (-2 * DAY_MS, DAY_MS, 3),
        (-100 * DAY_MS, 100 * DAY_MS, 3),
        (DAY_MS, 2 * DAY_MS, 0),
        (DAY_MS // 2, DAY_MS // 2 + 1, 1),
        (0, DAY_MS // 2, 0),
    ],
)
def test_only_files_with_events_of_the_window_are_read(
    store: Store, start: int, end: int, files: int
) -> None:
    assert days_read(store, MIDNIGHT_MS + start, MIDNIGHT_MS + end) == files


async def test_rows_are_mappings(store: Store) -> None:
    rows = await store.rows(Statement("SELECT $a AS a, 2 AS b", {"a": "x"}))
    assert rows == [{"a": "x", "b": 2}]


async def test_concurrent_queries_get_their_own_rows(store: Store) -> None:
    numbers = [
        store.rows(Statement("SELECT $n + sum(range) AS n FROM range(1000)", {"n": number}))
        for number in range(40)
    ]
    found = [rows[0]["n"] for rows in await asyncio.gather(*numbers)]
    assert found == [499_500 + number for number in range(40)]


async def test_a_query_that_fails_does_not_affect_the_next_one(store: Store) -> None:
    for _ in range(5):
        with pytest.raises(duckdb.Error):
            await store.rows(Statement("SELECT nothing"))
    assert await store.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


async def test_the_first_event(store: Store) -> None:
    noon_ms = MIDNIGHT_MS - 2 * DAY_MS + DAY_MS // 2
    assert await store.first_ms("local", TOMORROW_MS) == noon_ms
    assert await store.first_ms("empty", TOMORROW_MS) is None
    store.add("local", row(-72))
    store.add("empty", row(1))
    assert await store.first_ms("local", TOMORROW_MS) == MIDNIGHT_MS - 3 * DAY_MS
    assert await store.first_ms("empty", TOMORROW_MS) == MIDNIGHT_MS + DAY_MS // 24
    assert await store.first_ms("empty", MIDNIGHT_MS) is None


async def test_files_without_rows_have_no_first_event(tmp_path: Path) -> None:
    write_day(tmp_path, "local", "2026-06-10", [])
    store = open_store(tmp_path, "local")
    assert await store.first_ms("local", TOMORROW_MS) is None
    store.close()


async def test_a_project_without_files_has_every_column_and_no_row(store: Store) -> None:
    source = store.source("empty", 0, MIDNIGHT_MS, TOMORROW_MS)
    sql = f"SELECT id, custom_props, epoch_ms(timestamp) FROM ({source.sql})"  # noqa: S608 - its own
    assert await store.rows(Statement(sql, source.parameters)) == []
    assert store.files("empty") == []


async def test_added_events_are_beside_those_of_files_once_they_happened(store: Store) -> None:
    store.add("local", row(13, path="/now"))
    store.add("local", row(20, path="/later"))
    store.add("empty", row(13, path="/elsewhere"))
    assert await paths(store, "local") == ["/", "/", "/", "/later", "/now"]
    assert await paths(store, "empty") == ["/elsewhere"]
    afternoon_ms = MIDNIGHT_MS + 14 * DAY_MS // 24
    assert await paths(store, "local", afternoon_ms) == ["/", "/", "/", "/now"]


async def test_the_events_of_an_added_file_stay_when_it_is_removed(
    store: Store, tmp_path: Path
) -> None:
    write(tmp_path / "more", "x", [event(7, "2026-06-11 01:00", "/more")])
    (file,) = (tmp_path / "more").rglob("*.parquet")
    store.add_file("empty", file)
    file.unlink()
    assert await paths(store, "empty") == ["/more"]
    assert store.files("empty") == []


def test_it_can_be_closed_before_any_query(tmp_path: Path) -> None:
    open_store(tmp_path, "local").close()
