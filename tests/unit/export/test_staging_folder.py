"""The lock, the unfinished files and the records of an export."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import filelock
import msgspec
import pytest

from loguro_async.export import ExportRunningError, export_events
from loguro_async.export.staging_folder import StagingFolder, staging_folder_of
from tests.unit.export.samples import Source, event

DAYS: dict[str, Any] = {"start": dt.date(2026, 6, 1), "end": dt.date(2026, 6, 2)}


def test_it_lies_beside_the_folder(tmp_path: Path) -> None:
    assert staging_folder_of(tmp_path / "events") == tmp_path / ".events.loguro-export"
    (tmp_path / "events").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "events")
    assert staging_folder_of(tmp_path / "link") == tmp_path / ".events.loguro-export"


def test_it_lies_in_a_folder_whose_parent_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "events"
    folder.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", Mock(return_value=False))
        inside = staging_folder_of(folder)
    assert inside == folder / ".loguro-export"
    inside.mkdir()
    assert staging_folder_of(folder) == inside


def test_a_second_one_is_refused_with_the_process_and_the_time(tmp_path: Path) -> None:
    first = StagingFolder(tmp_path / "events", "shop")
    holder = first.path / "holder.json"
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    told = {"pid": 4711, "host": "elsewhere", "since": since.isoformat()}
    holder.write_bytes(msgspec.json.encode(told))
    with pytest.raises(ExportRunningError, match=r"process 4711 on elsewhere, running for 2:00:0"):
        StagingFolder(tmp_path / "events", "shop")
    holder.write_bytes(b"{")
    with pytest.raises(ExportRunningError, match="started just now"):
        StagingFolder(tmp_path / "events", "shop")
    StagingFolder(tmp_path / "events", "blog").close()
    first.close()
    first.close()
    StagingFolder(tmp_path / "events", "shop").close()
    assert not holder.exists()


async def test_a_folder_that_another_export_just_removed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    acquire = filelock.FileLock.acquire
    removed: list[Path] = []

    def remove_and_acquire(lock: filelock.FileLock, timeout: float) -> object:
        if not removed:
            folder = Path(lock.lock_file).parent
            folder.rmdir()
            removed.append(folder)
        return acquire(lock, timeout)

    monkeypatch.setattr(filelock.FileLock, "acquire", remove_and_acquire)
    StagingFolder(tmp_path / "events", "shop").close()
    assert removed
    assert not caplog.records


async def test_a_file_system_without_locks_is_logged_and_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError("flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    source = Source([event(1, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))])
    report = await export_events(source, tmp_path / "events", **DAYS)
    assert report.events == 1
    assert "cannot be locked" in caplog.text


async def test_a_record_that_cannot_be_written_is_no_failure_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source = Source([event(1, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))])
    with monkeypatch.context() as patched:
        patched.setattr("loguro_async.export.day_file.write_atomic", refuse)
        first = await export_events(source, tmp_path / "events", **DAYS, format="csv")
    assert first.events == 1
    assert "fetched again by the next run: [Errno 28]" in caplog.text
    again = await export_events(source, tmp_path / "events", **DAYS, format="csv")
    assert [day.is_new for day in again.days] == [True]
