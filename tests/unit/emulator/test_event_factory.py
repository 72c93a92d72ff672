from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from loguro_async.emulator.columns import COLUMNS
from loguro_async.emulator.event_factory import EventFactory
from loguro_async.emulator.ranges import milliseconds

NOW = datetime(2026, 6, 11, 10, tzinfo=UTC)
NOW_MS = milliseconds(NOW)
MINUTE_MS = 60_000


def track(
    factory: EventFactory | None = None, now_ms: int = NOW_MS, **fields: object
) -> dict[str, Any]:
    event_type = fields.pop("event_type", None)
    path, project = fields.pop("path", "/a"), fields.pop("project", "local")
    return (factory or EventFactory(0)).event(project, path, event_type, fields, now_ms)  # type: ignore[arg-type]


def test_an_event_has_all_columns_and_defaults() -> None:
    event = track(path="/pricing")
    assert set(event) == set(COLUMNS)
    assert event["timestamp"] == NOW
    assert event["url"] == "https://example.com/pricing"
    assert event["event_type"] == "pageview"
    assert event["referrer"] == ""
    assert UUID(event["visitor_id"]).version == UUID(event["session_id"]).version == 4
    assert event["country_code"] is event["custom_props"] is None


def test_every_field_can_be_given() -> None:
    texts = {name: f"a {name}" for name in COLUMNS if name not in {"timestamp", "event_type"}}
    given = texts | {"custom_props": '{"a": 1}', "path": "/x"}
    when = NOW - timedelta(days=1)
    fields: dict[str, Any] = {**given, "timestamp": when, "viewport_width": 8, "viewport_height": 6}
    event = track(**fields)
    assert event == given | {"timestamp": when, "event_type": "custom"}


@pytest.mark.parametrize(
    ("props", "text"),
    [
        (None, None),
        ({"plan": "pro", "n": [1, None]}, '{"plan":"pro","n":[1,null]}'),
        ("[1]", "[1]"),
    ],
)
def test_properties_become_json(props: object, text: str | None) -> None:
    assert track(custom_event_name="signup", custom_props=props)["custom_props"] == text


def test_a_visitor_has_one_session_until_a_break_of_thirty_minutes() -> None:
    factory = EventFactory(0)
    minutes = (0, 29, 58, 88, 100)
    events = [track(factory, NOW_MS + at * MINUTE_MS, visitor_id="v") for at in minutes]
    sessions = [event["session_id"] for event in events]
    assert sessions[0] == sessions[1] == sessions[2] != sessions[3] == sessions[4]
    assert track(factory, visitor_id="w")["session_id"] not in sessions
    elsewhere = track(factory, NOW_MS + 100 * MINUTE_MS, visitor_id="v", project="shop")
    assert elsewhere["session_id"] not in sessions


def test_a_given_session_goes_on() -> None:
    factory = EventFactory(0)
    track(factory, visitor_id="v", session_id="s")
    assert track(factory, NOW_MS + MINUTE_MS, visitor_id="v")["session_id"] == "s"


def test_visitors_are_new_by_default() -> None:
    factory = EventFactory(0)
    assert len({track(factory)["visitor_id"] for _ in range(20)}) == 20


def test_ids_are_in_the_order_of_tracking() -> None:
    factory = EventFactory(0)
    ids = [track(factory, NOW_MS + number // 10)["id"] for number in range(40)]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": ""}, "path is empty"),
        ({"id": ""}, "id is empty"),
        ({"event_type": "click"}, "event_type must be 'pageview' or 'custom', got 'click'"),
        ({"event_type": "custom"}, "a custom event needs a custom_event_name"),
        ({"event_type": "pageview", "custom_event_name": "a"}, "pass event_type='custom'"),
        ({"timestamp": NOW.replace(tzinfo=None)}, "timestamp has no time zone"),
        ({"custom_event_name": "a", "custom_props": "{"}, "custom_props is no JSON"),
    ],
)
def test_an_invalid_value_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        track(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"contry_code": "RO"}, "unknown field 'contry_code'; did you mean 'country_code'"),
        ({"zzz": 1}, "unknown field 'zzz'$"),
        ({"user_id": 7}, "user_id must be text, got 7"),
    ],
)
def test_an_unknown_field_or_type_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        track(**fields)
