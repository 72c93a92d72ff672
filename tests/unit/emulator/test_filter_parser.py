from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.emulator.behaviour import Behaviour, Quotes
from loguro_async.emulator.errors import ApiError
from loguro_async.emulator.filter_parser import COLUMNS, SEARCH, Term, parse_filter

LENIENT = Behaviour()
STRICT = Behaviour(strict=True)
UNREADABLE = [
    "planet:mars",
    "checkout",
    "path:",
    "path:a|",
    ":a",
    "!!path:/a",
    'path:"never closed',
    'path:"a"b',
    "Path:/a",
    "!",
    "|",
]


def terms() -> st.SearchStrategy[Term]:
    keys = st.sampled_from([*COLUMNS, SEARCH])
    values = st.lists(st.text(), min_size=1, max_size=3).map(tuple)
    return st.builds(Term, keys, values, st.booleans())


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(term: Term) -> str:
    return f"{'!' if term.negated else ''}{term.key}:{'|'.join(map(quoted, term.values))}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" \t\n", ()),
        ("path:/pricing", (Term("path", ("/pricing",)),)),
        (
            "country:RO|US !device:mobile",
            (Term("country", ("RO", "US")), Term("device", ("mobile",), negated=True)),
        ),
        ('visitor_id:"01HZ..."', (Term("visitor_id", ("01HZ...",)),)),
        ('path:"/a b"|/c', (Term("path", ("/a b", "/c")),)),
        (r'path:"a\"b\\c"', (Term("path", ('a"b\\c',)),)),
        (r'path:"a\nb"', (Term("path", (r"a\nb",)),)),
        (r"path:a\b", (Term("path", (r"a\b",)),)),
        ('path:a"b', (Term("path", ('a"b',)),)),
        ('path:""', (Term("path", ("",)),)),
        ("search:http://a:80/", (Term("search", ("http://a:80/",)),)),
        ("country:!RO", (Term("country", ("!RO",)),)),
        ("  os:macos   browser:chrome ", (Term("os", ("macos",)), Term("browser", ("chrome",)))),
    ],
)
def test_text_is_parsed(text: str, expected: tuple[Term, ...]) -> None:
    assert parse_filter(text, STRICT) == expected


@given(expected=st.lists(terms(), max_size=4).map(tuple))
def test_quoted_values_are_parsed_as_they_were_written(expected: tuple[Term, ...]) -> None:
    assert parse_filter(" ".join(map(written, expected)), STRICT) == expected


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_unreadable_term_is_an_error_in_strict_mode(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_filter(f"os:ios {text}", STRICT)
    assert (caught.value.status, caught.value.message) == (400, "Invalid filter")


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_unreadable_term_is_left_out_otherwise(text: str) -> None:
    expected = (Term("os", ("ios",)), Term("country", ("RO",)))
    assert parse_filter(f"os:ios country:RO {text}", LENIENT) == expected
    if '"never' not in text:
        assert parse_filter(f"os:ios {text} country:RO", LENIENT) == expected


@pytest.mark.parametrize("quotes", get_args(Quotes))
@given(text=st.text(alphabet='ab:!|"\\ path'))
def test_any_text_can_be_parsed(quotes: Quotes, text: str) -> None:
    assert all(term.key in COLUMNS for term in parse_filter(text, Behaviour(quotes=quotes)))


@pytest.mark.parametrize(
    ("text", "escaped", "unescaped", "literal"),
    [
        ('path:"/a b"', ["/a b"], ["/a b"], ['"/a']),
        ('path:"/ab"', ["/ab"], ["/ab"], ['"/ab"']),
        (r'path:"a\\b"', ["a\\b"], [r"a\\b"], [r'"a\\b"']),
        (r'path:"a\"', [], ["a\\"], ['"a\\"']),
        (r'path:"a\"b"', ['a"b'], [], [r'"a\"b"']),
        ('path:"a|b"|c', ["a|b", "c"], ["a|b", "c"], ['"a', 'b"', "c"]),
        ('path:"', [], [], ['"']),
        (r'path:"a\" country:"RO"', [], ["a\\"], ['"a\\"']),
    ],
)
def test_quotes_have_three_readings(
    text: str, escaped: list[str], unescaped: list[str], literal: list[str]
) -> None:
    expected: dict[Quotes, list[str]] = {
        "escaped": escaped,
        "unescaped": unescaped,
        "literal": literal,
    }
    for quotes, values in expected.items():
        terms = parse_filter(text, Behaviour(quotes=quotes))
        assert [value for term in terms if term.key == "path" for value in term.values] == values


def test_a_repeated_key_can_mean_or() -> None:
    text = "country:RO !os:ios country:US !os:android"
    assert parse_filter(text, Behaviour(repeated_key="or")) == (
        Term("country", ("RO", "US")),
        Term("os", ("ios", "android"), negated=True),
    )
    assert len(parse_filter(text, LENIENT)) == 4
