"""Values as text for a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from loguro_async.cli.formatting import printable, shortened, sparkline


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))


def test_the_highest_bar_is_full_and_zero_is_the_lowest() -> None:
    assert sparkline([0, 5, 10], width=10) == "▁▅█"


def test_a_series_of_zeros_is_flat_and_an_empty_one_is_nothing() -> None:
    assert sparkline([0, 0], width=10) == "▁▁"
    assert not sparkline([], width=10)


def test_what_is_not_known_is_a_gap() -> None:
    assert sparkline([None, 5, None, 10], width=10) == " ▅ █"


def test_bars_that_do_not_fit_are_averaged_with_their_neighbours() -> None:
    assert sparkline([0, 0, 4, 4, 8, 8], width=3) == "▁▅█"
    assert len(sparkline(range(1000), width=40)) == 40


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("/pricing", 8, "/pricing"),
        ("/docs/getting-started", 11, "/docs…arted"),
        ("日本語のページ", 8, "日本…ジ"),
        ("/abc", 1, "…"),
        ("/abc", 0, ""),
    ],
)
def test_text_is_shortened_in_the_middle(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown


@given(text=st.text(), width=st.integers(1, 60))
def test_shortened_text_is_never_wider_than_its_room(text: str, width: int) -> None:
    shown = shortened(printable(text), width)
    assert cell_len(shown) <= width
    assert (shown == printable(text)) == (cell_len(printable(text)) <= width)


def test_dots_replace_an_ellipsis_that_the_encoding_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "latin-1"))
    assert shortened("/docs/getting-started", 11) == "/doc...rted"


@given(st.text())
def test_printable_text_is_one_line_without_control_characters(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {"\x1b", "\n", "\r", "\x07", "\u202e", "\u2028"} & set(shown)
