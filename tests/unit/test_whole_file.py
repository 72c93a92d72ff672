"""A file that appears only when it is whole."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from loguro_async.whole_file import WholeFile, remove_leftovers

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_there_until_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    file = WholeFile(path)
    file.stream.write(b"new")
    assert not path.exists()
    file.keep()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_when_it_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    file = WholeFile(path)
    file.stream.write(b"new")
    file.drop()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    first, second = WholeFile(tmp_path / "a"), WholeFile(tmp_path / "a")
    first.stream.write(b"first")
    second.stream.write(b"second")
    second.keep()
    first.keep()
    assert (tmp_path / "a").read_bytes() == b"first"


def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    WholeFile(tmp_path / "a").keep()
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "b").stat().st_mode
    )


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    WholeFile(tmp_path / "link").keep()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").is_file()


@pytest.mark.parametrize("taken", ["/dev/null", "."])
def test_what_is_no_file_is_not_replaced(taken: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no regular file"):
        WholeFile(tmp_path / taken)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WholeFile(tmp_path / "missing" / "a")


def test_what_a_killed_writer_left_goes_and_what_others_write_stays(tmp_path: Path) -> None:
    killed, other = WholeFile(tmp_path / "a"), WholeFile(tmp_path / "b")
    killed.stream.close()
    remove_leftovers(tmp_path / "a")
    other.keep()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    file = WholeFile(path)
    file.stream.write(b"waits in the buffer")
    os.close(file.stream.fileno())
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.keep()
    file.drop()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
