from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import fields

from loguro_async.decoding import decode
from loguro_async.endpoints import ANY, COUNT, EVENTS, KPIS, TOP_PAGES, VISITOR, Endpoint
from loguro_async.errors import DecodeError
from loguro_async.models.row import Row
from tests.contract.reference import ALL, SHOWN, golden, parsed_value
from tests.properties.strategies import json_values

if TYPE_CHECKING:
    from loguro_async.models.response_base import Response

endpoints = st.sampled_from(ALL)
shown = st.sampled_from(SHOWN)
_OPEN_ROWS = [one for one in ALL if one.open and one not in {ANY, EVENTS, COUNT, VISITOR}]


def read_all_of(response: Response) -> None:
    """Reads everything that a caller can read of a decoded response; nothing of it fails."""
    assert isinstance(repr(response), str)
    assert msgspec.json.decode(msgspec.json.encode(response)) is not None
    for row in (response, *getattr(response, "items", ())):
        if isinstance(row, Row):
            assert isinstance(row.extra, dict)
    twin = pickle.loads(pickle.dumps(response))  # noqa: S301 - made here
    assert twin == response
    assert hash(twin) == hash(response)
    assert copy.deepcopy(response) == copy.copy(response) == response


def check_error(error: DecodeError, body: bytes) -> None:
    assert error.body == body
    assert error.path.startswith("$")


def decoded_or_none(endpoint: Endpoint[Any], body: bytes) -> Response | None:
    try:
        response: Response = decode(endpoint, body)
    except DecodeError as error:
        check_error(error, body)
        return None
    read_all_of(response)
    return response


@given(endpoints, st.binary(max_size=60))
@example(KPIS, b"")
@example(TOP_PAGES, b'{"items":[{"x":"\xff"}]}')
@example(TOP_PAGES, b'{"items":[{"x":"\\ud800"}]}')
@example(TOP_PAGES, b'{"items":[{"\xff":1}]}')
@example(TOP_PAGES, b'{"items":[{"x":1e999}]}')
@example(TOP_PAGES, b'{"items":[{"x":' + b"9" * 5_000 + b"}]}")
@example(TOP_PAGES, b'{"items":[{"count":' + b"9" * 5_000 + b"}]}")
@example(TOP_PAGES, b'{"items":[{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}")
@example(VISITOR, b'{"x":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001)
@example(KPIS, b"[" * 100_000)
@example(COUNT, b"9" * 400)
def test_any_bytes_are_refused_or_give_a_struct(endpoint: Endpoint[Any], body: bytes) -> None:
    decoded_or_none(endpoint, body)


@given(endpoints, json_values)
def test_any_json_is_refused_or_gives_a_struct(endpoint: Endpoint[Any], value: object) -> None:
    decoded_or_none(endpoint, msgspec.json.encode(value))


@st.composite
def open_rows(draw: st.DrawFn) -> tuple[Endpoint[Any], list[dict[str, Any]]]:
    """A top list, or recent events, and rows with members of known and unknown names."""
    endpoint = draw(st.sampled_from(_OPEN_ROWS))
    (items,) = (field for field in fields(endpoint.shape) if field.name == "items")
    known = [field.encode_name for field in fields(get_args(items.type)[0])]
    names = st.sampled_from(known) | st.text(max_size=5)
    rows = st.lists(st.dictionaries(names, json_values | st.integers(0, 9), max_size=5), max_size=3)
    return endpoint, draw(rows)


@given(open_rows())
def test_rows_of_an_open_shape_store_unknown_members(
    question: tuple[Endpoint[Any], list[dict[str, Any]]],
) -> None:
    endpoint, sent = question
    response = decode(endpoint, msgspec.json.encode({"items": sent}))

    read_all_of(response)
    assert [without_nulls(row.to_dict()) for row in response.items] == [
        without_nulls(row) for row in sent
    ]


def without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something, their timestamps read."""
    return {name: parsed_value(value) for name, value in members.items() if value is not None}


@given(shown, st.data())
def test_a_damaged_body_is_refused_or_gives_a_struct(
    endpoint: Endpoint[Any], data: st.DataObject
) -> None:
    body = golden(endpoint.name)
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(begin + 20, len(body))))
    decoded_or_none(endpoint, body[:begin] + data.draw(st.binary(max_size=8)) + body[end:])


@given(shown, st.dictionaries(st.text(max_size=6).map("new_{}".format), json_values, max_size=3))
def test_new_fields_never_break_decoding(endpoint: Endpoint[Any], news: dict[str, Any]) -> None:
    body = golden(endpoint.name)
    response = decode(endpoint, msgspec.json.encode(with_news(msgspec.json.decode(body), news)))

    assert msgspec.json.encode(response) == msgspec.json.encode(decode(endpoint, body))


def with_news(value: Any, news: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The same JSON, with further members in every object."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {**{name: with_news(member, news) for name, member in members.items()}, **news}
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [with_news(item, news) for item in items]
    return value
