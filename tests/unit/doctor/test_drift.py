from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async.doctor import Difference, drift
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
from tests.contract.reference import SHOWN, golden

if TYPE_CHECKING:
    from loguro_async.doctor.findings import Kind


def notable(endpoint: Endpoint[Any], body: bytes) -> list[Difference]:
    """Returns the differences, without optional fields that the reference does not name."""
    return [one for one in drift(endpoint, body) if one.kind != "unseen"]


def of(endpoint: Endpoint[Any], answer: object) -> list[Difference]:
    return notable(endpoint, json.dumps(answer).encode())


def changed(name: str) -> Any:  # noqa: ANN401 - JSON
    """The reference's body of an endpoint, to be changed."""
    return json.loads(golden(name))


@pytest.mark.parametrize("endpoint", SHOWN, ids=lambda one: one.name)
def test_what_the_reference_shows_is_no_drift(endpoint: Endpoint[Any]) -> None:
    assert notable(endpoint, golden(endpoint.name)) == []


def test_a_new_field_is_found_where_it_is() -> None:
    answer = changed("kpis")
    answer["current"]["tier"] = "gold"
    answer["more"] = [1]
    assert of(KPIS, answer) == [
        Difference("more", "new", found="array", harmless=True),
        Difference("current.tier", "new", found="string", harmless=True),
    ]


def test_a_field_is_reported_once_for_any_number_of_rows() -> None:
    answer = changed("timeseries")
    answer["items"] = [{**answer["items"][0], "bounces": count} for count in range(5)]
    assert of(TIMESERIES, answer) == [
        Difference("items[].bounces", "new", found="number", harmless=True)
    ]


def test_a_field_that_the_reference_shows_and_one_row_lacks_is_missing_without_harm() -> None:
    answer = changed("visitor-sessions")
    answer["sessions"] += changed("visitor-sessions")["sessions"]
    del answer["sessions"][0]["events"][0]["url"]
    assert of(VISITOR_SESSIONS, answer) == [
        Difference("sessions[].events[].url", "missing", expected="string", harmless=True)
    ]


def test_an_optional_field_that_the_reference_shows_is_missing_without_harm() -> None:
    answer = changed("custom-events")
    del answer["items"][0]["spark"]
    assert of(CUSTOM_EVENTS, answer) == [
        Difference("items[].spark", "missing", expected="array", harmless=True)
    ]


def test_an_optional_field_that_some_row_has_is_not_missing() -> None:
    answer = changed("timeseries")
    first = answer["items"][0]
    answer["items"].append({name: first[name] for name in first if "previous" not in name})
    assert of(TIMESERIES, answer) == []


def test_a_likely_field_that_no_row_has_is_only_unseen() -> None:
    body = b'{"items":[{"path":"/","count":1}]}'
    assert {(one.path, one.kind, one.harmless) for one in drift(TOP_PAGES, body)} == {
        (f"items[].{name}", "unseen", True)
        for name in ("visitors", "sessions", "pageviews", "events", "prev_count", "delta_pct")
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("many", "string"),
        (-1, "number"),
        (1.5, "number"),
        (True, "boolean"),
        (False, "boolean"),
        (None, "null"),
        ([1], "array"),
        ({"n": 1}, "object"),
    ],
)
def test_what_is_no_count_is_of_another_type(value: object, found: str) -> None:
    answer = changed("kpis")
    answer["current"]["visitors"] = value
    assert of(KPIS, answer) == [
        Difference("current.visitors", "type", expected="whole number", found=found)
    ]


def test_a_time_that_cannot_be_read_is_of_another_type() -> None:
    answer = changed("kpis")
    answer["range"]["from"] = "yesterday"
    assert of(KPIS, answer) == [
        Difference("range.from", "type", expected="timestamp", found="string")
    ]


@pytest.mark.parametrize(
    ("place", "name", "value", "difference"),
    [
        ("current", "visitors", "7", ("type", "whole number", "string")),
        ("current", "visitors", 7.0, ("type", "whole number", "number")),
        ("range", "to", "2026-06-11 10:00:00", ("type", "timestamp", "string")),
        ("current", "bounceRate", None, ("null", "number", "null")),
    ],
)
def test_tolerances_are_reported_as_harmless(
    place: str, name: str, value: object, difference: tuple[Kind, str, str]
) -> None:
    answer = changed("kpis")
    answer[place][name] = value
    kind, expected, found = difference
    assert of(KPIS, answer) == [
        Difference(f"{place}.{name}", kind, expected=expected, found=found, harmless=True)
    ]


def test_other_names_are_reported_as_harmless() -> None:
    answer = {"items": [{"country": "RO", "views": 7}]}
    assert of(TOP_COUNTRIES, answer) == [
        Difference("items[].pageviews", "name", "pageviews", "views", harmless=True),
        Difference("items[].country_code", "name", "country_code", "country", harmless=True),
    ]


def test_wrapped_and_bare_values_are_reported_as_harmless() -> None:
    assert of(VISITOR, {"visitor": {"visitor_id": "v"}}) == [
        Difference("$", "wrapped", found="visitor", harmless=True)
    ]
    assert of(TOP_PAGES, [{"path": "/", "count": 1}]) == [
        Difference("$", "bare", expected="object", found="array", harmless=True)
    ]


def test_a_list_without_labels_or_values_does_harm_and_names_what_came_instead() -> None:
    answer = {"items": [{"foo": "RO", "bar": 7}, {"foo": "US", "bar": 5}]}
    assert [one for one in of(TOP_COUNTRIES, answer) if not one.harmless] == [
        Difference("items[]", "label", "country_code", "foo (string), bar (number)"),
        Difference("items[]", "value", "count", "foo (string), bar (number)"),
    ]
    answer["items"].append({"country": "DE", "hits": 1})
    assert all(one.harmless for one in of(TOP_COUNTRIES, answer))


def test_a_list_that_is_not_counted_needs_labels_only() -> None:
    assert all(one.harmless for one in of(TOP_LOCATIONS, {"items": [{"city": "Cluj"}]}))
    assert not all(one.harmless for one in of(TOP_LOCATIONS, {"items": [{"lat": 46.8}]}))
    assert not all(one.harmless for one in of(RECENT_EVENTS, {"items": [{"foo": 1}]}))


def test_only_what_may_be_null_may_be_null() -> None:
    answer = changed("kpis")
    answer["previous"] = None
    assert of(KPIS, answer) == []
    answer["current"] = None
    assert of(KPIS, answer) == [Difference("current", "type", expected="object", found="null")]


def test_a_likely_field_of_another_type_is_reported_though_rows_can_be_read() -> None:
    answer: dict[str, Any] = {
        "items": [{"steps": ["/", []], "count": 3}, {"steps": None, "count": "many"}]
    }
    assert [one for one in of(TOP_FLOWS, answer) if one.kind == "type"] == [
        Difference("items[].steps[]", "type", expected="string", found="array"),
        Difference("items[].count", "type", expected="whole number", found="string"),
    ]


def test_rows_that_are_no_objects_are_of_another_type() -> None:
    assert of(RECENT_EVENTS, {"items": [["an", "event"], {"path": "/"}]}) == [
        Difference("items[]", "type", expected="object", found="array")
    ]


def test_what_has_no_shape_in_the_reference_may_come_bare() -> None:
    assert all(one.harmless for one in drift(COUNT, b"5"))
    assert of(COUNT, -5) == [
        Difference("$", "bare", expected="object", found="number", harmless=True),
        Difference("count", "type", expected="whole number", found="number"),
    ]


def test_what_the_reference_shows_may_not_come_bare() -> None:
    assert of(KPIS, []) == [Difference("$", "type", expected="object", found="array")]
    assert of(VISITOR_SESSIONS, []) == [
        Difference("$", "bare", expected="object", found="array", harmless=True),
    ]


def test_custom_properties_are_whatever_the_site_put_there() -> None:
    answer = changed("events")
    some: list[object] = [None, 1, "a", [[]], {"b": 2}]
    answer["items"] = [{**answer["items"][0], "custom_props": props} for props in some]
    assert of(EVENTS, answer) == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b'{"a":1', b"[" * 100_000])
def test_a_body_that_is_no_json_is_reported(body: bytes) -> None:
    assert drift(KPIS, body) == (Difference("$", "type", expected="JSON", found="something else"),)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a b", "['a b']"),
        ("\x1b[2J", "['\\x1b[2J']"),
        ("\u202eevil", "['\\u202eevil']"),
        ("größe", "['gr\\xf6\\xdfe']"),
        ("", "['']"),
        ("x" * 1_000, "['" + "x" * 64 + "\\u2026']"),
    ],
)
def test_a_strange_name_is_reported_safely_for_a_terminal(name: str, path: str) -> None:
    assert [one.path for one in of(VISITOR, {name: 1})] == [path]
    answer = {"items": [{name: 1, "path": "/", "count": 1}]}
    assert [one.path for one in of(TOP_PAGES, answer)] == [f"items[]{path}"]
