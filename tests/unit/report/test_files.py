"""Reports as files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loguro_async import ConfigurationError
from loguro_async.report import check_form, to_html, to_markdown, write
from tests.unit.report.samples import project, report

REPORT = report(project())


def test_the_ending_says_the_form(tmp_path: Path) -> None:
    assert write(REPORT, tmp_path / "r.HTML").read_text("utf-8") == to_html(REPORT)
    assert write(REPORT, str(tmp_path / "r.md")).read_text("utf-8") == to_markdown(REPORT)


def test_another_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.html, \.htm, \.md"):
        write(REPORT, tmp_path / "r.pdf")
    with pytest.raises(ConfigurationError):
        check_form("report")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    path.write_text("before")
    write(REPORT, path)
    assert path.read_text("utf-8") == to_markdown(REPORT)
    assert list(tmp_path.iterdir()) == [path]


def test_where_writing_fails_what_was_there_stays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "r.md"
    path.write_text("before")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(REPORT, path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_it_as_they_may_other_files(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    assert write(REPORT, tmp_path / "r.md").stat().st_mode == usual.stat().st_mode
    assert os.umask(os.umask(0)) == os.umask(os.umask(0))


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(REPORT, tmp_path / "missing" / "r.md")
