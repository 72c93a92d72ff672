from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import Raw

from loguro_async.models.events import Count
from loguro_async.models.response_base import Response, as_stale, note_received
from loguro_async.models.row import as_sent
from loguro_async.models.top_lists import TopEntryPage, TopList, TopPage

if TYPE_CHECKING:
    from collections.abc import Callable

ARRIVED = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


def fetched() -> Count:
    answer = Count(7)
    note_received(answer, raw=b'{"count":7}', fetched_at=ARRIVED, shape=Count)
    return answer


def page(**unknown: bytes) -> TopPage:
    members = {"path": "/", "count": 3} | {name: Raw(value) for name, value in unknown.items()}
    held = frozenset({"path", "count"} - unknown.keys())
    return (
        as_sent(TopPage(path="/", count=3), members, held)
        if unknown
        else TopPage(path="/", count=3)
    )


def test_a_response_knows_its_body_and_when_it_came() -> None:
    answer = fetched()

    assert answer.raw == b'{"count":7}'
    assert answer.fetched_at == ARRIVED
    assert answer.stale is False


def test_a_response_made_by_hand_was_never_fetched() -> None:
    answer = Count(7)

    assert answer.raw == b""
    assert answer.stale is False
    with pytest.raises(AttributeError, match="this Count was made by hand"):
        _ = answer.fetched_at


def test_what_is_known_beside_the_fields_is_no_field() -> None:
    answer, by_hand = fetched(), Count(7)

    assert answer == by_hand == as_stale(answer)
    assert hash(answer) == hash(by_hand) == hash(as_stale(answer))
    assert repr(answer) == repr(by_hand) == "Count(count=7)"
    assert msgspec.json.encode(answer) == b'{"count":7}'
    assert msgspec.structs.asdict(answer) == {"count": 7}


def test_a_stale_response_is_marked_and_the_fresh_one_stays_fresh() -> None:
    answer = fetched()
    old = as_stale(answer)

    assert old.stale is True
    assert (old.raw, old.fetched_at) == (answer.raw, answer.fetched_at)
    assert answer.stale is False
    assert as_stale(old).stale is True


def test_a_pickled_response_has_its_metadata() -> None:
    old = as_stale(fetched())
    twin = pickle.loads(pickle.dumps(old))  # noqa: S301 - made here

    assert twin == old
    assert (twin.raw, twin.fetched_at, twin.stale) == (old.raw, old.fetched_at, True)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_same_because_nothing_can_change(copied: Callable[[object], object]) -> None:
    answer = TopList(items=(page(new=b"1"),))

    assert copied(answer) is answer
    assert copied(answer.items[0]) is answer.items[0]


@pytest.mark.parametrize("name", ["count", "raw", "fetched_at", "stale", "new"])
def test_a_response_cannot_be_changed(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(fetched(), name, 1)


def test_a_row_stores_members_without_a_field() -> None:
    row = page(region=b'{"a":[1,2]}', count=b'"many"')

    assert row.extra == {"region": {"a": [1, 2]}, "count": "many"}
    assert page().extra == {}


def test_what_one_caller_does_with_extra_no_other_sees() -> None:
    row = page(region=b'{"a":[1,2]}')
    found: Any = row.extra
    found["region"]["a"].append(3)

    assert row.extra == {"region": {"a": [1, 2]}}


def test_rows_are_equal_where_all_that_came_is_equal() -> None:
    assert page(new=b"1") == page(new=b"1")
    assert page(new=b"[1,2]", more=b"1") == page(more=b"1", new=b"[1, 2]")
    assert page(new=b"1") != page(new=b"2")
    assert page(new=b"1") != page()
    assert page() != TopPage(path="/", count=4)
    assert [page()] != [TopEntryPage(path="/", count=3)]
    assert TopList(items=(page(new=b"1"),)) != TopList(items=(page(new=b"2"),))


def test_equal_rows_have_one_hash() -> None:
    assert hash(page(new=b"[1]")) == hash(page(new=b"[ 1 ]"))
    assert len({page(new=b"1"), page(new=b"1"), page(new=b"2")}) == 2


def test_a_pickled_row_keeps_its_extra() -> None:
    row = page(region=b'{"a":[1,2]}')
    twin = pickle.loads(pickle.dumps(row))  # noqa: S301 - made here

    assert twin == row
    assert twin.extra == row.extra


def test_a_row_encodes_what_it_knows_under_the_service_s_names() -> None:
    assert msgspec.json.decode(msgspec.json.encode(page())) == {"count": 3, "path": "/"}


def test_responses_and_rows_are_distinguishable() -> None:
    assert isinstance(TopList(items=(page(),)), Response)
    assert not isinstance(page(), Response)
