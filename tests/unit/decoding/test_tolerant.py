from __future__ import annotations

import datetime as dt
import json
import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async.decoding import decode, explain, from_builtins
from loguro_async.endpoints import (
    COUNT,
    CUSTOM_EVENTS,
    EVENTS,
    KPIS,
    RECENT_EVENTS,
    TIMESERIES,
    TOP_COUNTRIES,
    TOP_FLOWS,
    TOP_LOCATIONS,
    TOP_PAGES,
    VISITOR,
    VISITOR_SESSIONS,
    Endpoint,
)
from loguro_async.models.kpis import Kpis
from loguro_async.models.overview import Overview
from loguro_async.models.received import Tolerance
from loguro_async.models.top_lists import TopList, TopPage
from tests.contract.reference import SHOWN, golden

if TYPE_CHECKING:
    from loguro_async.models.response_base import Response

EVENT = json.loads(golden("events"))["items"][0]


def read(endpoint: Endpoint[Any], value: object) -> Any:  # noqa: ANN401 - any response
    return decode(endpoint, json.dumps(value).encode())


def changed(endpoint: Endpoint[Any], **members: Any) -> Any:  # noqa: ANN401 - JSON
    return {**json.loads(golden(endpoint.name)), **members}


def noted(endpoint: Endpoint[Any], value: object) -> list[tuple[str, str]]:
    return [(one.path, one.kind) for one in read(endpoint, value).tolerated]


def test_a_body_of_the_reference_needs_no_tolerance() -> None:
    for endpoint in SHOWN:
        response: Response = decode(endpoint, golden(endpoint.name))
        assert response.tolerated == ()
        assert explain(endpoint, json.loads(golden(endpoint.name)))[1] == ()


def test_figures_that_could_not_be_computed_are_none() -> None:
    current = {"visitors": 0, "pageviews": 0, "sessions": 0, "bounceRate": None}
    kpis = read(KPIS, {"current": current, "previous": {}, "range": {"chip": "all", "from": None}})

    assert (kpis.current.bounce_rate, kpis.current.avg_duration_sec) == (None, None)
    assert kpis.current.visitors == 0
    assert kpis.previous is None
    assert (kpis.range.chip, kpis.range.from_, kpis.range.has_previous) == ("all", None, None)


@pytest.mark.parametrize("range_", [None, {}, "7d", ...])
def test_a_range_that_cannot_be_read_is_empty(range_: object) -> None:
    body = {"current": {"visitors": 1, "pageviews": 1, "sessions": 1}, "range": range_}
    kpis = read(KPIS, {name: value for name, value in body.items() if value is not ...})

    assert kpis.range.to is None
    assert kpis.current.visitors == 1


@pytest.mark.parametrize("total", [5, 5.0, "5", "5.0"])
def test_whole_numbers_may_be_spelled_otherwise(total: object) -> None:
    answer = read(EVENTS, {"items": [EVENT], "count": total})
    assert answer.count == 5
    assert isinstance(answer.count, int)


def test_the_count_of_a_list_may_have_another_name() -> None:
    assert read(EVENTS, {"items": [EVENT], "total": 5}).count == 5
    assert read(EVENTS, {"items": [EVENT]}).count is None


@pytest.mark.parametrize(
    "body", [7, 7.0, "7", {"total": 7}, {"count": "7"}, {"data": {"count": 7}}]
)
def test_a_count_may_come_bare_wrapped_or_as_total(body: object) -> None:
    assert int(read(COUNT, body)) == 7


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-06-04T10:00:00", dt.datetime(2026, 6, 4, 10, tzinfo=dt.UTC)),
        ("2026-06-04 10:00:00.5", dt.datetime(2026, 6, 4, 10, 0, 0, 500_000, tzinfo=dt.UTC)),
        ("2026-06-04 10:00:00+02:00", dt.datetime(2026, 6, 4, 8, tzinfo=dt.UTC)),
        ("2026-06-04", dt.datetime(2026, 6, 4, tzinfo=dt.UTC)),
        (1_780_567_200, dt.datetime(2026, 6, 4, 10, tzinfo=dt.UTC)),
        (1_780_567_200_000, dt.datetime(2026, 6, 4, 10, tzinfo=dt.UTC)),
        ("1780567200000", dt.datetime(2026, 6, 4, 10, tzinfo=dt.UTC)),
    ],
)
def test_timestamps_may_be_spelled_otherwise(sent: object, moment: dt.datetime) -> None:
    (event,) = read(EVENTS, {"items": [{**EVENT, "timestamp": sent}], "count": 1}).items
    assert event.timestamp == moment
    assert event.timestamp.tzinfo is not None


@pytest.mark.parametrize("sent", ["now", "", True, None, 1e300, "2026-13-01", [], {}])
def test_an_event_without_a_timestamp_is_left_out_and_counted(
    sent: object, caplog: pytest.LogCaptureFixture
) -> None:
    answer = read(EVENTS, {"items": [{**EVENT, "timestamp": sent}, EVENT], "count": 2})

    assert [event.id for event in answer.items] == [EVENT["id"]]
    assert answer.skipped == 1
    assert "events: 1 row left out" in caplog.text


def test_rows_that_are_no_objects_are_left_out_and_counted() -> None:
    items: list[object] = [7, {"path": "/"}, None, "row"]
    answer = read(TOP_PAGES, {"items": items})

    assert [row.path for row in answer.items] == ["/"]
    assert answer.skipped == 3


@pytest.mark.parametrize("name", [name for name in EVENT if name != "timestamp"])
@pytest.mark.parametrize("sent", [None, ..., {"odd": 1}])
def test_an_odd_event_has_the_fields_that_could_be_read(name: str, sent: object) -> None:
    odd = {key: value for key, value in {**EVENT, name: sent}.items() if value is not ...}
    first, last = read(EVENTS, {"items": [EVENT, odd], "count": 2}).items

    assert getattr(last, name) is None
    assert {key: getattr(last, key) for key in EVENT if key not in {name, "timestamp"}} == {
        key: EVENT[key] for key in EVENT if key not in {name, "timestamp"}
    }
    assert last.extra == ({} if sent in (None, ...) else {name: sent})
    assert first.extra == {}


def test_members_with_another_name_are_found_and_stay_as_they_were_sent() -> None:
    sent = {"country": "RO", "visits": 7, "uniqueVisitors": 5, "share": 0.5}
    answer = read(TOP_COUNTRIES, {"items": [sent]})
    (row,) = answer.items

    assert (row.country_code, row.sessions, row.visitors) == ("RO", 7, 5)
    assert row.extra == {"share": 0.5}
    assert row.to_dict() == sent
    assert answer.tolerated == (
        Tolerance("$.items[].visitors", "name", "visitors", "uniqueVisitors"),
        Tolerance("$.items[].sessions", "name", "sessions", "visits"),
        Tolerance("$.items[].country_code", "name", "country_code", "country"),
    )


def test_a_name_of_its_own_wins_over_other_names() -> None:
    (row,) = read(TOP_PAGES, {"items": [{"path": "/a", "url": "https://example.com/a"}]}).items
    assert row.path == "/a"
    assert row.extra == {"url": "https://example.com/a"}


def test_names_may_be_in_either_case() -> None:
    (event,) = read(RECENT_EVENTS, {"items": [{"eventType": "custom", "visitorId": "v"}]}).items
    assert (event.event_type, event.visitor_id) == ("custom", "v")
    assert read(KPIS, {"current": {"visitors": 1, "pageviews": 1, "sessions": 1, "bounce_rate": 1}})


@pytest.mark.parametrize(
    "steps", [["/", "/pricing"], "/ → /pricing", "/ > /pricing", "/->/pricing"]
)
@pytest.mark.parametrize("name", ["steps", "path", "name"])
def test_the_steps_of_a_flow_may_be_one_text(name: str, steps: object) -> None:
    (flow,) = read(TOP_FLOWS, {"items": [{name: steps, "sessions": 3}]}).items
    assert flow.steps == ("/", "/pricing")
    assert flow.label == "/ → /pricing"


@pytest.mark.parametrize("name", ["visitor", "data"])
def test_an_object_may_come_inside_another_one(name: str) -> None:
    visitor = read(
        VISITOR, {name: {"visitor_id": "v", "sessions": 3, "first_seen": None}, "ok": True}
    )
    assert (visitor.visitor_id, visitor.sessions) == ("v", 3)
    assert visitor.extra == {"ok": True}

    kpis = read(KPIS, {name: json.loads(golden("kpis"))})
    assert kpis == decode(KPIS, golden("kpis"))


@pytest.mark.parametrize(
    "body",
    [
        [{"path": "/"}],
        {"rows": [{"path": "/"}]},
        {"data": [{"path": "/"}]},
        {"pages": [{"path": "/"}], "total": 1},
        {"items": {"rows": [{"path": "/"}]}},
        {"data": {"items": [{"path": "/"}]}},
    ],
)
def test_a_list_may_come_bare_or_under_another_name(body: object) -> None:
    answer = read(TOP_PAGES, body)
    assert answer == TopList(items=(TopPage(path="/"),))
    assert answer.tolerated


def test_a_visit_keeps_its_events_where_one_is_odd() -> None:
    session = json.loads(golden("visitor-sessions"))["sessions"][0]
    seen = session["events"][0]
    odd = [{**seen, "path": None}, {**seen, "timestamp": None}, {"timestamp": seen["timestamp"]}]
    answer = read(VISITOR_SESSIONS, {"sessions": [{**session, "events": odd, "end": None}]})
    (visit,) = answer.sessions

    assert (visit.end, visit.page_count) == (None, session["page_count"])
    assert [event.path for event in visit.events] == [None, None]
    assert answer.skipped == 1


def test_gaps_in_a_sparkline_are_none() -> None:
    items = [{"name": "a", "count": 3, "spark": [1, None, "2"]}, {"name": "b", "spark": [1, "x"]}]
    first, second = read(CUSTOM_EVENTS, changed(CUSTOM_EVENTS, items=items)).items

    assert first.spark == (1, None, 2)
    assert (second.spark, second.extra) == ((), {"spark": [1, "x"]})


def test_tolerances_are_noted_once_for_each_path() -> None:
    item = json.loads(golden("timeseries"))["items"][0]
    odd = {**item, "visitors": "51", "sessions": "?"}

    assert read(TIMESERIES, changed(TIMESERIES, items=[odd, odd, item])).tolerated == (
        Tolerance("$.items[].visitors", "type", "whole number", "string", 2),
        Tolerance("$.items[].sessions", "lost", "whole number", "string", 2),
    )


def test_names_of_the_services_own_are_made_safe() -> None:
    name = "\x1b[31m" + "long\n" * 500
    (one,) = read(TOP_PAGES, {name: [{"path": "/"}]}).tolerated
    assert one.found.isascii()
    assert one.found.isprintable()
    assert len(one.found) < 150


def test_what_was_tolerated_is_logged_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "loguro_async.decoding"):
        read(COUNT, {"total": 7})
    assert "count: tolerated name at $.count (1)" in caplog.text


def test_new_members_are_no_tolerance() -> None:
    assert noted(TOP_PAGES, {"items": [{"path": "/", "new": 1}], "more": 2}) == []


def test_a_tolerant_row_goes_through_pickle() -> None:
    answer = read(TOP_PAGES, {"items": [{"page": "/", "new": [1]}]})
    twin = pickle.loads(pickle.dumps(answer))  # noqa: S301 - made here

    assert twin == answer
    assert (twin.tolerated, twin.items[0].to_dict()) == (
        answer.tolerated,
        {"page": "/", "new": [1]},
    )


def test_locations_and_custom_events_count_under_their_own_names() -> None:
    (place,) = read(TOP_LOCATIONS, {"items": [{"city": "Cluj", "count": 3}]}).items
    (event,) = read(CUSTOM_EVENTS, {"items": [{"name": "signup", "events": 3}]}).items
    assert (place.events, event.count) == (3, 3)


@pytest.mark.parametrize("endpoint", SHOWN)
def test_builtins_become_the_response_that_they_came_from(endpoint: Endpoint[Any]) -> None:
    sent = {**json.loads(golden(endpoint.name)), "later": 1}
    response = from_builtins(endpoint.shape, sent)

    assert response == read(endpoint, sent)
    assert response.to_dict() == sent


def test_builtins_without_what_is_required_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"expected object, which is required, found nothing, at \$\.current"
    ):
        from_builtins(Kpis, {})
    with pytest.raises(ValueError, match="expected object, got array"):
        from_builtins(Overview, [])
