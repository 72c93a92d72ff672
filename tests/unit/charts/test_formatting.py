"""Values and strangers' texts, made readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.charts.text import (
    change,
    duration,
    fitting,
    label,
    number,
    points,
    shortened,
    visible,
)

TEXTS = st.text(st.characters(codec=None, exclude_categories=()))
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(TEXTS)
def test_nothing_that_acts_is_left_and_the_length_stays(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not set(shown) & set(BIDI_CONTROLS)
    assert {unicodedata.category(one) for one in shown}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    shown.encode()


@pytest.mark.parametrize("text", ["/مرحبا", "日本語", "می‌خواهم", "👩‍👩‍👧", "e\u0301", "a b"])
def test_letters_of_all_scripts_and_what_joins_them_stay(text: str) -> None:
    assert visible(text) == text


@given(TEXTS, st.integers(1, 40))
def test_a_shortened_text_has_its_length_beginning_and_end(text: str, length: int) -> None:
    short = shortened(text, length)
    if len(text) <= length:
        assert short == text
    else:
        assert len(short) == length
        begin, _, end = short.partition("…")
        assert text.startswith(begin)
        assert text.endswith(end)


@given(TEXTS, st.integers(1, 500))
def test_a_fitting_text_is_the_text_or_shorter(text: str, room: int) -> None:
    assert len(fitting(text, room, 12)) <= len(text)


def test_wide_letters_need_more_room() -> None:
    assert len(fitting("日" * 100, 240, 12)) == 20
    assert len(fitting("l" * 100, 240, 12)) > 30
    assert fitting("e\u0301" * 30, 240, 12) == "e\u0301" * 30


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (0, 0, "+0.0%"),
        (5, 0, "new"),
        (0, 5, "-100.0%"),
        (1_000, 999.9999, "+0.0%"),
        (999.9999, 1_000, "+0.0%"),
        (50_000, 100, "+49,900.0%"),
    ],
)
def test_a_change_is_in_percent_of_what_was(now: float, before: float, said: str) -> None:
    assert change(now, before) == said


def test_shares_change_by_points() -> None:
    assert points(0.42, 0.47) == "-5.0 pts"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (96.5, "1 min 36 s"),
        (7_200, "120 min 00 s"),
    ],
)
def test_a_duration_is_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_what_is_not_there_is_a_dash() -> None:
    assert number(None) == label(None) == label("") == "\N{EN DASH}"
    assert number(0) == "0"
