from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("žluťoučký 漢字 🙂", "žluťoučký 漢字 🙂"),
        ("two\r\n\tlines\u2028and\x85more ", "two lines and more"),
        ("too\x1b]0;title\x07 much\x1b[2J\u202edata\x9b1m", "too muchdata"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1bcreset", "reset"),
        ("half\x1b[", "half"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("mark\u200e\u2066\u2069\ufeff\u200b", "mark"),
        ("\ud800 lone", " lone"),
        ("", ""),
    ],
)
def test_only_what_shows_is_left(text: str, shown: str) -> None:
    assert printable(text, 100) == shown


def test_long_text_is_cut() -> None:
    assert printable("x" * 1000, 20) == "x" * 20


@given(st.text(), st.integers(0, 50))
def test_the_result_is_printable_and_short(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


def test_time_grows_with_the_length_only() -> None:
    for text in ("\x1b]", "\x1b[", "\x1b[0;", "\x9d" + "a", "\x1b", "\x1b]a", "\x1bP\x9d"):
        assert printable(text * 50_000, 200) is not None
