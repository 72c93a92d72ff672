from __future__ import annotations

import pickle

import msgspec
import pytest

from loguro_async.errors import DecodeError
from loguro_async.models.events import Count, CustomEvent, Event, RecentEvent

EVENT = {
    "id": "01J",
    "event_type": "custom",
    "path": "/",
    "url": "https://example.com/",
    "visitor_id": "v",
    "session_id": "s",
    "timestamp": "2026-06-11T09:59:02Z",
}


def event(custom_props: bytes | None = None) -> Event:
    props = b"" if custom_props is None else b',"custom_props":' + custom_props
    return msgspec.json.decode(msgspec.json.encode(EVENT)[:-1] + props + b"}", type=Event)


@pytest.mark.parametrize(
    ("sent", "props"),
    [
        (None, None),
        (b"null", None),
        (b"{}", {}),
        (b'{"plan":"pro","seats":[1,2]}', {"plan": "pro", "seats": [1, 2]}),
        (b'"{\\"plan\\":\\"pro\\"}"', {"plan": "pro"}),
        (b'"just text"', "just text"),
        (b"7", 7),
    ],
)
def test_custom_properties_are_decoded(sent: bytes | None, props: object) -> None:
    assert event(sent).custom_props == props


def test_what_one_caller_does_with_custom_properties_no_other_sees() -> None:
    shared = event(b'{"seats":[1]}')
    shared.custom_props["seats"].append(2)

    assert shared.custom_props == {"seats": [1]}


@pytest.mark.parametrize("sent", [b'"\xff"', b"1e999", b"9" * 5_000])
def test_custom_properties_that_cannot_be_decoded_are_an_error_at_the_look(sent: bytes) -> None:
    odd = event(sent)
    with pytest.raises(DecodeError, match="custom properties of event '01J'") as caught:
        _ = odd.custom_props
    assert caught.value.path == "$.custom_props"
    assert caught.value.body == sent


def test_text_that_is_no_json_or_too_deep_stays_text() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    assert event(f'"{deep}"'.encode()).custom_props == deep


@pytest.mark.parametrize("sent", [None, b"null", b'{"plan":"pro"}'])
def test_an_event_goes_through_json_and_pickle_unchanged(sent: bytes | None) -> None:
    original = event(sent)
    encoded = msgspec.json.encode(original)
    twin = pickle.loads(pickle.dumps(original))  # noqa: S301 - made here

    assert msgspec.json.decode(encoded, type=Event) == original == twin
    assert msgspec.json.encode(twin) == encoded
    assert (b"custom_props" in encoded) is (sent is not None)


def test_events_are_equal_where_all_is_and_hash_by_id_and_moment() -> None:
    assert event() == event()
    assert event(b"1") != event(b"2")
    assert hash(event(b"1")) == hash(event(b"2"))


@pytest.mark.parametrize("name", EVENT)
def test_what_the_reference_promises_must_be_there(name: str) -> None:
    rest = {key: value for key, value in EVENT.items() if key != name}
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        msgspec.convert(rest, Event)


def test_a_count_is_a_number() -> None:
    assert int(Count(42)) == 42
    assert Count(42).count == 42


def test_a_custom_event_may_come_without_comparison() -> None:
    row = msgspec.convert({"name": "signup", "count": 3}, CustomEvent)

    assert (row.prev_count, row.delta_pct, row.spark) == (None, None, ())


def test_a_recent_event_may_lack_anything() -> None:
    bare = msgspec.convert({}, RecentEvent)

    assert set(msgspec.structs.astuple(bare)) == {None}
