"""Numbers, changes and durations as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import TopPage
from loguro_async.charts.formatting import (
    Change,
    change,
    change_of_row,
    change_of_share,
    compact,
    duration,
    moment,
    number,
    share,
)

DASH = "\N{EN DASH}"
COUNTS = st.one_of(st.integers(0, 2**53), st.floats(0, 1e12))


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (0, 0, Change("0.0%")),
        (5, 0, Change("new", 1)),
        (0, 5, Change("-100.0%", -1)),
        (99_999, 100_000, Change("0.0%")),
        (100_001, 100_000, Change("0.0%")),
        (100_060, 100_000, Change("+0.1%", 1)),
        (50_000, 100, Change("+49,900.0%", 1)),
        (143 * 10**12, 120, Change("+119.2T%", 1)),
        (None, 5, Change()),
        (5, None, Change()),
    ],
)
def test_a_change_is_in_percent_of_what_was(
    now: float | None, before: float | None, shown: Change
) -> None:
    assert change(now, before) == shown


@given(COUNTS, COUNTS)
def test_arrow_sign_and_digits_never_contradict_each_other(now: float, before: float) -> None:
    for shown in (change(now, before), change_of_share(now / 2**53, before / 2**53)):
        text = str(shown)
        assert not re.search(r"[▲▼] *[+-]?0(\.0)?(%| pts)|-0(\.0)?(%| pts)|▼ \+|▲ -", text)
        assert bool(shown.arrow) == (shown.direction != 0)
        assert len(text) <= 16


def test_shares_change_by_points() -> None:
    assert change_of_share(0.42, 0.47) == Change("-5.0 pts", -1)
    assert change_of_share(0.42004, 0.42) == Change("0.0 pts")
    assert change_of_share(None, 0.42) == Change()


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (TopPage(count=249, prev_count=250, delta_pct=-0.4), "-0.4%"),
        (TopPage(count=1, prev_count=1, delta_pct=-0.04), "0.0%"),
        (TopPage(count=42, prev_count=31, delta_pct=35.4), "+35%"),
        (TopPage(count=3, prev_count=2), "+50.0%"),
        (TopPage(count=3, prev_count=0), "new"),
        (TopPage(sessions=3, prev_count=2), ""),
        (TopPage(count=3), ""),
    ],
)
def test_a_row_s_change_is_the_service_s_or_of_its_own_counts(row: TopPage, shown: str) -> None:
    assert change_of_row(row).text == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (999, "999"), (1_000, "1K"), (12_345, "12.3K"), (999_960, "1M"), (2**53, "9Q")],
)
def test_a_compact_count_has_few_digits(value: int, shown: str) -> None:
    assert compact(value) == shown


def test_counts_are_written_out_up_to_a_billion() -> None:
    assert number(999_999_999) == "999,999,999"
    assert number(1_234_000_000) == "1.2B"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (96.5, "1 min 36 s"),
        (3_599.6, "1 h 00 min"),
        (7_500, "2 h 05 min"),
        (987_654_321, "11,431 d 04 h"),
        (None, DASH),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_what_is_not_known_is_a_dash() -> None:
    assert number(None) == share(None) == moment(None) == DASH
    assert number(0) == "0"
