from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from yarl import URL

from loguro_async.errors import InvalidQueryError
from loguro_async.query.path import check_slug, check_visitor_id
from loguro_async.query.ranges import CHIPS, Between
from loguro_async.request import Query, prepare
from tests.contract.reference import ALL
from tests.properties.strategies import filters

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint

SPELLED_OUT = {"range": "24h", "depth": 3, "window": dt.timedelta(minutes=5), "compare": False}

slugs = st.text(alphabet="abcXYZ019-_.~", min_size=1, max_size=12).filter(
    lambda text: text not in {".", ".."}
)


def _is_visitor_id(text: str) -> bool:
    try:
        check_visitor_id(text)
    except InvalidQueryError:
        return False
    return True


windows = st.integers(1, 10**9).map(
    lambda seconds: Between.last(
        dt.timedelta(seconds=seconds), now=dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
    )
)
ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "range": st.none() | st.sampled_from(CHIPS) | windows,
    "filter": st.none() | filters,
    "limit": st.none() | st.integers(1),
    "compare": st.none() | st.booleans(),
    "depth": st.none() | st.integers(2, 5),
    "window": st.none() | st.integers(60_000, 3_600_000),
}


visitor_ids = st.text(min_size=1, max_size=12).filter(_is_visitor_id)


def arguments_of(endpoint: Endpoint[Any], draw: st.DrawFn) -> dict[str, Any]:
    """Values for all that an endpoint takes, the visitor's id among them."""
    arguments = {name: draw(ARGUMENTS[name]) for name in endpoint.takes}
    return arguments | ({"visitor_id": draw(visitor_ids)} if endpoint.needs_visitor else {})


@st.composite
def queries(draw: st.DrawFn) -> Query[Any]:
    endpoint = draw(st.sampled_from(ALL))
    return Query(endpoint, draw(slugs), **arguments_of(endpoint, draw))


@given(queries())
def test_a_left_out_argument_means_the_documented_default(query: Query[Any]) -> None:
    endpoint = query.endpoint
    defaults = SPELLED_OUT if not endpoint.needs_visitor else {}
    left_out = [name for name in endpoint.takes if getattr(query, name) is None]
    spelled_out = replace(query, **{name: defaults.get(name) for name in left_out})

    assert prepare(spelled_out).key == prepare(query).key


@given(queries())
def test_equal_queries_are_equal_values(query: Query[Any]) -> None:
    twin = replace(query)

    assert (query, prepare(query)) == (twin, prepare(twin))
    assert hash(query) == hash(twin)
    assert hash(prepare(query)) == hash(prepare(twin))


@given(queries())
def test_the_target_holds_what_is_sent_and_nothing_else(query: Query[Any]) -> None:
    request = prepare(query)
    parts = urlsplit(request.target)

    assert parts.path == request.path
    sent = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(request.parameters))
    assert tuple(sent) == request.parameters


@given(queries())
def test_no_url_library_reads_another_address_into_the_target(query: Query[Any]) -> None:
    request = prepare(query)
    url = URL(f"https://logu.ro{request.target}", encoded=True)

    assert url.raw_path == request.path
    assert list(url.query.items()) == list(request.parameters)


@given(st.text(max_size=12) | st.text(alphabet="./\\%2eEfF?#a;@:", max_size=8))
def test_a_slug_is_refused_or_stays_one_path_segment(slug: str) -> None:
    try:
        checked = check_slug(slug)
    except InvalidQueryError:
        return
    url = URL(f"https://logu.ro/api/web-events/{checked}/kpis")

    assert url.parts == ("/", "api", "web-events", slug, "kpis")
