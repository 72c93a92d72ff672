"""A kept answer's memory: the guess is never below what is weighed."""

from __future__ import annotations

import datetime as dt
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.decoding import decode
from loguro_async.endpoints import RECENT_EVENTS, TOP_FLOWS, TOP_LOCATIONS, TOP_PAGES
from loguro_async.models.responses import received
from loguro_async.pipeline.cache.entry import CacheKey, Entry
from tests.contract.reference import SHOWN, golden

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
KEY = CacheKey("https://loguro.example", b"who", "local", "kpis", "/local/kpis", ())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
ROWS = st.fixed_dictionaries(
    {"path": TEXTS, "count": st.integers(0, 2**53)},
    optional={"more": st.lists(st.integers()), "title": TEXTS},
)


def kept(endpoint: Endpoint[Any], body: bytes) -> Entry:
    answer = decode(endpoint, body)
    received(answer, raw=body, fetched_at=NOW, shape=endpoint.shape)
    return Entry(KEY, answer, stored_at=0.0, freshness=1.0, keep_until=inf)


def items(rows: list[Any]) -> bytes:
    return msgspec.json.encode({"items": rows})


@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda endpoint: endpoint.name)
def test_what_the_reference_shows_is_not_guessed_too_low(endpoint: Endpoint[Any]) -> None:
    entry = kept(endpoint, golden(endpoint.name))
    assert entry.size() <= entry.size_at_most()


@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("endpoint", [TOP_PAGES, TOP_LOCATIONS, TOP_FLOWS, RECENT_EVENTS])
def test_rows_that_leave_out_all_they_can_are_not_guessed_too_low(
    endpoint: Endpoint[Any], count: int
) -> None:
    entry = kept(endpoint, items([{}] * count))
    assert entry.size() <= entry.size_at_most()


@given(st.lists(ROWS, max_size=30))
def test_no_row_is_guessed_too_low(rows: list[dict[str, Any]]) -> None:
    entry = kept(TOP_PAGES, items(rows))
    assert entry.size() <= entry.size_at_most()
