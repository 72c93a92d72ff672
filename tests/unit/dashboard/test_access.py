"""Nobody sees more than the host allows, whatever is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import ConfigurationError, F, Filter, InvalidQueryError
from loguro_async.dashboard.access import Access, ForbiddenError
from loguro_async.dashboard.view import view_of
from loguro_async.query.filters import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

Event = dict[str, str]
keys = st.sampled_from(("path", "country", "device"))
values = st.sampled_from(("a", "b", "c", "d"))
terms = st.builds(Term, keys, st.booleans(), st.lists(values, min_size=1, max_size=3).map(tuple))
filters = st.lists(terms, max_size=4).map(Filter.of)
events = st.fixed_dictionaries({"path": values, "country": values, "device": values})


def lets_through(terms: Sequence[Term], event: Event, *, repeated_is_or: bool) -> bool:
    """A reading of the language; some services take a key's terms together as alternatives."""
    if repeated_is_or:
        merged: dict[tuple[str, bool], set[str]] = {}
        for term in terms:
            merged.setdefault((term.key, term.negated), set()).update(term.values)
        return all((event[key] in some) != negated for (key, negated), some in merged.items())
    return all((event[term.key] in term.values) != term.negated for term in terms)


@given(fixed=filters, wish=filters, event=events, repeated_is_or=st.booleans())
def test_a_wish_never_widens_what_the_host_lets_through(
    fixed: Filter, wish: Filter, event: Event, *, repeated_is_or: bool
) -> None:
    try:
        narrowed = Access(project="local", filter=fixed).narrowed(wish)
    except ForbiddenError:
        return
    if lets_through(narrowed.terms, event, repeated_is_or=repeated_is_or):
        assert lets_through(fixed.terms, event, repeated_is_or=repeated_is_or)


@given(wish=filters)
def test_where_the_host_fixes_nothing_every_wish_is_granted(wish: Filter) -> None:
    assert Access(project="local").narrowed(wish) == wish


def test_a_wish_may_choose_among_the_hosts_values() -> None:
    access = Access(project="local", filter=F.country("RO", "US") & F.path("/shop"))
    assert access.narrowed(F.country("RO", "DE")) == F.country("RO") & F.path("/shop")
    assert access.narrowed(~F.device("mobile")) == access.filter & ~F.device("mobile")
    for wish in (F.country("DE"), F.path("/"), F.path("/shop/../")):
        with pytest.raises(ForbiddenError):
            access.narrowed(wish)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, True),
        ({"range": "30d"}, True),
        ({"project": "local"}, True),
        ({"project": "shop"}, False),
        ({"range": "all"}, False),
        ({"range": "<script>"}, False),
        ({"filter": "path:/other"}, False),
        ({"filter": "path:/mine|/other"}, True),
        ({"filter": 'path:"/mine" path:/other'}, False),
    ],
)
def test_a_request_for_more_is_refused(asked: dict[str, str], *, allowed: bool) -> None:
    access = Access(project="local", filter=F.path("/mine"), ranges=("7d", "30d"))
    if allowed:
        assert view_of(asked, access).filter == F.path("/mine")
    else:
        with pytest.raises(ForbiddenError):
            view_of(asked, access)


def test_a_filter_that_cannot_be_read_is_a_mistake_that_says_where() -> None:
    view = view_of({"filter": "colour:red"}, Access(project="local"))
    assert "character 1" in view.mistake
    assert "country" in view.mistake or "did you mean" in view.mistake
    assert (view.typed, view.filter) == ("colour:red", Filter())


def test_the_query_of_a_view_leads_back_to_it() -> None:
    access = Access(project="local")
    asked = {"range": "30d", "filter": 'path:"/a b" !device:mobile', "compare": "1"}
    view = view_of(asked, access)
    assert view.query() == ("?range=30d&filter=%21device%3Amobile+path%3A%22%2Fa+b%22&compare=1")
    assert view.query(compare="", filter="") == "?range=30d"


@pytest.mark.parametrize(
    "options",
    [
        {"project": ""},
        {"project": "a/b"},
        {"project": "local", "ranges": ()},
        {"project": "local", "ranges": ("7d", "2h")},
        {"project": "local", "filter": Filter.raw("path:/x")},
        {"project": "local", "filter": F.path("/x"), "visitors": True},
    ],
)
def test_an_access_that_cannot_be_right_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ConfigurationError, InvalidQueryError)):
        Access(**options)
