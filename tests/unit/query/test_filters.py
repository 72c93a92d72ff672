from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from loguro_async.errors import InvalidQueryError
from loguro_async.query.filter_text import KEYS
from loguro_async.query.filters import F, Filter, Term, as_filter

if TYPE_CHECKING:
    from collections.abc import Callable

Odd: TypeAlias = Any  # a value that the signature does not allow


def test_the_contract_s_own_example() -> None:
    condition = F.path("/pricing") & F.country("RO", "US") & ~F.device("mobile")

    assert condition == Filter.parse("country:RO|US !device:mobile path:/pricing")
    assert str(condition) == "country:RO|US !device:mobile path:/pricing"


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("path:/pricing country:RO", F.path("/pricing") & F.country("RO")),
        (
            "event_type:custom custom_event_name:signup_completed",
            F.event_type("custom") & F.custom_event_name("signup_completed"),
        ),
        ("!device:mobile search:checkout", ~F.device("mobile") & F.search("checkout")),
        ("country:RO|US !device:mobile", F.country("RO", "US") & ~F.device("mobile")),
        ("browser:chrome os:macos", F.browser("chrome") & F.os("macos")),
        ('visitor_id:"01HZ..."', F.visitor_id("01HZ...")),
        ('session_id:"01HZ..."', F.session_id("01HZ...")),
        ("event_type:pageview", F.event_type("pageview")),
    ],
)
def test_the_reference_s_own_examples(text: str, built: Filter) -> None:
    assert Filter.parse(text) == built


def test_there_is_a_builder_for_each_key_and_no_other() -> None:
    builders = {name for name in vars(F) if not name.startswith("_")}

    assert builders == set(KEYS)
    for key in KEYS:
        build: Callable[..., Filter] = getattr(F, key)
        assert build("a", "b") == Filter.parse(f"{key}:a|b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("country:RO device:mobile", "device:mobile country:RO"),
        ("country:RO|US", "country:US|RO"),
        ("country:RO|RO", "country:RO"),
        ("country:RO country:RO", "country:RO"),
        ('country:"RO"', "country:RO"),
        (' country:RO \t\n device:"mobile" ', "country:RO device:mobile"),
        ("!country:RO|US", "!country:RO !country:US"),
        ("country:RO country:RO|US", "country:RO"),
        ("!country:RO !country:RO|US", "!country:US|RO"),
        ("", "   "),
        (r'path:"\a\"\\"', r'path:"\\a\"\\"'),
    ],
)
def test_equal_meaning_is_one_filter(one: str, other: str) -> None:
    assert Filter.parse(one) == Filter.parse(other)
    assert hash(Filter.parse(one)) == hash(Filter.parse(other))
    assert str(Filter.parse(one)) == str(Filter.parse(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("country:RO", "!country:RO"),
        ("country:RO", "country:ro"),
        ("country:RO country:US", "country:RO|US"),
        ("path:/a", "path:/a/"),
        ("path:a|b", 'path:"a|b"'),
        ('path:""', ""),
        ("country:RO !country:RO", ""),
    ],
)
def test_another_meaning_is_another_filter(one: str, other: str) -> None:
    assert Filter.parse(one) != Filter.parse(other)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("/pricing", "path:/pricing"),
        ("", 'path:""'),
        ("two words", 'path:"two words"'),
        ("a|b", 'path:"a|b"'),
        ('say "hi"', r'path:"say \"hi\""'),
        ("back\\slash", r'path:"back\\slash"'),
        ("line\nbreak", 'path:"line\nbreak"'),
        ("non\u00a0breaking", 'path:"non\u00a0breaking"'),
        ("\x00", 'path:"\x00"'),
        ("!:no", "path:!:no"),
        ("căutare", "path:căutare"),
        ("🦔", "path:🦔"),
        ("/a,b", "path:/a,b"),
        ("/a;b:c", "path:/a;b:c"),
        ("/a;os:c", 'path:"/a;os:c"'),
        ("\\d+", r'path:"\\d+"'),
    ],
)
def test_values_are_quoted_where_they_must_be(value: str, text: str) -> None:
    assert str(F.path(value)) == text
    assert Filter.parse(text) == F.path(value)


@pytest.mark.parametrize(
    ("text", "character", "why"),
    [
        ("pricing", 1, "write key:value, such as search:pricing"),
        ("country:RO pricing", 12, "a key is missing"),
        (":RO", 1, "a key is missing"),
        ("|", 1, "a key is missing"),
        ("!", 2, "a key is missing"),
        ("! country:RO", 2, "a key is missing"),
        ("!!country:RO", 2, "no key '!country'; did you mean 'country'"),
        ("contry:RO", 1, "did you mean 'country'"),
        ("Country:RO", 1, "did you mean 'country'"),
        ("visitor:1", 1, "did you mean 'visitor_id'"),
        ("event:x", 1, "did you mean 'event_type'"),
        ("country:", 9, "a value is missing"),
        ("country: RO", 9, "a value is missing"),
        ("country:RO|", 12, "a value is missing"),
        ("country:|RO", 9, "a value is missing"),
        ('path:"/a', 6, "never closed"),
        ('path:"/a\\', 6, "never closed"),
        ('path:/a"b"', 8, "put the whole value in quotes"),
        ('path:"/a"b', 10, "a space is missing after the closing quote"),
    ],
)
def test_an_unreadable_filter_is_refused_with_position_and_reason(
    text: str, character: int, why: str
) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        Filter.parse(text)
    assert f"character {character}: " in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "character", "spelling"),
    [
        ("country:RO,US", 9, "write country:RO|US"),
        ("device:mobile,", 8, "write device:mobile"),
        ("country:RO;device:mobile", 9, "terms are separated by spaces"),
        ("path:/a,search:b", 6, "terms are separated by spaces"),
        ("!country:RO|!US", 13, "write !country:a|b"),
        ("a:b;c:d", 1, f"The keys are {', '.join(KEYS)}"),
    ],
)
def test_a_slip_is_refused_with_the_right_spelling(
    text: str, character: int, spelling: str
) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        Filter.parse(text)
    assert f"character {character}: " in str(caught.value)
    assert spelling in str(caught.value)


def test_a_value_that_looks_like_a_typo_is_sent_in_quotes() -> None:
    for condition in (F.country("RO,US"), F.path("!x", "!y"), F.search("a;os:b")):
        assert '"' in str(condition)
        assert Filter.parse(str(condition)) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("checkout", F.search("checkout")),
        ("pricing country:RO", F.search("pricing") & F.country("RO")),
        ("two words", F.search("two") & F.search("words")),
        ('"two words" !os:ios', F.search("two words") & ~F.os("ios")),
        ("!spam", ~F.search("spam")),
        ("a|b", F.search("a", "b")),
        ("https://example.com/a", F.search("https://example.com/a")),
        ("/pricing", F.search("/pricing")),
        ("", Filter()),
    ],
)
def test_words_without_a_key_may_be_searched_for(text: str, condition: Filter) -> None:
    assert Filter.parse(text, bare="search") == condition


@pytest.mark.parametrize("text", ["contry:RO", "search:", ":x", "!", 'a"b"', "|"])
def test_with_bare_words_a_slip_is_still_found(text: str) -> None:
    with pytest.raises(InvalidQueryError, match="character"):
        Filter.parse(text, bare="search")


def test_bare_words_need_a_key_that_there_is() -> None:
    with pytest.raises(InvalidQueryError, match="bare is 'text'; give one of path, country"):
        Filter.parse("a", bare="text")


def test_ids_are_always_quoted_and_excluded_values_are_terms_of_their_own() -> None:
    assert str(F.visitor_id("01HZ")) == 'visitor_id:"01HZ"'
    assert str(~F.session_id("a", "b")) == '!session_id:"a" !session_id:"b"'
    assert str(Filter.parse("!device:mobile|tablet")) == "!device:mobile !device:tablet"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\d+"', r"\d+"),
        (r'"C:\docs"', r"C:\docs"),
        (r'"a\\b"', r"a\b"),
        (r'"\""', '"'),
        (r'"\\"', "\\"),
    ],
)
def test_a_backslash_escapes_only_a_quote_or_a_backslash(text: str, value: str) -> None:
    assert Filter.parse(f"search:{text}") == F.search(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("search:" + "x" * 8_000, "8,007 characters; give 8,000 or fewer"),
        (" ".join(f"path:/{n}" for n in range(101)), "more than 100 terms"),
        (" ".join(f"!path:/{n}" for n in range(101)), "more than 100 terms"),
        ("!path:" + "|".join(map(str, range(101))), "101 terms; give 100 or fewer"),
    ],
)
def test_length_and_number_of_terms_are_bounded(text: str, why: str) -> None:
    with pytest.raises(InvalidQueryError, match=why):
        Filter.parse(text)


def test_a_filter_that_is_built_is_bounded_too() -> None:
    with pytest.raises(InvalidQueryError, match="8,001 characters"):
        F.search("x" * 8_001)
    with pytest.raises(InvalidQueryError, match="8,001 characters"):
        Filter.raw("x" * 8_001)
    with pytest.raises(InvalidQueryError, match="101 terms"):
        _ = ~F.country(*map(str, range(101)))
    assert F.country(*map(str, range(1_000)))


def test_an_error_in_a_long_filter_is_shown_with_its_context() -> None:
    with pytest.raises(InvalidQueryError) as caught:
        Filter.parse("path:/a " * 50 + "nothing " + "path:/b " * 40)
    assert "nothing" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["path:\ud800", "\udfff"])
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    for read in (Filter.parse, Filter.raw, F.path):
        with pytest.raises(InvalidQueryError, match="half a surrogate pair"):
            read(text)


@pytest.mark.parametrize("value", [None, 7, b"country:RO", ["country:RO"]])
def test_a_filter_is_text(value: Odd) -> None:
    for read in (Filter.parse, as_filter, Filter.raw, F.country):
        with pytest.raises(InvalidQueryError, match="give"):
            read(value)


def test_a_builder_needs_a_value() -> None:
    with pytest.raises(InvalidQueryError, match=r"F\.country\(\) has no value"):
        F.country()


def test_or_joins_values_of_one_key() -> None:
    assert F.country("RO") | F.country("US", "DE") == F.country("DE", "RO", "US")
    assert F.country("RO") | F.country("RO") == F.country("RO")
    both = F.country("RO") & ~F.device("mobile")
    assert both | both == both


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (F.country("RO"), F.device("mobile")),
        (F.country("RO"), ~F.country("US")),
        (~F.country("RO"), ~F.country("US")),
        (F.country("RO") & F.path("/"), F.country("RO")),
    ],
)
def test_or_of_anything_else_is_refused(one: Filter, other: Filter) -> None:
    with pytest.raises(InvalidQueryError, match="make two calls") as caught:
        _ = one | other
    assert str(one) in str(caught.value)
    assert str(other) in str(caught.value)


@pytest.mark.parametrize("condition", [Filter(), F.country("RO") & F.path("/")])
def test_only_a_single_condition_can_be_negated(condition: Filter) -> None:
    with pytest.raises(InvalidQueryError, match="only a single condition can be negated"):
        _ = ~condition


def test_several_excluded_values_are_one_condition() -> None:
    assert ~(~F.country("RO") & ~F.country("US")) == F.country("RO", "US")


@pytest.mark.parametrize("other", ["country:RO", None, 7])
def test_filters_combine_with_filters_only(other: Odd) -> None:
    with pytest.raises(TypeError):
        _ = F.path("/") & other
    with pytest.raises(TypeError):
        _ = F.path("/") | other
    assert F.path("/") != other


def test_the_empty_filter_matches_everything() -> None:
    assert not Filter()
    assert str(Filter()) == ""
    assert Filter.parse("") == Filter()
    assert F.path("/")
    assert F.path("/") & Filter() == F.path("/")


def test_raw_text_is_sent_unchanged() -> None:
    raw = Filter.raw("plan:pro  OR (country:RO)")

    assert str(raw) == "plan:pro  OR (country:RO)"
    assert raw
    assert not Filter.raw("")
    assert raw == Filter.raw("plan:pro  OR (country:RO)")
    assert raw != Filter.raw("plan:pro OR (country:RO)")


def test_raw_text_cannot_be_combined() -> None:
    raw = Filter.raw("country:RO")
    with pytest.raises(InvalidQueryError, match="a raw filter cannot be combined"):
        _ = raw & F.path("/")
    with pytest.raises(InvalidQueryError, match="a raw filter cannot be combined"):
        _ = F.path("/") & raw
    with pytest.raises(InvalidQueryError, match="a raw filter cannot be combined"):
        _ = raw | raw
    with pytest.raises(InvalidQueryError, match="a raw filter cannot be combined"):
        _ = ~raw


def test_the_repr_of_a_filter_is_the_code_that_makes_it() -> None:
    assert repr(F.path('/a "b"')) == 'Filter.parse(\'path:"/a \\\\"b\\\\""\')'
    assert repr(Filter.raw("x")) == "Filter.raw('x')"
    assert str(Term("path", negated=True, values=("a b", "c"))) == '!path:"a b" !path:c'


def test_filters_are_values_with_equality_and_hash() -> None:
    condition = F.country("RO", "US") & ~F.device("mobile")

    assert copy.deepcopy(condition) == condition
    assert pickle.loads(pickle.dumps(condition)) == condition  # noqa: S301 - made here
    assert len({condition, Filter.parse(str(condition))}) == 1
    with pytest.raises(AttributeError):
        condition.terms = ()  # type: ignore[misc]


def test_a_filter_argument_takes_a_filter_or_its_text() -> None:
    assert as_filter(F.country("RO")) == as_filter("country:RO") == F.country("RO")


def test_narrower_terms_imply_wider_ones() -> None:
    romania = Term("country", negated=False, values=("RO",))
    two = Term("country", negated=False, values=("RO", "US"))
    not_romania = Term("country", negated=True, values=("RO",))
    neither = Term("country", negated=True, values=("RO", "US"))

    assert romania.implies(two)
    assert not two.implies(romania)
    assert neither.implies(not_romania)
    assert not not_romania.implies(neither)
    assert not romania.implies(neither)
    assert not romania.implies(Term("path", negated=False, values=("RO",)))
