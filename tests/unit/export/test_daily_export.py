"""Every event of a project, a file for each day."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace
from pyarrow import parquet

from loguro_async import Event, F, InvalidQueryError, Kpis, LoguroError, QueryFailedError
from loguro_async.export import ExportProgress, ExportRunningError, export_events
from loguro_async.export.staging_folder import StagingFolder, staging_folder_of
from tests.contract.reference import golden
from tests.unit.export.samples import Source, event, names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from loguro_async import Between, Filter
    from loguro_async.export import FileFormat

UTC = dt.UTC
FIRST, AFTER = dt.date(2026, 6, 1), dt.date(2026, 6, 4)
LATER = dt.datetime(2026, 7, 1, tzinfo=UTC)
EVENTS = [
    event(n, dt.datetime(2026, 6, 1, tzinfo=UTC) + dt.timedelta(hours=3 * n)) for n in range(24)
]
DAYS: dict[str, Any] = {"start": FIRST, "end": AFTER}
FORMATS = ["parquet", "csv", "ndjson"]


def read(folder: Path, format: str = "parquet") -> list[str]:
    """The ids in all files of an export, sorted."""
    paths = folder.rglob(f"events.{format}")
    return sorted(one for path in paths for one in frame_of(path, format)["id"])


def frame_of(path: Path, format: str) -> pl.DataFrame:
    if format == "parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path) if format == "csv" else pl.read_ndjson(path)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def record_of(folder: Path, format: str) -> Path:
    """The record of the first day, where files cannot hold it."""
    return staging_folder_of(folder) / "project=shop" / f"2026-06-01.{format}.json"


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


IDS = sorted(str(one.id) for one in EVENTS)


@pytest.mark.parametrize("format", FORMATS)
async def test_each_day_has_a_file(format: FileFormat, tmp_path: Path) -> None:
    source = Source(EVENTS)
    report = await export_events(source, tmp_path, start=FIRST, end=AFTER, format=format)
    assert [str(day.path.relative_to(tmp_path)) for day in report.days] == [
        f"project=shop/day=2026-06-0{day}/events.{format}" for day in (1, 2, 3)
    ]
    assert (report.project, report.folder) == ("shop", tmp_path / "project=shop")
    assert [day.events for day in report.days] == [8, 8, 8]
    assert report.events == 24
    assert read(tmp_path, format) == IDS


@pytest.mark.parametrize("format", FORMATS)
async def test_a_day_that_is_whole_is_not_fetched_again(format: FileFormat, tmp_path: Path) -> None:
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER, format=format)
    again = Source([])
    report = await export_events(again, tmp_path, start=FIRST, end=AFTER, format=format)
    assert again.asked == []
    assert [(day.events, day.is_new, day.is_closed) for day in report.days] == [
        (8, False, True)
    ] * 3
    assert read(tmp_path, format) == IDS


async def test_only_what_is_missing_is_fetched(tmp_path: Path) -> None:
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=dt.date(2026, 6, 2))
    rest = Source(EVENTS)
    await export_events(rest, tmp_path, start=FIRST, end=AFTER)
    assert rest.days == [2, 3]
    assert read(tmp_path) == IDS


@pytest.mark.parametrize("format", FORMATS)
async def test_a_day_that_is_not_over_is_written_anew(format: FileFormat, tmp_path: Path) -> None:
    noon = dt.datetime(2026, 6, 2, 12, tzinfo=UTC)
    so_far = Source([one for one in EVENTS if one.timestamp <= noon])
    report = await export_events(so_far, tmp_path, start=FIRST, end=AFTER, format=format, now=noon)
    assert [(day.events, day.is_closed) for day in report.days] == [(8, True), (5, False)]
    report = await export_events(
        Source(EVENTS), tmp_path, start=FIRST, end=AFTER, format=format, now=LATER
    )
    assert [(day.events, day.is_new) for day in report.days] == [(8, False), (8, True), (8, True)]
    assert read(tmp_path, format) == IDS


async def test_a_day_is_open_until_the_settling_time_is_over(tmp_path: Path) -> None:
    midnight = dt.datetime(2026, 6, 2, tzinfo=UTC)

    async def export(now: dt.datetime) -> bool:
        source = Source(EVENTS)
        await export_events(
            source, tmp_path, start=FIRST, end=dt.date(2026, 6, 2), settling=600, now=now
        )
        return bool(source.asked)

    assert await export(midnight + dt.timedelta(seconds=599))
    assert await export(midnight + dt.timedelta(seconds=600))
    assert not await export(midnight + dt.timedelta(seconds=601))


async def test_a_day_that_has_not_begun_is_left_out(tmp_path: Path) -> None:
    report = await export_events(
        Source(EVENTS), tmp_path, start=dt.date(2027, 1, 1), end=dt.date(2027, 1, 2), now=LATER
    )
    assert report.days == ()


@pytest.mark.parametrize("bounds_are_inside", [True, False])
async def test_an_event_at_midnight_is_of_the_day_that_begins(
    bounds_are_inside: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    source = Source(EVENTS, bounds_are_inside=bounds_are_inside)
    report = await export_events(source, tmp_path, start=FIRST, end=AFTER)
    frames = [pl.read_parquet(day.path) for day in report.days]
    assert [frame["timestamp"].min() for frame in frames] == [
        dt.datetime(2026, 6, day, tzinfo=UTC) for day in (1, 2, 3)
    ]
    assert read(tmp_path) == IDS


async def test_a_day_without_events_has_a_file_too(tmp_path: Path) -> None:
    report = await export_events(Source([]), tmp_path, start=FIRST, end=AFTER)
    assert pl.read_parquet(report.days[0].path).schema["timestamp"] == pl.Datetime("us", "UTC")
    assert [(day.events, day.is_closed) for day in report.days] == [(0, True)] * 3


async def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    source = Source(EVENTS)
    await export_events(source, tmp_path, start=FIRST, end=AFTER, tz="Europe/Bucharest")
    assert [window.end for window in source.asked] == [
        dt.datetime(2026, 6, 1, 21, tzinfo=UTC) + dt.timedelta(days=n) for n in range(3)
    ]


@pytest.mark.parametrize(
    "other",
    [{"filter": F.country("RO")}, {"tz": "Europe/Bucharest"}, {"format": "csv"}],
    ids=lambda other: next(iter(other)),
)
async def test_another_export_into_the_same_folder_is_refused(
    other: dict[str, Any], tmp_path: Path
) -> None:
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER)
    source = Source(EVENTS)
    later = dt.date(2026, 6, 5)
    with pytest.raises(InvalidQueryError, match="holds another export"):
        await export_events(source, tmp_path, start=AFTER, end=later, **other)
    assert source.asked == []
    assert read(tmp_path) == IDS


async def test_the_same_filter_in_other_words_goes_on(tmp_path: Path) -> None:
    await export_events(
        Source(EVENTS), tmp_path, start=FIRST, end=AFTER, filter="country:RO device:mobile"
    )
    again = Source(EVENTS)
    both = F.device("mobile") & F.country("RO")
    await export_events(again, tmp_path, start=FIRST, end=AFTER, filter=both)
    assert again.asked == []


async def test_the_filter_is_sent(tmp_path: Path) -> None:
    source = Source(EVENTS)
    await export_events(source, tmp_path, start=FIRST, end=AFTER, filter="country:RO")
    assert source.filters == [F.country("RO")] * 3


async def test_two_projects_share_a_folder(tmp_path: Path) -> None:
    for slug in ("shop", "blog"):
        await export_events(Source(EVENTS, slug), tmp_path, start=FIRST, end=AFTER)
    frame = pl.scan_parquet(tmp_path / "**/*.parquet", hive_partitioning=True).collect()
    assert frame.group_by("project", "day").len()["len"].to_list() == [8] * 6
    assert frame.schema["day"] == pl.Date()


class Clocked(Source):
    """A source whose service has a clock."""

    def __init__(self, now: dt.datetime | LoguroError) -> None:
        super().__init__(EVENTS)
        self.now = now
        self.looks = 0

    async def kpis(self, **asked: object) -> Kpis:
        self.looks += 1
        assert asked == {"range": "1h", "cache": "no-store"}
        if isinstance(self.now, LoguroError):
            raise self.now
        kpis = msgspec.json.decode(golden("kpis"), type=Kpis)
        return replace(kpis, range=replace(kpis.range, to=self.now))


async def test_a_day_is_closed_by_the_clock_of_the_service(tmp_path: Path) -> None:
    behind = Clocked(dt.datetime(2026, 6, 2, 12, tzinfo=UTC))
    report = await export_events(behind, tmp_path, **DAYS)
    assert [day.is_closed for day in report.days] == [True, False]
    right = Clocked(LATER)
    report = await export_events(right, tmp_path, **DAYS)
    assert [day.is_new for day in report.days] == [False, True, True]
    assert (behind.looks, right.looks) == (1, 1)
    again = Clocked(LATER)
    await export_events(again, tmp_path, **DAYS)
    assert (again.looks, again.asked) == (0, [])


async def test_without_the_clock_of_the_service_only_days_long_over_are_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    today = dt.datetime.now(UTC).date()
    report = await export_events(
        Clocked(QueryFailedError(500)),
        tmp_path,
        start=today - dt.timedelta(days=5),
        end=today + dt.timedelta(days=1),
    )
    assert [day.is_closed for day in report.days][:2] == [True, True]
    assert [day.is_closed for day in report.days][-3:] == [False] * 3
    assert "clock is not known" in caplog.text


@pytest.mark.parametrize("format", FORMATS)
async def test_nothing_but_the_days_lies_in_the_folder(format: FileFormat, tmp_path: Path) -> None:
    seen: set[str] = set()

    class Watching(Source):
        async def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
            async for one in super().iter_events(range=range, filter=filter):
                seen.update(path.name for path in folder.rglob("*") if path.is_file())
                yield one

    folder = tmp_path / "events"
    report = await export_events(Watching(EVENTS), folder, **DAYS, format=format)
    assert seen == {f"events.{format}"}
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == [
        day.path for day in report.days
    ]
    assert len(report.days) == 3


@pytest.mark.parametrize("format", ["parquet", "csv"])
async def test_a_folder_of_an_older_version_is_taken_over(
    format: FileFormat, tmp_path: Path
) -> None:
    await export_events(Source(EVENTS), tmp_path, **DAYS, format=format)
    home, staging = tmp_path / "project=shop", staging_folder_of(tmp_path) / "project=shop"
    (staging / "export.json").replace(home / "_export.json")
    for record in staging.glob("2026-*.json"):
        day = record.name.partition(".")[0]
        record.replace(home / f"day={day}" / f"_events.{format}.json")
    shutil.rmtree(staging)
    (home / "day=2026-06-09").mkdir()
    with pytest.raises(InvalidQueryError, match="holds another export"):
        await export_events(Source([]), tmp_path, **DAYS, format=format, filter="country:RO")
    again = Source([])
    await export_events(again, tmp_path, **DAYS, format=format)
    assert again.asked == []
    assert read(tmp_path, format) == IDS
    assert files_in(tmp_path) == {f"events.{format}"}
    assert len(list(home.iterdir())) == 3


async def test_a_folder_that_was_moved_says_itself_what_it_holds(tmp_path: Path) -> None:
    await export_events(Source(EVENTS), tmp_path / "here", **DAYS)
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(InvalidQueryError, match="holds another export"):
        await export_events(Source([]), tmp_path / "there", **DAYS, filter="country:RO")
    again = Source([])
    await export_events(again, tmp_path / "there", **DAYS)
    assert again.asked == []


async def test_a_second_export_into_a_folder_is_refused_and_names_the_first(tmp_path: Path) -> None:
    class Waiting(Source):
        async def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
            began.set()
            await go_on.wait()
            async for one in super().iter_events(range=range, filter=filter):
                yield one

    began, go_on = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(export_events(Waiting(EVENTS), tmp_path, **DAYS))
    await began.wait()
    told = rf"another export is writing to .*\(process {os.getpid()}, running for 0:00:0"
    with pytest.raises(ExportRunningError, match=told):
        await export_events(Source(EVENTS), tmp_path, **DAYS)
    await export_events(Source(EVENTS, "blog"), tmp_path, **DAYS)
    go_on.set()
    assert len((await first).days) == 3
    await export_events(Source(EVENTS), tmp_path, **DAYS)


async def test_a_failure_of_the_first_day_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "events"
    with pytest.raises(QueryFailedError):
        await export_events(Failing(EVENTS), folder, start=dt.date(2026, 6, 2), end=AFTER)
    assert names(tmp_path) == []
    other = StagingFolder(folder, "blog")
    with pytest.raises(QueryFailedError):  # with another filter, too
        await export_events(
            Failing(EVENTS), folder, start=dt.date(2026, 6, 2), end=AFTER, filter="country:RO"
        )
    assert names(other.path.parent) == ["project=blog"]
    other.close(is_needed=False)
    assert names(tmp_path) == []
    await export_events(Source(EVENTS), folder, **DAYS)
    assert read(folder) == IDS


async def test_csv_for_spreadsheets_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    report = await export_events(Source(EVENTS), tmp_path, **DAYS, format="csv", bom=True)
    assert [day.path.read_bytes()[:3] for day in report.days] == [b"\xef\xbb\xbf"] * 3
    with pytest.raises(InvalidQueryError, match="bom needs the format csv"):
        await export_events(Source([]), tmp_path / "other", **DAYS, bom=True)
    assert not (tmp_path / "other").exists()


class Failing(Source):
    async def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        async for one in super().iter_events(range=range, filter=filter):
            if one.id == "e12":
                raise QueryFailedError(500)
            yield one


@pytest.mark.parametrize("format", FORMATS)
async def test_a_failure_leaves_the_complete_days_and_nothing_else(
    format: FileFormat, tmp_path: Path
) -> None:
    with pytest.raises(QueryFailedError):
        await export_events(Failing(EVENTS), tmp_path, start=FIRST, end=AFTER, format=format)
    assert read(tmp_path, format) == sorted(f"e{n}" for n in range(8))
    assert hidden(tmp_path) == []
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER, format=format)
    assert read(tmp_path, format) == IDS


async def test_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    day = tmp_path / "project=shop" / "day=2026-06-01"
    day.mkdir(parents=True)
    (day / ".events.parquet.0badcafe.tmp").write_bytes(b"half")
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER)
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("harm", ["cut", "gone"])
async def test_a_file_that_is_not_whole_is_fetched_again(
    format: FileFormat, harm: str, tmp_path: Path
) -> None:
    report = await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER, format=format)
    path = report.days[0].path
    if harm == "gone":
        path.unlink()
    elif format == "parquet":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        record_of(tmp_path, format).write_bytes(b"{")
    again = Source(EVENTS)
    await export_events(again, tmp_path, start=FIRST, end=AFTER, format=format)
    assert again.days == [1]
    assert read(tmp_path, format) == IDS


async def test_the_record_is_in_the_parquet_file(tmp_path: Path) -> None:
    report = await export_events(
        Source(EVENTS), tmp_path, start=FIRST, end=AFTER, filter="country:RO"
    )
    metadata = parquet.read_metadata(report.days[0].path).metadata
    assert metadata is not None
    assert metadata[b"loguro.export"] == (
        b'{"plan":{"project":"shop","filter":"country:RO","tz":"UTC","format":"parquet",'
        b'"version":1},"day":"2026-06-01","is_closed":true,"events":8}'
    )


async def test_progress_is_reported_as_events_and_days_come(tmp_path: Path) -> None:
    told: list[ExportProgress] = []
    await export_events(Source(EVENTS), tmp_path, start=FIRST, end=AFTER, progress=told.append)
    assert [(one.days, one.days_total, one.events) for one in told] == [
        (0, 3, 8),
        (1, 3, 8),
        (1, 3, 16),
        (2, 3, 16),
        (2, 3, 24),
        (3, 3, 24),
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"end": FIRST}, "end is the day after"),
        ({"start": dt.datetime(2026, 6, 1, tzinfo=UTC)}, "is not a date"),
        ({"tz": "Mars/Olympus"}, "is no time zone"),
        ({"format": "xlsx"}, "must be one of parquet, csv, ndjson"),
        ({"filter": "contry:RO"}, "contry"),
        ({"now": dt.datetime(2026, 6, 9)}, "now 2026-06-09T00:00:00 has no time zone"),  # noqa: DTZ001 - the point
    ],
)
async def test_an_invalid_argument_is_refused_before_anything_is_written(
    wrong: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        await export_events(Source(EVENTS), tmp_path, **{**DAYS, **wrong})
    assert names(tmp_path) == []


async def test_a_slug_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidQueryError, match="project slug must hold only"):
        await export_events(Source([], slug="../x"), tmp_path, start=FIRST, end=AFTER)
    assert names(tmp_path) == []
