"""Values in the viewer's language."""

# ruff: noqa: RUF001 - the signs that are shown

from __future__ import annotations

import datetime as dt

import pytest

from loguro_async.dashboard.locale import Locale, flag, preferred_language

AT = dt.datetime(2026, 6, 11, 22, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("tag", "number", "share", "country", "moment"),
    [
        ("en", "1,234,567", "42%", "Romania", "Jun 11, 2026, 22:30"),
        ("en-GB", "1,234,567", "42%", "Romania", "11 Jun 2026, 22:30"),
        ("de", "1.234.567", "42\u00a0%", "Rumänien", "11. Juni 2026, 22:30"),
        ("ja-JP", "1,234,567", "42%", "ルーマニア", "2026年6月11日, 22:30"),
        ("xx", "1,234,567", "42%", "Romania", "Jun 11, 2026, 22:30"),
    ],
)
def test_values_are_shown_as_the_viewer_writes_them(
    tag: str, number: str, share: str, country: str, moment: str
) -> None:
    locale = Locale(tag, "UTC")
    assert locale.number(1_234_567) == number
    assert locale.percent(0.42) == share
    assert locale.country("RO") == country
    assert locale.moment(AT) == moment


def test_equal_moments_are_shown_in_each_time_zone() -> None:
    assert Locale("en", "UTC").moment(AT) == "Jun 11, 2026, 22:30"
    assert Locale("en", "Europe/Bucharest").moment(AT) == "Jun 12, 2026, 01:30"
    assert Locale("en", "UTC").hour(AT) == "Thu, Jun 11, 22:30"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 sec"),
        (59.4, "59 sec"),
        (60, "1 min"),
        (96.5, "1 min 36 sec"),
        (3_600, "1 hr"),
        (3_725, "1 hr 2 min"),
        (90_000, "1 day 1 hr"),
        (None, "–"),
    ],
)
def test_lengths_of_time_have_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert Locale("en", "UTC").duration(seconds) == text


def test_large_figures_fit() -> None:
    locale = Locale("en", "UTC")
    assert locale.compact(99_999) == "99,999"
    assert locale.compact(12_345_678) == "12.3M"
    assert locale.compact(123_456_789_012) == "123.5B"
    assert locale.compact(None) == "–"


def test_changes_have_their_sign() -> None:
    locale = Locale("en", "UTC")
    assert [locale.change(ratio) for ratio in (0.123, -0.5, 0.0)] == ["+12%", "−50%", "±0%"]
    assert locale.signed(-1.26) == "−1.3"


def test_how_long_ago() -> None:
    locale = Locale("en", "UTC")
    assert locale.ago(AT, AT) == "just now"
    assert locale.ago(AT + dt.timedelta(hours=1), AT) == "just now"
    assert locale.ago(AT, AT + dt.timedelta(minutes=3)) == "3 minutes ago"


def test_flags_are_of_countries_only() -> None:
    assert flag("ro") == "🇷🇴"
    assert [flag(code) for code in ("", "R", "ROU", "R1", "ßß")] == [""] * 5


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("de-CH, de;q=0.9, en;q=0.8", "de-CH"),
        ("xx, fr;q=0.5", "fr"),
        ("en;q=0.2, ro;q=0.9", "ro"),
        ("de;q=0", "en"),
        ("de;q=high, ro", "ro"),
        ("../../etc/passwd", "en"),
        ("a" * 10_000, "en"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert preferred_language(header) == language
