from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loguro_async.errors import InvalidQueryError
from loguro_async.query.filter_text import KEYS
from loguro_async.query.filters import F, Filter, Term
from tests.calls import a_request
from tests.properties.strategies import filters, keys, single_terms, spellings, values

Match = Callable[[str, str], bool]
MATCHES: tuple[Match, ...] = (
    lambda wanted, found: wanted == found,
    lambda wanted, found: wanted in found,
    lambda wanted, found: found.casefold().startswith(wanted.casefold()),
)


def holds(terms: Sequence[Term], event: Mapping[str, str], match: Match) -> bool:
    """Returns the meaning of a list of terms, in the simplest form."""
    return all(
        any(match(value, event[term.key]) for value in term.values) is not term.negated
        for term in terms
    )


@given(filters)
def test_parsing_the_canonical_text_gives_the_filter_back(condition: Filter) -> None:
    assert Filter.parse(str(condition)) == condition


@given(filters, st.data())
def test_equal_meaning_is_an_equal_filter_with_one_hash_and_cache_key(
    condition: Filter, data: st.DataObject
) -> None:
    other = Filter.parse(data.draw(spellings(condition)))

    assert other == condition
    assert hash(other) == hash(condition)
    assert str(other) == str(condition)
    assert repr(other) == repr(condition)
    assert a_request(filter=other) == a_request(filter=condition)


@given(
    st.lists(single_terms, max_size=5),
    st.fixed_dictionaries(dict.fromkeys(KEYS, values)),
    st.sampled_from(MATCHES),
)
def test_canonical_form_means_what_was_written(
    parts: list[Filter], event: dict[str, str], match: Match
) -> None:
    written = [term for part in parts for term in part.terms]

    assert holds(Filter.of(written).terms, event, match) is holds(written, event, match)


@given(filters, filters)
def test_and_is_commutative(one: Filter, other: Filter) -> None:
    assert one & other == other & one


@given(filters, filters, filters)
def test_and_is_associative(one: Filter, two: Filter, three: Filter) -> None:
    assert (one & two) & three == one & (two & three)


@given(filters)
def test_and_is_idempotent_and_the_empty_filter_is_its_neutral(condition: Filter) -> None:
    assert condition & condition == condition
    assert condition & Filter() == condition == Filter() & condition


@given(single_terms)
def test_negating_a_single_term_twice_gives_it_back(condition: Filter) -> None:
    assert ~~condition == condition
    assert ~condition != condition


@given(keys, st.lists(values, min_size=1, max_size=4), st.lists(values, min_size=1, max_size=4))
def test_de_morgan_within_a_key(key: str, some: list[str], more: list[str]) -> None:
    build: Callable[..., Filter] = getattr(F, key)

    assert ~(build(*some) | build(*more)) == ~build(*some) & ~build(*more)
    assert ~(~build(*some) & ~build(*more)) == build(*some) | build(*more)


@given(keys, st.lists(values, min_size=1, max_size=4), st.lists(values, min_size=1, max_size=4))
def test_or_within_a_key_is_one_call_with_all_values(
    key: str, some: list[str], more: list[str]
) -> None:
    build: Callable[..., Filter] = getattr(F, key)

    assert build(*some) | build(*more) == build(*more) | build(*some) == build(*some, *more)


@given(keys, st.lists(values, min_size=1, max_size=4), st.lists(values, max_size=4))
def test_a_wider_condition_is_absorbed(key: str, some: list[str], more: list[str]) -> None:
    build: Callable[..., Filter] = getattr(F, key)

    assert build(*some) & build(*some, *more) == build(*some)
    assert ~build(*some) & ~build(*some, *more) == ~build(*some, *more)


few_values = st.lists(st.sampled_from(["a", "ab", "b"]), min_size=1).map(tuple)


@given(few_values, few_values, st.booleans(), st.sampled_from(["a", "ab", "abc", "b", ""]))
def test_a_term_implies_only_what_holds_wherever_it_does(
    some: tuple[str, ...],
    more: tuple[str, ...],
    negated: bool,  # noqa: FBT001 - given by the law's strategy
    found: str,
) -> None:
    one = Term("path", negated=negated, values=some)
    other = Term("path", negated=negated, values=more)

    assert one.implies(other) is (set(more) <= set(some) if negated else set(some) <= set(more))
    if one.implies(other):
        for match in MATCHES:
            assert holds([other], {"path": found}, match) or not holds(
                [one], {"path": found}, match
            )


@given(filters, filters)
def test_filters_of_different_text_are_different(one: Filter, other: Filter) -> None:
    assert (one == other) is (str(one) == str(other))


@given(filters)
def test_a_filter_pickles(condition: Filter) -> None:
    twin = pickle.loads(pickle.dumps(condition))  # noqa: S301 - made here

    assert twin == condition
    assert hash(twin) == hash(condition)


@given(st.text() | st.text(alphabet='path:country!|"\\ /\ud800', max_size=30))
@example('path:"')
@example('path:"\\')
@example("path:a|")
@example('path:""x')
@example("!")
def test_any_text_is_refused_or_becomes_a_filter_whose_text_is_stable(text: str) -> None:
    try:
        condition = Filter.parse(text)
    except InvalidQueryError:
        return
    assert Filter.parse(str(condition)) == condition


@given(st.text(min_size=1, max_size=100))
def test_raw_text_is_sent_unchanged(text: str) -> None:
    condition = Filter.raw(text)

    assert dict(a_request(filter=condition).parameters) == {"filter": text}
    with pytest.raises(InvalidQueryError, match="raw"):
        _ = condition & F.path("/")
