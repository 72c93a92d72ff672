from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from loguro_async.endpoints import (
    CUSTOM_EVENTS,
    EVENTS,
    KPIS,
    RECENT_EVENTS,
    TOP_FLOWS,
    TOP_PAGES,
    VISITOR,
    VISITOR_SESSIONS,
    Endpoint,
)
from loguro_async.errors import InvalidQueryError
from tests.calls import a_request
from tests.contract.reference import ALL as EVERY

ALL = {endpoint.name: endpoint for endpoint in EVERY}

DOCUMENTED = {
    "kpis": "/api/web-events/local/kpis",
    "timeseries": "/api/web-events/local/timeseries",
    "events": "/api/web-events/local",
    "count": "/api/web-events/local/count",
    "top-pages": "/api/web-events/local/top-pages",
    "top-referrers": "/api/web-events/local/top-referrers",
    "top-countries": "/api/web-events/local/top-countries",
    "top-locations": "/api/web-events/local/top-locations",
    "top-browsers": "/api/web-events/local/top-browsers",
    "top-os": "/api/web-events/local/top-os",
    "top-devices": "/api/web-events/local/top-devices",
    "top-entry-pages": "/api/web-events/local/top-entry-pages",
    "top-exit-pages": "/api/web-events/local/top-exit-pages",
    "top-flows": "/api/web-events/local/top-flows",
    "custom-events": "/api/web-events/local/custom-events",
    "recent-events": "/api/web-events/local/recent-events",
    "visitor": "/api/web-events/local/visitor/01HZ7XK4N8",
    "visitor-sessions": "/api/web-events/local/visitor/01HZ7XK4N8/sessions",
}


def ask(endpoint: Endpoint[Any], **given: Any) -> str:  # noqa: ANN401 - those of a query
    assert given.keys() <= {*endpoint.takes, "visitor_id"}
    return a_request(endpoint, **given).target


def test_every_documented_endpoint_is_in_the_table_and_no_other() -> None:
    assert ALL.keys() == DOCUMENTED.keys()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_question_with_nothing_given_sends_nothing_but_its_path(name: str) -> None:
    given = {"visitor_id": "01HZ7XK4N8"} if ALL[name].needs_visitor else {}

    assert ask(ALL[name], **given) == DOCUMENTED[name]


@pytest.mark.parametrize(
    ("target", "endpoint", "given"),
    [
        (
            "/kpis?range=7d&filter=path%3A%2Fpricing",
            KPIS,
            {"range": "7d", "filter": "path:/pricing"},
        ),
        ("?range=24h&limit=100", EVENTS, {"range": "24h", "limit": 100}),
        (
            "/top-pages?range=7d&limit=20&compare=1",
            TOP_PAGES,
            {"range": "7d", "limit": 20, "compare": True},
        ),
        (
            "/top-flows?range=30d&limit=25&depth=3",
            TOP_FLOWS,
            {"range": "30d", "limit": 25, "depth": 3},
        ),
        ("/custom-events?range=7d&limit=20", CUSTOM_EVENTS, {"range": "7d", "limit": 20}),
        (
            "/recent-events?limit=200&windowMs=300000",
            RECENT_EVENTS,
            {"limit": 200, "window": 300_000},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Endpoint) else None,
)
def test_the_reference_s_own_examples(
    target: str, endpoint: Endpoint[Any], given: dict[str, Any]
) -> None:
    assert ask(endpoint, **given) == f"/api/web-events/local{target}"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_ranges_mean_24h_where_left_out_and_visitors_have_none(name: str) -> None:
    endpoint = ALL[name]
    given = {"visitor_id": "v"} if endpoint.needs_visitor else {}
    has_default = "range" in endpoint.takes and not endpoint.needs_visitor
    canonical = dict(a_request(endpoint, **given).canonical)

    assert canonical.get("range") == ("24h" if has_default else None)


def test_documented_defaults_are_filled_in_for_the_cache() -> None:
    assert a_request(TOP_FLOWS).canonical == (("depth", "3"), ("range", "24h"))
    assert a_request(RECENT_EVENTS).canonical == (("windowMs", "300000"),)
    five_minutes = a_request(RECENT_EVENTS, window=dt.timedelta(minutes=5))
    assert five_minutes.canonical == (("windowMs", "300000"),)


@pytest.mark.parametrize("endpoint", [VISITOR, VISITOR_SESSIONS], ids=lambda one: one.name)
@pytest.mark.parametrize("visitor_id", [None, "", ".", "..", "a/b", "a%2Fb", 7])
def test_a_visitor_id_cannot_leave_its_part_of_the_path(
    endpoint: Endpoint[Any], visitor_id: object
) -> None:
    with pytest.raises(InvalidQueryError, match="visitor id"):
        a_request(endpoint, visitor_id=visitor_id)


def test_what_identifies_people_is_marked_sensitive() -> None:
    sensitive = {name for name, endpoint in ALL.items() if endpoint.sensitive}

    assert {"top-locations", "visitor", "visitor-sessions"} <= sensitive


@pytest.mark.parametrize("name", ["kpis", "timeseries", "custom-events", "visitor-sessions"])
def test_shapes_that_the_reference_gives_are_closed(name: str) -> None:
    assert not ALL[name].open


@pytest.mark.parametrize(
    "name",
    [name for name in DOCUMENTED if name.startswith("top-")]
    + ["count", "recent-events", "visitor"],
)
def test_shapes_that_the_reference_leaves_open_are_open(name: str) -> None:
    assert ALL[name].open
