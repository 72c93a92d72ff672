from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from loguro_async.errors import InvalidQueryError
from loguro_async.query.ranges import CHIPS, Between
from loguro_async.query.request import check_path_part
from tests.contract.reference import ALL
from tests.properties.strategies import filters

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint

Question: TypeAlias = "tuple[Endpoint[Any], str, list[Any]]"

SPELLED_OUT = {"range": "24h", "depth": 3, "window": dt.timedelta(minutes=5), "compare": False}

slugs = st.text(alphabet="abcXYZ019-_.~", min_size=1, max_size=12).filter(
    lambda text: text not in {".", ".."}
)
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


@st.composite
def questions(draw: st.DrawFn) -> Question:
    endpoint = draw(st.sampled_from(ALL))
    return (
        endpoint,
        draw(slugs),
        [draw(slugs if name == "visitor_id" else ARGUMENTS[name]) for name in endpoint.takes],
    )


@given(questions())
def test_what_is_left_out_means_the_documented_default(
    question: Question,
) -> None:
    endpoint, slug, given_values = question
    spelled_out = [
        SPELLED_OUT.get(name) if value is None else value
        for name, value in zip(endpoint.takes, given_values, strict=True)
    ]

    assert endpoint.query(slug, spelled_out).meant == endpoint.query(slug, given_values).meant


@given(questions())
def test_equal_questions_are_equal_values(
    question: Question,
) -> None:
    endpoint, slug, given_values = question
    query, twin = endpoint.query(slug, given_values), endpoint.query(slug, given_values)

    assert query == twin
    assert hash(query) == hash(twin)


@given(questions())
def test_the_target_says_what_is_sent_and_nothing_else(
    question: Question,
) -> None:
    query = question[0].query(*question[1:])
    parts = urlsplit(query.target)

    assert parts.path == query.path
    assert (
        tuple(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(query.sent)))
        == query.sent
    )


@given(questions())
def test_no_url_library_reads_another_address_into_the_target(
    question: Question,
) -> None:
    query = question[0].query(*question[1:])
    url = URL(f"https://logu.ro{query.target}")

    assert url.path == query.path
    assert list(url.query.items()) == list(query.sent)


@given(st.text(max_size=12) | st.text(alphabet="./\\%2eEfF?#a;@:", max_size=8))
def test_a_slug_is_refused_or_stays_in_its_place(slug: str) -> None:
    try:
        checked = check_path_part("slug", slug)
    except InvalidQueryError:
        return
    url = URL(f"https://logu.ro/api/web-events/{checked}/kpis")

    assert url.parts == ("/", "api", "web-events", slug, "kpis")
