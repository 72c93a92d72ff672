"""Answers and streams to Arrow."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from loguro_async import (
    Count,
    CustomEvents,
    Event,
    EventList,
    InvalidQueryError,
    Kpis,
    Overview,
    RecentEvents,
    Timeseries,
    TimeseriesPoint,
    TopCountry,
    TopList,
    TopPage,
    Visitor,
    VisitorSessions,
)
from loguro_async.decoding import decode
from loguro_async.endpoints import TOP_COUNTRIES
from loguro_async.export import schema, to_batches, to_table
from loguro_async.models.response_base import note_received
from tests.unit.export.samples import NOON, event, stream


def test_a_list_has_a_row_for_each_of_its_items() -> None:
    table = to_table(EventList(items=(event(1), event(2)), count=2))
    assert table.to_pydict()["id"] == ["e1", "e2"]
    assert table.to_pydict()["timestamp"] == [NOON, NOON]


def test_microseconds_are_stored() -> None:
    moment = NOON.replace(microsecond=123_456)
    table = to_table(EventList(items=(event(1, moment),), count=1))
    assert table.to_pydict()["timestamp"] == [moment]


def test_any_other_response_is_one_row() -> None:
    assert to_table(Count(7)).to_pylist() == [{"count": 7}]


def test_fields_of_the_whole_list_are_in_the_metadata() -> None:
    point = TimeseriesPoint(bucket=NOON, pageviews=1, visitors=1, sessions=1)
    assert to_table(Timeseries(items=(point,), bucket="hour")).schema.metadata == {
        b"bucket": b'"hour"'
    }


EMPTY = (
    CustomEvents(items=(), buckets=(), bucket="day"),
    EventList(items=(), count=0),
    RecentEvents(items=()),
    Timeseries(items=(), bucket="day"),
    VisitorSessions(sessions=()),
)


@pytest.mark.parametrize("empty", EMPTY, ids=lambda answer: type(answer).__name__)
def test_an_empty_response_has_the_same_columns(empty: CustomEvents) -> None:
    table = to_table(empty)
    assert table.num_rows == 0
    assert list(table.schema) == list(schema(type(empty)))
    assert all(field.type != pa.null() for field in table.schema)


def test_an_empty_top_list_that_was_fetched_knows_its_rows() -> None:
    body = b'{"items":[]}'
    answer = decode(TOP_COUNTRIES, body)
    note_received(answer, raw=body, fetched_at=NOON, shape=TOP_COUNTRIES.shape)
    table = to_table(answer)
    assert list(table.schema) == list(schema(TopList[TopCountry]))
    assert "country_code" in table.column_names


def test_a_top_list_made_by_hand_is_known_by_its_rows_or_by_what_is_said() -> None:
    made = TopList[TopPage](items=(TopPage(path="/"),))
    empty = TopList[TopPage](items=())
    assert to_table(made).column_names == to_table(empty, kind=TopList[TopPage]).column_names
    with pytest.raises(InvalidQueryError, match=r"give kind=TopList\[TopPage\]"):
        to_table(empty)


def test_a_list_has_the_columns_of_its_rows() -> None:
    assert list(schema(EventList)) == list(schema(Event))


@pytest.mark.parametrize("kind", [Kpis, Overview, Visitor, Count])
def test_every_response_has_columns(kind: type) -> None:
    assert len(schema(kind).names) > 0


def test_columns_have_different_names() -> None:
    names = schema(Overview).names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", [int, "Event", TopList])
def test_what_has_no_columns_is_refused(kind: object) -> None:
    with pytest.raises(InvalidQueryError):
        schema(kind)


async def test_a_stream_comes_in_batches_of_the_given_size() -> None:
    batches = [batch async for batch in to_batches(stream(event(n) for n in range(5)), rows=2)]
    assert [batch.num_rows for batch in batches] == [2, 2, 1]
    assert [row["id"] for batch in batches for row in batch.to_pylist()] == [
        "e0",
        "e1",
        "e2",
        "e3",
        "e4",
    ]
    assert all(list(batch.schema) == list(schema(Event)) for batch in batches)


async def test_a_stream_of_another_kind_is_refused() -> None:
    batches = to_batches(stream([event(1)]), kind=TopPage)
    with pytest.raises(
        InvalidQueryError, match=r"a row is a Event, not a TopPage; give kind=Event"
    ):
        await anext(batches)


@pytest.mark.parametrize("rows", [0, -1, True, 1.5])
async def test_batches_of_no_rows_are_refused(rows: int) -> None:
    with pytest.raises(InvalidQueryError, match="rows is"):
        await anext(to_batches(stream([]), rows=rows))


async def test_leaving_a_stream_closes_it() -> None:
    source = stream(event(n) for n in range(5))
    batches = to_batches(source, rows=1)
    await anext(batches)
    await batches.aclose()
    assert [one async for one in source] == []


def test_a_table_is_taken_by_its_capsule() -> None:
    table = to_table(EventList(items=(event(1),), count=1))

    class OnlyTheCapsule:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return table.__arrow_c_stream__(requested_schema)

    assert pa.table(OnlyTheCapsule()).equals(table)


def test_moments_of_another_zone_are_the_same_instants() -> None:
    east = dt.timezone(dt.timedelta(hours=3))
    table = to_table(EventList(items=(event(1, NOON.astimezone(east)),), count=1))
    assert table.to_pydict()["timestamp"] == [NOON]
