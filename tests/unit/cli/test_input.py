"""Slugs from a file or a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from loguro_async.cli.input import SlugSource

if TYPE_CHECKING:
    from pathlib import Path


async def read(source: SlugSource) -> list[str]:
    return [slug async for slug in source]


async def test_each_line_is_a_slug_but_empty_ones_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("a\n\n# note\n  b  \r\nc")
    source = SlugSource(str(path))
    assert source.total == 3
    assert await read(source) == ["a", "b", "c"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_byte_order_mark_is_no_part_of_the_text(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_bytes("# café\r\nlocal\r\nshop\r\n".encode(encoding))
    assert await read(SlugSource(str(path))) == ["local", "shop"]


async def test_many_are_read_as_they_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("".join(f"p{n}\n" for n in range(5_000)))
    assert await read(SlugSource(str(path))) == [f"p{n}" for n in range(5_000)]


async def test_a_slug_is_there_before_the_pipe_ends(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = SlugSource(str(path))
    assert source.total is None
    slugs = aiter(source)
    writing = os.open(path, os.O_RDWR)
    try:
        os.write(writing, b"a\n")
        assert await anext(slugs) == "a"
    finally:
        os.close(writing)
    assert [slug async for slug in slugs] == []


def test_a_pipe_is_not_counted() -> None:
    assert SlugSource("-").total is None


async def test_slugs_without_a_result_are_those_pending_and_those_not_read(tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_text("a\nb\na\nc\nd\n")
    source = SlugSource(str(path))
    slugs = aiter(source)
    for _ in range(3):
        await anext(slugs)
    source.finish("a")
    assert sorted(source.unfinished()) == ["a", "b", "c", "d"]
    source.finish("b")
    assert sorted(source.unfinished()) == ["a", "c", "d"]


async def test_of_a_pipe_those_are_unfinished_that_were_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "pipe"
    path.write_text("a\nb\nc\n")
    with path.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = SlugSource("-")
        slugs = aiter(source)
        assert await anext(slugs) == "a"
        rest = [slug async for slug in slugs]
    assert rest == ["b", "c"]
    source.finish("b")
    assert sorted(source.unfinished()) == ["a", "c"]


@pytest.mark.parametrize("body", [b"\xff\n", b"a\n\x80\n", b"\xff\xfe\x00\xd8"])
async def test_a_file_that_is_no_text_is_refused_by_its_name(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "slugs"
    path.write_bytes(body)
    with pytest.raises(ValueError, match=f"cannot decode {path} .*save it as UTF-8"):
        SlugSource(str(path))


async def test_closed_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed"):
        await read(SlugSource("-"))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert SlugSource(str(tmp_path / "none")).total is None
