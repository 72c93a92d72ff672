"""The files of ``loguro-async batch`` are different ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from loguro_async import InvalidQueryError
from loguro_async.cli.batch_files import Target, check_distinct_files


@pytest.mark.parametrize(
    ("slugs", "out", "failed", "names"),
    [
        ("s.csv", "s.csv", None, "FILE and --out"),
        ("s.csv", "k.csv", "s.csv", "FILE and --retry-failed"),
        ("-", "k.csv", "k.csv", "--out and --retry-failed"),
        (None, "k.csv", "k.csv", "--out and --retry-failed"),
        ("s.csv", "link.csv", None, "FILE and --out"),
        ("s.csv", "sub/../s.csv", None, "FILE and --out"),
    ],
)
def test_one_file_for_two_purposes_is_refused(
    slugs: str | None,
    out: str,
    failed: str | None,
    names: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("s.csv").write_text("a\n")
    Path("link.csv").symlink_to("s.csv")
    target = Target(out, "csv", None if failed is None else tmp_path / failed)
    with pytest.raises(InvalidQueryError, match=f"^{names} are the same file, .*give different"):
        check_distinct_files(slugs, target)


def test_the_list_of_failed_projects_is_a_file() -> None:
    with pytest.raises(InvalidQueryError, match="--retry-failed must be a file, got -"):
        check_distinct_files("s.txt", Target("-", "ndjson", Path("-")))


def test_standard_streams_and_different_files_are_not_the_same(tmp_path: Path) -> None:
    check_distinct_files("-", Target("-", "ndjson"))
    check_distinct_files("s.txt", Target("k.csv", "csv", tmp_path / "failed.txt"))
