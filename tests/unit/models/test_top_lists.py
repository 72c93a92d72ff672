from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from loguro_async.models import top_lists
from loguro_async.models.row import Row
from loguro_async.models.top_lists import (
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopList,
    TopLocation,
    TopPage,
    TopRow,
)

ROWS = [
    value
    for value in vars(top_lists).values()
    if isinstance(value, type) and issubclass(value, Row) and value not in {Row, TopRow}
]


def test_each_of_the_ten_lists_has_a_row() -> None:
    assert len(ROWS) == 10


@pytest.mark.parametrize("kind", ROWS)
def test_every_field_of_an_open_row_is_optional(kind: type[Row]) -> None:
    bare = msgspec.convert({}, kind)

    assert set(msgspec.structs.astuple(bare)) == {None}
    assert bare.extra == {}


@pytest.mark.parametrize("kind", [kind for kind in ROWS if kind is not TopLocation])
def test_every_list_may_carry_the_comparison(kind: type[TopRow]) -> None:
    row = msgspec.convert({"count": 3, "prev_count": 2, "delta_pct": 50}, kind)

    assert (row.count, row.prev_count, row.delta_pct) == (3, 2, 50.0)


def test_entry_and_exit_pages_are_pages_but_not_the_same() -> None:
    assert isinstance(TopEntryPage(path="/"), TopPage)
    assert TopEntryPage(path="/") != TopExitPage(path="/")


def test_steps_of_a_flow_are_a_tuple() -> None:
    assert msgspec.convert({"steps": ["/", "/pricing"]}, TopFlow).steps == ("/", "/pricing")


def test_a_location_says_when_its_visitor_was_last_seen() -> None:
    row = msgspec.convert({"last_seen": "2026-06-11T10:00:00Z"}, TopLocation)

    assert row.last_seen == dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


def test_a_list_is_hashable_and_its_rows_a_tuple() -> None:
    answer = msgspec.convert({"items": [{"path": "/"}]}, TopList[TopPage])

    assert answer.items == (TopPage(path="/"),)
    assert hash(answer) == hash(TopList(items=(TopPage(path="/"),)))
