from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.text import counted, printable, readable, shortened, visible


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


TEXTS = st.text(st.characters(codec=None, exclude_categories=()))
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SCRIPTS = [
    "/مرحبا",
    "日本語",
    "می\u200cخواهم",  # noqa: RUF001 - Persian
    "क्\u200dष",
    "👩\u200d👩\u200d👧",
    "e\u0301",
    "a b",
    "Achat\u00a0!",
]


@given(TEXTS)
def test_nothing_that_acts_is_visible_and_the_length_stays(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not set(shown) & set(BIDI_CONTROLS)
    assert {unicodedata.category(one) for one in shown}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    shown.encode()


@pytest.mark.parametrize("text", SCRIPTS)
def test_letters_of_all_scripts_and_their_joiners_stay(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    ["/a\u200b", "/pricing\u200c", "/a\u200db", "\ufeff/a", "/so\u00adft", "\U000e0041", "\uffff"],
)
def test_characters_that_cannot_be_seen_are_marked(text: str) -> None:
    assert visible(text).count("\N{REPLACEMENT CHARACTER}") == 1


@pytest.mark.parametrize("text", SCRIPTS)
def test_percent_encoded_letters_are_decoded(text: str) -> None:
    assert readable(quote(text)) == text.replace("!", "!")


@pytest.mark.parametrize(
    "text",
    [
        "/a%2Fb",
        "/%2e%2E/",
        "/100%",
        "/%",
        "/%zz",
        "/%25%34%31",
        "/%FF",
        "/%D9",
        "/%E2%80%AE",
        "/%0A",
        "/%41",
    ],
)
def test_what_is_no_letter_or_would_change_the_path_stays_encoded(text: str) -> None:
    assert readable(text) == text


def test_bytes_beside_valid_ones_stay_as_they_came() -> None:
    assert readable("/%d9%82%fF%D9") == "/ق%fF%D9"


@given(TEXTS)
def test_a_readable_text_is_the_same_path_and_is_read_once(text: str) -> None:
    shown = readable(quote(text, errors="surrogatepass"))
    assert unquote(quote(shown)) == readable(shown)
    assert shown == visible(shown)


@given(TEXTS, st.integers(1, 40))
def test_a_shortened_text_keeps_its_beginning_and_end(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length or short == text
    if len(text) > length:
        begin, _, end = short.partition("…") if "…" not in text else (short[:0], "", "")
        assert text.startswith(begin)
        assert text.endswith(end)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1000, "1,000 days")]
)
def test_a_noun_is_singular_where_the_count_is_1(count: int, shown: str) -> None:
    assert counted(count, "day") == shown
