from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from loguro_async.decoding import decode
from loguro_async.endpoints import (
    COUNT,
    EVENTS,
    KPIS,
    RECENT_EVENTS,
    TIMESERIES,
    TOP_FLOWS,
    TOP_LOCATIONS,
    TOP_PAGES,
    VISITOR,
    VISITOR_SESSIONS,
    Endpoint,
)
from loguro_async.errors import DecodeError
from loguro_async.models.events import Count
from loguro_async.models.top_lists import TopList, TopPage

EVENT = (
    '{"id":"01J","event_type":"pageview","path":"/","url":"u","visitor_id":"v","session_id":"s",'
    '"timestamp":"2026-06-11T09:59:02.000Z"'
)
DEEP = "[" * 100_000 + "]" * 100_000


def refused(endpoint: Endpoint[Any], body: str | bytes) -> DecodeError:
    encoded = body if isinstance(body, bytes) else body.encode()
    with pytest.raises(DecodeError) as caught:
        decode(endpoint, encoded)
    assert caught.value.body == encoded
    assert caught.value.path in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("endpoint", "body", "path"),
    [
        (KPIS, "[]", "$"),
        (KPIS, "{}", "$.current"),
        (KPIS, '{"current":null}', "$.current"),
        (KPIS, '{"current":{"pageviews":1,"sessions":1}}', "$.current.visitors"),
        (KPIS, '{"current":{"visitors":"many"}}', "$.current.visitors"),
        (KPIS, '{"current":{"visitors":null}}', "$.current.visitors"),
        (KPIS, '{"current":{"visitors":1' + "0" * 400 + "}}", "$.current.visitors"),
        (TIMESERIES, "{}", "$.items"),
        (VISITOR_SESSIONS, '{"sessions":{}}', "$.sessions"),
        (VISITOR_SESSIONS, '{"sessions":null}', "$.sessions"),
        (COUNT, "{}", "$.count"),
        (COUNT, '{"count":null}', "$.count"),
        (COUNT, '{"count":1' + "0" * 400 + "}", "$.count"),
        (COUNT, '{"count":true}', "$.count"),
        (COUNT, "-1", "$"),
        (COUNT, '"many"', "$"),
        (COUNT, "null", "$"),
        (TOP_PAGES, "{}", "$.items"),
        (TOP_PAGES, "7", "$"),
        (TOP_PAGES, '{"items":null}', "$.items"),
        (TOP_PAGES, '{"items":{}}', "$.items"),
        (VISITOR, "[]", "$"),
    ],
)
def test_a_body_without_a_required_member_names_the_path(
    endpoint: Endpoint[Any], body: str, path: str
) -> None:
    assert refused(endpoint, body).path == path


def test_the_message_says_what_is_wrong_and_what_to_do() -> None:
    assert str(refused(KPIS, '{"current":{"visitors":"many"}}')) == (
        "the response cannot be read: expected whole number, got string, at $.current.visitors; "
        "look at .body, check base_url, and look for a newer version of this package"
    )


@pytest.mark.parametrize("endpoint", [KPIS, TOP_PAGES, COUNT, VISITOR], ids=lambda one: one.name)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html>",
        b'{"items":',
        b'{"items":[]} trailing',
        b"\xff\xfe",
        b'{"\xff":1}',
        b"NaN",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_is_refused(endpoint: Endpoint[Any], body: bytes) -> None:
    assert refused(endpoint, body).path == "$"


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (KPIS, '{"new":' + DEEP + "}"),
        (TOP_PAGES, '{"items":[{"new":' + DEEP + "}]}"),
        (TOP_PAGES, '{"items":[{"count":' + DEEP + "}]}"),
        (VISITOR, '{"new":' + '{"a":' * 100_000 + "1" + "}" * 100_001),
        (EVENTS, '{"items":[' + EVENT + ',"custom_props":' + DEEP + '}],"count":1}'),
    ],
)
def test_json_that_is_nested_too_deeply_is_refused(endpoint: Endpoint[Any], body: str) -> None:
    assert "nested too deeply" in str(refused(endpoint, body))


@pytest.mark.parametrize("member", [b'{"new":"\xff"}', b'{"path":"\xff"}', b'{"\xff":1}'])
def test_bad_utf_8_in_a_row_is_refused(member: bytes) -> None:
    refused(TOP_PAGES, b'{"items":[' + member + b"]}")


def test_a_row_keeps_members_that_have_no_field_or_another_type() -> None:
    body = b'{"items":[{"path":"/","count":"many","share":0.5,"delta_pct":null,"visitors":3}]}'
    (row,) = decode(TOP_PAGES, body).items

    assert (row.path, row.count, row.visitors, row.delta_pct) == ("/", None, 3, None)
    assert row.extra == {"count": "many", "share": 0.5}


def test_one_odd_row_does_not_touch_the_others() -> None:
    odd, plain = decode(TOP_PAGES, b'{"items":[{"path":[7]},{"path":"/"}]}').items

    assert (odd.path, odd.extra) == (None, {"path": [7]})
    assert plain == TopPage(path="/")
    assert plain.extra == {}


def test_an_event_keeps_new_members() -> None:
    body = f'{{"items":[{EVENT},"city":["Cluj"],"scroll":0.8}}],"count":1,"page":1}}'
    answer = decode(EVENTS, body.encode())

    assert answer.count == 1
    assert answer.items[0].id == "01J"
    assert answer.items[0].city is None
    assert answer.items[0].extra == {"city": ["Cluj"], "scroll": 0.8}


def test_custom_properties_of_an_event_may_be_anything() -> None:
    body = f'{{"items":[{EVENT},"custom_props":{{"plan":"pro"}},"new":1}}],"count":1}}'
    (event,) = decode(EVENTS, body.encode()).items

    assert event.custom_props == {"plan": "pro"}
    assert event.extra == {"new": 1}


def test_a_visitor_stores_unknown_members() -> None:
    body = b'{"visitor_id":"v","sessions":["a"],"first_seen":"yesterday","plan":{"a":null}}'
    visitor = decode(VISITOR, body)

    assert visitor.visitor_id == "v"
    assert (visitor.sessions, visitor.first_seen) == (None, None)
    assert visitor.extra == {"sessions": ["a"], "first_seen": "yesterday", "plan": {"a": None}}


def test_rows_of_other_lists_are_typed_where_they_fit() -> None:
    (flow,) = decode(TOP_FLOWS, b'{"items":[{"steps":["/","/a"],"count":2}]}').items
    (place,) = decode(TOP_LOCATIONS, b'{"items":[{"last_seen":"2026-06-11T10:00:00Z"}]}').items
    (recent,) = decode(RECENT_EVENTS, b'{"items":[{"path":"/","ago_ms":12}]}').items

    assert (flow.steps, flow.count) == (("/", "/a"), 2)
    assert place.last_seen == dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
    assert (recent.path, recent.extra) == ("/", {"ago_ms": 12})


@pytest.mark.parametrize("body", [b'[{"path":"/"}]', b' \n[{"path":"/"}]'])
def test_a_list_may_come_without_its_object(body: bytes) -> None:
    assert decode(TOP_PAGES, body) == TopList(items=(TopPage(path="/"),))


@pytest.mark.parametrize("body", [b'{"count":7}', b'{"count":7,"new":[1]}', b"7", b" 7\n"])
def test_a_count_may_come_in_an_object_or_bare(body: bytes) -> None:
    assert decode(COUNT, body) == Count(7)


@pytest.mark.parametrize(
    ("body", "count", "extra"),
    [
        (b'{"items":[{"count":1,"count":2}]}', 2, {}),
        (b'{"items":[{"count":1,"count":2,"new":1,"new":2}]}', 2, {"new": 2}),
        (b'{"items":[{"count":2,"count":"x"}]}', None, {"count": "x"}),
    ],
)
def test_of_duplicate_members_the_last_counts(
    body: bytes, count: int | None, extra: dict[str, Any]
) -> None:
    (row,) = decode(TOP_PAGES, body).items

    assert row.count == count
    assert row.extra == extra


def test_integers_beyond_any_count_are_in_extra_as_they_came() -> None:
    (row,) = decode(TOP_PAGES, b'{"items":[{"count":' + b"9" * 18 + b"}]}").items

    assert row.count is None
    assert row.extra == {"count": int("9" * 18)}


def test_what_was_decoded_encodes_to_what_came() -> None:
    body = b'{"items":[{"count":2,"path":"/"}]}'

    assert msgspec.json.encode(decode(TOP_PAGES, body)) == body


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"a\uDE00b", "a\ufffdb"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
        (r"\ud83d\\ude00", "\ufffd\\ude00"),
    ],
)
def test_half_a_character_does_not_make_a_list_unreadable(sent: str, read: str) -> None:
    body = f'{{"items":[{{"path":"/{sent}","count":1}},{{"path":"/whole","count":2}}]}}'
    pages = decode(TOP_PAGES, body.encode())
    assert [page.path for page in pages.items] == [f"/{read}", "/whole"]


def test_numbers_that_python_cannot_represent_are_text_of_their_digits() -> None:
    digits = "9" * 5_000
    body = f'{{"items":[{{"path":"/","count":{digits},"new":1e999}}],"more":-1e999}}'
    (row,) = decode(TOP_PAGES, body.encode()).items

    assert (row.path, row.count) == ("/", None)
    assert row.extra == {"count": digits, "new": "1e999"}
