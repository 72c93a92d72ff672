"""A file that appears only when it is complete."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from loguro_async.atomic_file import AtomicFile, write_atomic


def test_nothing_is_there_until_it_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    file = AtomicFile(path)
    file.stream.write(b"new")
    assert not path.exists()
    file.commit()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_when_it_is_discarded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    file = AtomicFile(path)
    file.stream.write(b"new")
    file.discard()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    first, second = AtomicFile(tmp_path / "a"), AtomicFile(tmp_path / "a")
    first.stream.write(b"first")
    second.stream.write(b"second")
    second.commit()
    first.commit()
    assert (tmp_path / "a").read_bytes() == b"first"


def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    AtomicFile(tmp_path / "a").commit()
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "b").stat().st_mode
    )


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    AtomicFile(tmp_path / "link").commit()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").is_file()


@pytest.mark.parametrize("taken", ["/dev/null", "."])
def test_a_path_that_is_no_file_is_not_replaced(taken: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no regular file"):
        AtomicFile(tmp_path / taken)


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        AtomicFile(tmp_path / "missing" / "a")


def test_an_unfinished_file_may_lie_elsewhere(tmp_path: Path) -> None:
    staging, path = tmp_path / "staging", tmp_path / "made" / "for" / "a.csv"
    staging.mkdir()
    file = AtomicFile(path, staging=staging)
    file.stream.write(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["staging"]
    file.commit()
    assert path.read_bytes() == b"new"
    AtomicFile(path, staging=staging).discard()
    assert list(staging.iterdir()) == []


@pytest.mark.parametrize("method", ["open", "replace"])
def test_errors_name_the_file_and_not_a_temporary_one(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/x/.a.csv.0a1b.tmp", None, "/x/a.csv")

    path = tmp_path / "a.csv"
    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(PermissionError) as caught:
        write_atomic(path, b"x")
    assert str(caught.value) == f"[Errno 13] Permission denied: '{path}'"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["open", "fsync"])
def test_a_folder_that_cannot_be_synced_is_no_failure(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = getattr(os, call), list[object]()

    def refuse(target: object, *rest: object) -> object:
        is_folder = target == tmp_path if call == "open" else os.path.isdir(f"/dev/fd/{target}")  # noqa: PTH112 - a descriptor
        if is_folder:
            refused.append(target)
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(target, *rest)

    monkeypatch.setattr(os, call, refuse)
    write_atomic(tmp_path / "a.csv", b"new")
    assert len(refused) == 1
    assert (tmp_path / "a.csv").read_bytes() == b"new"


def test_a_file_that_cannot_be_synced_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        write_atomic(tmp_path / "a.csv", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    file = AtomicFile(path)
    file.stream.write(b"waits in the buffer")
    os.close(file.stream.fileno())
    with pytest.raises(OSError, match="Bad file descriptor"):
        file.commit()
    file.discard()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
