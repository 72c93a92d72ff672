from __future__ import annotations

from typing import Any

import msgspec
import pytest

from loguro_async.models.visitors import Session, SessionEvent, Visitor

EVENT = {
    "path": "/",
    "url": "https://example.com/",
    "event_type": "pageview",
    "custom_event_name": None,
    "timestamp": "2026-06-11T09:10:00Z",
}
SESSION: dict[str, Any] = {
    "session_id": "s",
    "start": "2026-06-11T09:00:00Z",
    "end": "2026-06-11T09:12:00Z",
    "duration_ms": 720_000,
    "page_count": 0,
    "entry_page": None,
    "exit_page": None,
    "events": [],
}


def test_a_visitor_may_lack_anything_and_is_a_response_all_the_same() -> None:
    bare = msgspec.convert({}, Visitor)

    assert set(msgspec.structs.astuple(bare)) == {None}
    assert (bare.extra, bare.raw, bare.stale) == ({}, b"", False)
    assert hash(bare) == hash(Visitor())


def test_a_visit_without_a_page_is_read() -> None:
    visit = msgspec.convert(SESSION, Session)

    assert (visit.entry_page, visit.exit_page, visit.events) == (None, None, ())


def test_a_visit_may_lack_anything() -> None:
    assert msgspec.convert({}, Session) == Session()
    assert (Session().label, Session().value, Session().events) == (None, None, ())


@pytest.mark.parametrize("name", EVENT)
def test_an_event_of_a_visit_has_all_that_the_reference_shows(name: str) -> None:
    rest = {key: value for key, value in EVENT.items() if key != name}
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        msgspec.convert(rest, SessionEvent)


@pytest.mark.parametrize("name", ["duration_ms", "page_count"])
@pytest.mark.parametrize("value", [-1, 0.5, "1"])
def test_the_strict_pass_refuses_what_is_no_whole_number(name: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**SESSION, name: value}, Session)
