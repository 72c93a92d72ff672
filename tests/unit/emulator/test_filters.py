from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.emulator.filters import COLUMNS, SEARCH, Term, parse_filter
from loguro_async.emulator.refusals import RefusalError
from loguro_async.emulator.switches import Switches

LENIENT = Switches()
STRICT = Switches(strict=True)
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
def test_text_is_read(text: str, expected: tuple[Term, ...]) -> None:
    assert parse_filter(text, STRICT) == expected


@given(expected=st.lists(terms(), max_size=4).map(tuple))
def test_whatever_is_quoted_is_read_as_it_was_meant(expected: tuple[Term, ...]) -> None:
    assert parse_filter(" ".join(map(written, expected)), STRICT) == expected


@pytest.mark.parametrize("text", UNREADABLE)
def test_strict_server_refuses_what_it_cannot_read(text: str) -> None:
    with pytest.raises(RefusalError) as caught:
        parse_filter(f"os:ios {text}", STRICT)
    assert (caught.value.status, caught.value.message) == (400, "Invalid filter")


@pytest.mark.parametrize("text", UNREADABLE)
def test_lenient_server_leaves_out_what_it_cannot_read_and_no_more(text: str) -> None:
    expected = (Term("os", ("ios",)), Term("country", ("RO",)))
    assert parse_filter(f"os:ios country:RO {text}", LENIENT) == expected
    if '"never' not in text:
        assert parse_filter(f"os:ios {text} country:RO", LENIENT) == expected


@given(text=st.text(alphabet='ab:!|"\\ path'))
def test_lenient_server_reads_anything(text: str) -> None:
    assert all(term.key in COLUMNS for term in parse_filter(text, LENIENT))


def test_a_repeated_key_can_mean_either() -> None:
    text = "country:RO !os:ios country:US !os:android"
    assert parse_filter(text, Switches(repeated_key="or")) == (
        Term("country", ("RO", "US")),
        Term("os", ("ios", "android"), negated=True),
    )
    assert len(parse_filter(text, LENIENT)) == 4
