"""One file of rows, written as the rows come."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest
from pyarrow import parquet

from loguro_async import Count, Event, EventList, InvalidQueryError, Timeseries, TopPage
from loguro_async.export import Part, write
from loguro_async.export.formats import _Parquet
from tests.unit.export.samples import event, names, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pyarrow as pa

    from loguro_async.export import FileFormat


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file that is there before."""
    path = tmp_path / "events.parquet"
    path.write_bytes(b"old")
    return path


def frame_of(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path) if path.suffix.lower() == ".csv" else pl.read_ndjson(path)


def is_whole(path: Path, rows: int) -> bool:
    if names(path.parent) != [path.name]:
        return False
    return path.read_bytes() == b"old" or pl.read_parquet(path).height == rows


def is_untouched(path: Path) -> bool:
    return path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.ndjson", "a.jsonl", "A.CSV"])
async def test_a_stream_is_written_as_the_ending_says(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert await write(stream(event(n) for n in range(3)), path) == 3
    assert frame_of(path)["id"].to_list() == ["e0", "e1", "e2"]


async def test_a_format_may_be_said(tmp_path: Path) -> None:
    await write(Count(7), tmp_path / "count", "ndjson")
    assert (tmp_path / "count").read_bytes() == b'{"count":7}\n'


async def test_a_name_without_a_format_is_refused_before_anything_is_read(
    tmp_path: Path,
) -> None:
    source = stream([event(1)])
    with pytest.raises(InvalidQueryError, match=r"end the name with \.parquet, \.csv or \.ndjson"):
        await write(source, tmp_path / "events.xlsx")
    assert [one.id async for one in source] == ["e1"]
    assert names(tmp_path) == []


async def test_an_empty_stream_makes_a_file_with_columns(tmp_path: Path) -> None:
    assert await write(stream([]), tmp_path / "a.parquet") == 0
    assert pl.read_parquet(tmp_path / "a.parquet").schema["timestamp"] == pl.Datetime("us", "UTC")


async def test_fields_beside_the_rows_are_in_the_metadata(tmp_path: Path) -> None:
    await write(Timeseries(items=(), bucket="day"), tmp_path / "a.parquet")
    metadata = parquet.read_metadata(tmp_path / "a.parquet").metadata
    assert metadata is not None
    assert metadata[b"bucket"] == b'"day"'


async def test_a_stream_that_fails_leaves_what_was_there(old: Path) -> None:
    async def failing() -> AsyncIterator[Event]:
        yield event(1)
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        await write(failing(), old)
    assert is_untouched(old)


async def test_a_cancellation_leaves_what_was_there(old: Path) -> None:
    reached = asyncio.Event()

    async def endless() -> AsyncIterator[Event]:
        yield event(1)
        reached.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(write(endless(), old))
    await reached.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert is_untouched(old)


@pytest.mark.parametrize("at", range(8))
async def test_a_cancellation_at_any_moment_leaves_a_whole_file(at: int, old: Path) -> None:
    writing = asyncio.create_task(write(stream(event(n) for n in range(3)), old))
    for _ in range(at):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing])
    assert is_whole(old, rows=3)


async def test_a_disk_that_is_full_leaves_what_was_there(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: _Parquet, batch: pa.RecordBatch) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(_Parquet, "write", full)
    with pytest.raises(OSError, match="No space left"):
        await write(stream([event(1)]), old)
    assert is_untouched(old)


async def test_a_format_that_cannot_begin_leaves_what_was_there(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(writer: _Parquet, file: object, schema: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(_Parquet, "__init__", broken)
    with pytest.raises(OSError, match="No space left"):
        await write(Count(1), old)
    assert is_untouched(old)


async def test_rows_are_written_as_they_come(tmp_path: Path) -> None:
    async with Part(tmp_path / "a.parquet", Event, rows=10) as part:
        for number in range(25):
            await part.add(event(number))
    metadata = parquet.read_metadata(tmp_path / "a.parquet")
    assert (metadata.num_rows, metadata.num_row_groups, part.rows) == (25, 3, 25)


@pytest.mark.parametrize("format", ["parquet", "csv"])
async def test_a_label_is_the_first_column(format: FileFormat, tmp_path: Path) -> None:
    path = tmp_path / f"counts.{format}"
    async with Part(path, Count, label="project") as part:
        await part.add(Count(1), label="shop")
        await part.add(Count(2), label="blog")
    assert frame_of(path).rows() == [("shop", 1), ("blog", 2)]
    assert frame_of(path).columns == ["project", "count"]


async def test_every_row_of_a_list_has_the_label() -> None:
    file = io.BytesIO()
    async with Part(file, EventList, format="ndjson", label="project") as part:
        await part.add(EventList(items=(event(1), event(2)), count=2), label="shop")
    rows = [msgspec.json.decode(line) for line in file.getvalue().splitlines()]
    assert [(row["project"], row["id"]) for row in rows] == [("shop", "e1"), ("shop", "e2")]


async def test_a_stream_of_bytes_stays_open_with_what_was_written() -> None:
    file = io.BytesIO()
    part = Part(file, Count, format="ndjson", rows=1)
    await part.__aenter__()
    await part.add(Count(1))
    await part.__aexit__(ValueError, ValueError("enough"), None)
    assert file.getvalue() == b'{"count":1}\n'


async def test_a_stream_of_bytes_needs_a_format() -> None:
    with pytest.raises(InvalidQueryError, match="or give format"):
        Part(io.BytesIO(), Count)


async def test_a_response_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidQueryError, match="is a EventList, and the part was opened for Count"
    ):
        async with Part(tmp_path / "a.csv", Count) as part:
            await part.add(EventList(items=(), count=0))
    assert names(tmp_path) == []


async def test_a_row_of_another_kind_is_refused(old: Path) -> None:
    with pytest.raises(InvalidQueryError, match="give kind=TopPage"):
        await write(stream([TopPage(path="/")]), old)  # type: ignore[list-item]
    assert is_untouched(old)


async def test_a_part_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidQueryError, match="async with"):
        await Part(tmp_path / "a.csv", Count, rows=1).add(Count(1))


async def test_a_missing_folder_is_reported_before_anything_is_read(tmp_path: Path) -> None:
    source = stream([event(1)])
    with pytest.raises(FileNotFoundError):
        await write(source, tmp_path / "missing" / "a.csv")
    assert [one.id async for one in source] == ["e1"]
