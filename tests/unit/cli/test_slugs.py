"""Slugs from a file or a pipe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from loguro_async.cli.slugs import count_slugs, read_slugs

if TYPE_CHECKING:
    from pathlib import Path


async def test_each_line_is_a_slug_but_empty_ones_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("a\n\n# note\n  b  \r\nc")
    assert [slug async for slug in read_slugs(str(path))] == ["a", "b", "c"]
    assert count_slugs(str(path)) == 3


async def test_a_byte_order_mark_is_no_part_of_the_first_slug(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("a\r\nb\r\n", encoding="utf-8-sig")
    assert [slug async for slug in read_slugs(str(path))] == ["a", "b"]
    path.write_text("# note\na\n", encoding="utf-8-sig")
    assert count_slugs(str(path)) == 1


async def test_many_are_read_as_they_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("".join(f"p{n}\n" for n in range(5_000)))
    assert [slug async for slug in read_slugs(str(path))] == [f"p{n}" for n in range(5_000)]


async def test_a_slug_is_there_before_the_pipe_ends(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    slugs = read_slugs(str(path))
    assert count_slugs(str(path)) is None
    writing = os.open(path, os.O_RDWR)
    try:
        os.write(writing, b"a\n")
        assert await anext(slugs) == "a"
    finally:
        os.close(writing)
    assert [slug async for slug in slugs] == []


def test_nobody_counts_what_comes_by_a_pipe() -> None:
    assert count_slugs("-") is None


async def test_a_file_that_is_no_text_fails(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_bytes(b"\xff\n")
    with pytest.raises(UnicodeDecodeError):
        [slug async for slug in read_slugs(str(path))]
