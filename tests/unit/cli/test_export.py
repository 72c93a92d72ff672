"""``loguro-async export``."""

from __future__ import annotations

import datetime as dt
import errno
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from loguro_async import Event, Kpis, Project, QueryFailedError
from tests.contract.reference import golden
from tests.unit.cli.in_process import Ended, run
from tests.unit.export.samples import Source, event, names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from loguro_async import Between, Filter

EVENTS = [
    event(n, dt.datetime(2026, 6, 1, tzinfo=dt.UTC) + dt.timedelta(hours=3 * n)) for n in range(24)
]
DAYS = ("--from", "2026-06-01", "--to", "2026-06-04")


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    """The events of the project, instead of a service."""
    source = Source(EVENTS)

    def iter_events(project: Project, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        return source.iter_events(range=range, filter=filter)

    async def kpis(project: Project, **_: object) -> Kpis:
        return msgspec.json.decode(golden("kpis"), type=Kpis)

    monkeypatch.setattr(Project, "iter_events", iter_events, raising=False)
    monkeypatch.setattr(Project, "kpis", kpis)
    monkeypatch.setenv("LOGURO_PAT", "pat_made_up")
    return source


def export(folder: Path, *more: str) -> Ended:
    return run("export", "shop", *DAYS, "--out", folder, *more)


def test_each_day_is_a_file_and_its_name_goes_to_stdout(source: Source, tmp_path: Path) -> None:
    done = export(tmp_path)
    assert done.status == 0
    assert done.out.splitlines() == [
        f"{tmp_path}/project=shop/day=2026-06-0{day}/events.parquet" for day in (1, 2, 3)
    ]
    assert done.err == "3 days, 24 events; 3 days fetched, 0 were complete before\n"


def test_a_second_run_fetches_nothing(source: Source, tmp_path: Path) -> None:
    export(tmp_path)
    source.asked.clear()
    assert export(tmp_path).err == ("3 days, 24 events; 0 days fetched, 3 were complete before\n")
    assert source.asked == []


def test_one_day_is_named_in_the_singular(source: Source, tmp_path: Path) -> None:
    one = ("--to", "2026-06-02")
    assert export(tmp_path, *one).err == "1 day, 8 events; 1 day fetched, 0 were complete before\n"
    assert export(tmp_path, *one).err == "1 day, 8 events; 0 days fetched, 1 was complete before\n"


@pytest.mark.parametrize(
    ("year", "message", "folders"),
    [
        (2020, "there are no events in this range; check the dates and --filter", True),
        (2099, "no day of this range has begun; nothing was written", False),
    ],
)
def test_a_range_without_events_is_reported(
    year: int, message: str, *, folders: bool, source: Source, tmp_path: Path
) -> None:
    done = export(tmp_path / "events", "--from", f"{year}-06-01", "--to", f"{year}-06-02")
    assert (done.status, done.err.splitlines()[0]) == (0, message)
    assert names(tmp_path) == ([".events.loguro-export", "events"] if folders else [])


def test_zone_filter_and_format_are_as_given(source: Source, tmp_path: Path) -> None:
    done = export(tmp_path, "--tz", "Europe/Bucharest", "--filter", "country:RO", "--format", "csv")
    assert done.status == 0
    assert str(source.filters[0]) == "country:RO"
    assert source.asked[0].end == dt.datetime(2026, 6, 1, 21, tzinfo=dt.UTC)
    assert names(tmp_path / "project=shop" / "day=2026-06-01") == ["events.csv"]


@pytest.mark.parametrize(
    ("asked", "first", "last"), [(["--yesterday"], 1, 1), (["--last", "7d"], 7, 0)]
)
def test_days_may_be_counted_back_from_today(
    asked: list[str],
    first: int,
    last: int,
    source: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kpis = msgspec.json.decode(golden("kpis"), type=Kpis)
    now = replace(kpis, range=replace(kpis.range, to=dt.datetime.now(dt.UTC)))
    monkeypatch.setattr(Project, "kpis", AsyncMock(return_value=now))
    arguments = ["export", "shop", "--out", str(tmp_path), *asked, "--tz", "Asia/Tokyo"]
    done = run(*arguments)
    assert done.status == 0
    assert now.range.to is not None
    today = now.range.to.astimezone(ZoneInfo("Asia/Tokyo")).date()
    days = [today - dt.timedelta(days=n) for n in range(first, last - 1, -1)]
    assert [line.partition("day=")[2][:10] for line in done.out.splitlines()] == [
        day.isoformat() for day in days
    ]


def test_csv_for_spreadsheets_begins_with_a_byte_order_mark(source: Source, tmp_path: Path) -> None:
    assert export(tmp_path, "--format", "csv", "--bom").status == 0
    file = tmp_path / "project=shop" / "day=2026-06-01" / "events.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_failure_after_some_days_has_a_status_of_its_own(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        if range.end.day == 4:
            raise QueryFailedError(500)
        return source.iter_events(range=range, filter=filter)

    monkeypatch.setattr(Project, "iter_events", failing)
    done = export(tmp_path)
    assert done.status == 3
    assert done.err.startswith("loguro-async: the service responded with 500")
    assert done.err.endswith("; 2 days are complete; run it again to continue\n")


def test_a_failure_before_any_day_is_a_failure(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        raise QueryFailedError(500)

    monkeypatch.setattr(Project, "iter_events", failing)
    assert export(tmp_path).status == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ["--filter", "contry:RO"],
        ["--tz", "Mars"],
        ["--to", "2026-06-01"],
        ["--from", "x"],
        ["--last", "7d"],
        ["--yesterday"],
        ["--bom"],
    ],
)
def test_an_invalid_option_is_reported_in_one_line(
    wrong: list[str], source: Source, tmp_path: Path
) -> None:
    done = export(tmp_path, *wrong)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert source.asked == []


def test_standard_output_is_no_folder(source: Source, tmp_path: Path) -> None:
    done = run("export", "shop", *DAYS, "--out", "-")
    assert (done.status, done.err) == (
        2,
        (
            "loguro-async: --out must be a folder, got -; for standard output, use the command "
            "events\n"
        ),
    )


def test_a_folder_that_cannot_be_made_is_named(source: Source, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = export(tmp_path / "file" / "events")
    assert (done.status, done.err) == (
        1,
        f"loguro-async: {tmp_path}/file/events: Not a directory\n",
    )


def test_a_full_disk_is_reported_with_the_file_name(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Project, "iter_events", failing)
    done = export(tmp_path)
    assert (done.status, done.err) == (1, f"loguro-async: {tmp_path}: No space left on device\n")


def test_a_full_disk_after_some_days_is_reported_with_the_file_name(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        if range.end.day == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return source.iter_events(range=range, filter=filter)

    monkeypatch.setattr(Project, "iter_events", failing)
    done = export(tmp_path)
    assert (done.status, done.err) == (
        3,
        (
            f"loguro-async: {tmp_path}: No space left on device; "
            "2 days are complete; run it again to continue\n"
        ),
    )
