from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from loguro_async.decoding import decode
from loguro_async.endpoints import COUNT, EVENTS, KPIS, TOP_PAGES, VISITOR, Endpoint
from loguro_async.models.events import EventList
from loguro_async.models.kpis import Kpis, KpiValues
from loguro_async.models.response_base import Response, note_received
from loguro_async.models.top_lists import TopList, TopPage

if TYPE_CHECKING:
    from loguro_async.models.data import Data

NOON = dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC)
KPIS_BODY = (
    b'{"current":{"visitors":1,"pageviews":2,"sessions":1,"bounceRate":0,"avgDurationSec":9},'
    b'"previous":null,"range":{"from":"2026-06-10T12:00:00.000Z","to":"2026-06-11T12:00:00.000Z",'
    b'"bucket":"hour","hasPrevious":false,"chip":"24h"},"later":[1]}'
)
EVENTS_BODY = (
    b'{"items":[{"id":"1","event_type":"custom","path":"/","url":"u","visitor_id":"v",'
    b'"session_id":"s","timestamp":"2026-06-11T12:00:00Z","custom_props":{"a":{"b":null}},'
    b'"utm_source":"x"}],"count":1}'
)


def fetched(endpoint: Endpoint[Any], body: bytes) -> Any:  # noqa: ANN401 - any response
    response: Response = decode(endpoint, body)
    note_received(response, raw=body, fetched_at=NOON, shape=endpoint.shape)
    return response


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (KPIS, KPIS_BODY),
        (EVENTS, EVENTS_BODY),
        (TOP_PAGES, b' {"items":[{"path":"/\xc3\xa9","share":0.5}],"sampled":false}\n'),
        (VISITOR, b'{"visitor_id":"v","tags":["a"]}'),
    ],
)
def test_a_response_gives_what_the_service_sent(endpoint: Endpoint[Any], body: bytes) -> None:
    response = fetched(endpoint, body)
    sent = json.loads(body)

    assert response.to_dict() == dict(response) == sent
    assert response.to_json() == body.strip()
    assert {name: response[name] for name in response.keys()} == sent  # noqa: SIM118 - no mapping


def test_what_came_bare_gets_its_usual_name() -> None:
    assert fetched(TOP_PAGES, b'[{"path":"/"}]').to_dict() == {"items": [{"path": "/"}]}
    assert fetched(COUNT, b"7").to_json() == b'{"count":7}'


def test_a_row_gives_what_the_service_sent() -> None:
    event = fetched(EVENTS, EVENTS_BODY).items[0]
    sent = json.loads(EVENTS_BODY)["items"][0]

    assert event.to_dict() == dict(event) == json.loads(event.to_json()) == sent
    assert event["custom_props"] == {"a": {"b": None}}
    assert fetched(KPIS, KPIS_BODY).current.to_dict() == json.loads(KPIS_BODY)["current"]


def test_a_dictionary_belongs_to_its_caller() -> None:
    response = fetched(TOP_PAGES, b'{"items":[{"path":"/"}]}')
    response.to_dict()["items"].clear()

    assert response.to_dict() == {"items": [{"path": "/"}]}


def test_what_is_made_by_hand_becomes_data_too() -> None:
    pages = TopList(items=(TopPage(path="/", count=3),))

    assert pages.to_dict() == {"items": [{"path": "/", "count": 3}]}


@pytest.mark.parametrize("data", [TopList[TopPage](items=()), TopPage(path="/")])
def test_a_loop_over_data_is_refused(data: Data) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        iter(data)  # type: ignore[call-overload]


def test_an_unknown_member_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="count"):
        TopPage(path="/")["count"]


class Page(BaseModel):
    kpis: Kpis
    current: KpiValues
    pages: TopList[TopPage]
    rows: tuple[TopPage, ...] = ()


def page() -> Page:
    kpis = fetched(KPIS, KPIS_BODY)
    pages = fetched(TOP_PAGES, b'{"items":[{"path":"/","count":3}]}')
    return Page(kpis=kpis, current=kpis.current, pages=pages, rows=pages.items)


def test_responses_are_fields_of_a_pydantic_model() -> None:
    one = page()
    written = json.loads(one.model_dump_json())

    assert written["kpis"] == one.model_dump()["kpis"] == json.loads(KPIS_BODY)
    assert written["current"] == json.loads(KPIS_BODY)["current"]
    assert written["pages"]["items"] == written["rows"] == [{"path": "/", "count": 3}]


def test_a_pydantic_model_reads_back_what_it_wrote() -> None:
    one = page()
    assert Page.model_validate_json(one.model_dump_json()) == one


def test_pydantic_refuses_what_is_no_response() -> None:
    with pytest.raises(ValidationError, match="expected object, which is required"):
        TypeAdapter(Kpis).validate_python({})
    with pytest.raises(ValidationError):
        TypeAdapter(Kpis).validate_python(EventList(items=(), count=0))


def test_the_json_schema_is_whole_in_itself_and_open_to_new_members() -> None:
    schema = TypeAdapter(TopList[TopPage]).json_schema()
    text = json.dumps(schema)

    row = schema["properties"]["items"]["items"]
    assert row["properties"]["path"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert "$ref" not in text
    assert "additionalProperties" not in text
