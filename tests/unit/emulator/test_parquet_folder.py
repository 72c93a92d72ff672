from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async.emulator.parquet_folder import ParquetFolder

if TYPE_CHECKING:
    from pathlib import Path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(folder: Path, files: list[Path]) -> list[str]:
    return [str(file.relative_to(folder)) for file in files]


def test_files_are_sorted_by_project(tmp_path: Path) -> None:
    touch(tmp_path, "project=b/2.parquet", "project=b/1.pq", "x/project=a/y/1.parquet", "z.PARQUET")
    found = ParquetFolder.scan(tmp_path)
    assert found.slugs == ("b", "a")
    assert names(tmp_path, found.others) == ["z.PARQUET"]
    assert names(tmp_path, found.by_project["b"]) == ["project=b/1.pq", "project=b/2.parquet"]
    assert len(found.files) == 4


def test_a_folder_of_an_invalid_project_is_never_served(tmp_path: Path) -> None:
    touch(tmp_path, "project=a b/1.parquet", "project=c/1.parquet")
    found = ParquetFolder.scan(tmp_path)
    assert found.slugs == ("c",)
    assert [*found.assign(("c", "d")).values()] == [[tmp_path / "project=c" / "1.parquet"], []]


def test_a_folder_that_does_not_exist_is_not_used(tmp_path: Path) -> None:
    found = ParquetFolder.scan(tmp_path / "new")
    assert (found.files, found.is_used) == ([], False)
    found.check_servable()


@pytest.mark.parametrize(
    ("name", "is_used"), [(".DS_Store", False), ("_SUCCESS", False), ("a.csv", True)]
)
def test_hidden_files_do_not_count(tmp_path: Path, name: str, *, is_used: bool) -> None:
    touch(tmp_path, name)
    assert ParquetFolder.scan(tmp_path).is_used is is_used


def test_other_files_belong_to_the_only_project(tmp_path: Path) -> None:
    touch(tmp_path, "1.parquet", "project=a/2.parquet")
    found = ParquetFolder.scan(tmp_path)
    assert names(tmp_path, found.assign(("a",))["a"]) == ["project=a/2.parquet", "1.parquet"]
    with pytest.raises(ValueError, match=r"1\.parquet could belong to any of a, b"):
        found.assign(("a", "b"))
