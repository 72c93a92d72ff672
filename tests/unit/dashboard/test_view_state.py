"""View states of addresses, allowed and forbidden."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from loguro_async import F, Filter, InvalidQueryError
from loguro_async.dashboard.access import Access
from loguro_async.dashboard.view_state import ViewState, read_parameters, view_state
from loguro_async.dashboard.widgets import tabs_for

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = dt.datetime(2026, 6, 11, 10, 3, tzinfo=dt.UTC)


def state_of(asked: Mapping[str, str], access: Access) -> ViewState:
    return view_state(asked, access, tabs_for(access), NOW)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"range": "30d"}, 200),
        ({"project": "local"}, 200),
        ({"project": "shop"}, 403),
        ({"range": "all"}, 403),
        ({"range": "<script>"}, 400),
        ({"range": "99d"}, 400),
        ({"range": "ALL"}, 400),
        ({"range": "custom", "from": "2026-06-01", "to": "2026-06-02"}, 403),
        ({"from": "2026-06-01", "to": "2026-06-02"}, 403),
        ({"filter": "path:/other"}, 403),
        ({"filter": "path:/mine|/other"}, 200),
        ({"filter": 'path:"/mine" path:/other'}, 403),
        ({"filter": "colour:red"}, 400),
        ({"filter": "visitor_id:v"}, 403),
    ],
)
def test_a_forbidden_parameter_is_left_out_and_has_a_status(
    asked: dict[str, str], status: int
) -> None:
    access = Access(project="local", filter=F.path("/mine"), ranges=("7d", "30d"))
    state = state_of(asked, access)
    assert state.status == status
    assert (state.project, state.filter) == ("local", F.path("/mine"))
    assert state.range.name in access.ranges
    assert bool(state.error) == (status != 200)


def test_a_filter_that_cannot_be_read_stays_in_the_box_and_says_where() -> None:
    state = state_of({"filter": "country:RO", "add": "colour:red"}, Access(project="local"))
    assert "character 1" in state.filter_error
    assert (state.typed, state.requested) == ("colour:red", F.country("RO"))


def test_words_without_a_key_are_searched_for() -> None:
    state = state_of({"add": "checkout !device:mobile"}, Access(project="local"))
    assert state.requested == F.search("checkout") & ~F.device("mobile")


def test_what_is_added_joins_the_filter() -> None:
    state = state_of({"filter": "country:RO", "add": "!device:mobile"}, Access(project="local"))
    assert state.requested == F.country("RO") & ~F.device("mobile")
    assert (state.typed, state.status) == ("", 200)


def test_another_project_is_shown_where_the_host_allows_it() -> None:
    access = Access(project="local", projects=("shop",))
    assert state_of({"project": "shop"}, access).project == "shop"
    assert state_of({"project": "shop"}, access).query().startswith("?project=shop&")
    assert "project" not in state_of({}, access).query()
    assert state_of({"project": "other"}, access).status == 403


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "30d", "filter": '!device:mobile path:"/a b"', "compare": "1"},
        {"range": "today", "metric": "sessions", "interval": "day"},
        {"from": "2026-06-01", "to": "2026-06-03", "content": "exit", "technology": "systems"},
    ],
)
def test_the_query_of_a_state_leads_back_to_it(asked: dict[str, str]) -> None:
    access = Access(project="local")
    state = state_of(asked, access)
    assert state.status == 200
    assert state.query() == "?" + urlencode(asked)
    assert state_of(read_parameters(state.query()[1:]), access) == state


def test_unknown_words_are_taken_for_nothing() -> None:
    asked = {"metric": "money", "interval": "age", "content": "locations", "compare": "yes"}
    assert state_of(asked, Access(project="local")) == state_of({}, Access(project="local"))


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"os:{number}" for number in range(2_000)),
        " ".join(f"!os:{number}" for number in range(3_000)),
        "os:" + "|".join(map(str, range(7_000))),
        'path:"' * 5_000,
        "!" * 50_000,
        " ".join(f"os:{number}" for number in range(120)),
        "os:" + "|".join(map(str, range(150))),
    ],
)
def test_long_filters_are_refused_in_little_time(text: str) -> None:
    began = time.process_time()
    state = state_of({"filter": text}, Access(project="local"))
    assert time.process_time() - began < 0.1
    assert (state.status, state.requested) == (400, Filter())
    assert len(state.typed) <= 1_000


@pytest.mark.parametrize("query", ["x=" + "y" * 5_000, "&".join("a=b" for _ in range(100))])
def test_long_addresses_are_refused(query: str) -> None:
    with pytest.raises(InvalidQueryError):
        read_parameters(query)


def test_the_last_one_of_repeated_parameters_counts() -> None:
    assert read_parameters("project=shop&project=local&x=%ff&=1&y") == {
        "project": "local",
        "x": "\N{REPLACEMENT CHARACTER}",
        "": "1",
    }
