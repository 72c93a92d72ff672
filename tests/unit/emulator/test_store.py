from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from loguro_async.emulator.ranges import DAY_MS, milliseconds
from loguro_async.emulator.store import Statement, Store
from tests.events_by_hand import event, write, write_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIDNIGHT_MS = milliseconds(datetime(2026, 6, 11, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    write(tmp_path, "local", [event(day, f"2026-06-{day:02} 12:00", "/") for day in (9, 10, 11)])
    store = Store(tmp_path, ("local", "empty"))
    yield store
    store.close()


def days_read(store: Store, start_ms: int, end_ms: int) -> int:
    files: Any = store.source("local", start_ms, end_ms).parameters.get("files", [])
    return len(files)


@pytest.mark.parametrize(
    ("start", "end", "files"),
    [
        (0, 1, 1),
        (-1, 0, 1),
        (-1, 1, 2),
        (-2 * DAY_MS, DAY_MS, 3),
        (-100 * DAY_MS, 100 * DAY_MS, 3),
        (DAY_MS, 2 * DAY_MS, 0),
        (0, 0, 0),
    ],
)
def test_only_the_days_of_the_window_are_read(
    store: Store, start: int, end: int, files: int
) -> None:
    assert days_read(store, MIDNIGHT_MS + start, MIDNIGHT_MS + end) == files


async def test_rows_are_mappings(store: Store) -> None:
    rows = await store.rows(Statement("SELECT $a AS a, 2 AS b", {"a": "x"}))
    assert rows == [{"a": "x", "b": 2}]


async def test_queries_run_side_by_side(store: Store) -> None:
    numbers = [
        store.rows(Statement("SELECT $n + sum(range) AS n FROM range(1000)", {"n": number}))
        for number in range(40)
    ]
    found = [rows[0]["n"] for rows in await asyncio.gather(*numbers)]
    assert found == [499_500 + number for number in range(40)]


async def test_a_query_that_fails_leaves_the_next_one_alone(store: Store) -> None:
    for _ in range(5):
        with pytest.raises(duckdb.Error):
            await store.rows(Statement("SELECT nothing"))
    assert await store.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


async def test_the_first_event(store: Store) -> None:
    assert await store.first_ms("local") == MIDNIGHT_MS - 2 * DAY_MS + DAY_MS // 2
    assert await store.first_ms("empty") is None


async def test_files_without_rows_have_no_first_event(tmp_path: Path) -> None:
    write_day(tmp_path, "local", "2026-06-10", [])
    store = Store(tmp_path, ("local",))
    assert await store.first_ms("local") is None
    store.close()


async def test_a_project_without_files_has_every_column_and_no_row(store: Store) -> None:
    source = store.source("empty", 0, MIDNIGHT_MS)
    sql = f"SELECT id, custom_props, epoch_ms(timestamp) FROM {source.sql}"  # noqa: S608 - its own
    assert await store.rows(Statement(sql, source.parameters)) == []
    assert store.files("empty") == []


def test_it_can_be_closed_before_any_query(tmp_path: Path) -> None:
    Store(tmp_path, ("local",)).close()
