"""A struct's fields as columns."""

from __future__ import annotations

import datetime as dt

import msgspec
import pyarrow as pa
import pytest
from msgspec import Raw, Struct, inspect

from loguro_async import Kpis, Session, TopFlow
from loguro_async.decoding import decode
from loguro_async.endpoints import TOP_PAGES
from loguro_async.export.columns import columns_of
from tests.unit.export.samples import event


def columns(kind: type) -> dict[str, pa.DataType]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return {column.field.name: column.field.type for column in columns_of(info)}


def read(row: Struct, name: str) -> object:
    info = inspect.type_info(type(row))
    assert isinstance(info, inspect.StructType)
    (column,) = [column for column in columns_of(info) if column.field.name == name]
    return column.read(row)


def test_each_type_has_one_arrow_type() -> None:
    found = columns(Kpis)
    assert found["current_visitors"] == pa.int64()
    assert found["current_bounce_rate"] == pa.float64()
    assert found["range_has_previous"] == pa.bool_()
    assert found["range_chip"] == pa.string()
    assert found["range_from"] == pa.timestamp("us", tz="UTC")


def test_a_struct_within_is_named_by_its_way() -> None:
    names = [name for name in columns(Kpis) if name.startswith("range_")]
    assert names == [
        "range_from",
        "range_to",
        "range_bucket",
        "range_has_previous",
        "range_chip",
        "range_extra",
    ]


def test_a_list_is_a_list_and_one_of_structs_a_list_of_structs() -> None:
    assert columns(TopFlow)["steps"] == pa.list_(pa.string())
    assert columns(Session)["events"] == pa.list_(
        pa.struct(
            [
                pa.field("path", pa.string()),
                pa.field("url", pa.string()),
                pa.field("event_type", pa.string()),
                pa.field("custom_event_name", pa.string()),
                pa.field("timestamp", pa.timestamp("us", tz="UTC")),
                pa.field("extra", pa.string()),
            ]
        )
    )


def test_what_a_row_holds_beyond_its_fields_is_json() -> None:
    (row,) = decode(TOP_PAGES, b'{"items":[{"path":"/","count":1,"new":{"a":[1]}}]}').items
    assert read(row, "extra") == '{"new":{"a":[1]}}'
    (row,) = decode(TOP_PAGES, b'{"items":[{"path":"/","count":1}]}').items
    assert read(row, "extra") is None


@pytest.mark.parametrize(
    ("props", "text"),
    [
        (b'{ "a": 1.10 }', '{ "a": 1.10 }'),
        (b'"text"', '"text"'),
        (b"null", None),
        (b'{"a":"\xff"}', '{"a":"\\xff"}'),
    ],
)
def test_properties_are_the_json_that_was_sent(props: bytes, text: str | None) -> None:
    assert read(event(1, custom_props=Raw(props)), "custom_props_json") == text


def test_no_properties_are_null() -> None:
    assert read(event(1), "custom_props_json") is None


def test_columns_of_json_are_known_as_such() -> None:
    info = inspect.type_info(type(event(1)))
    assert isinstance(info, inspect.StructType)
    json = [
        column.field.name
        for column in columns_of(info)
        if column.field.metadata == {b"content": b"json"}
    ]
    assert json == ["custom_props_json", "extra"]


def test_a_struct_that_is_not_there_gives_nulls() -> None:
    kpis = msgspec.convert(
        {
            "current": dict.fromkeys(
                ("visitors", "pageviews", "sessions", "bounceRate", "avgDurationSec"), 1
            ),
            "previous": None,
            "range": {
                "from": dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
                "to": dt.datetime(2026, 6, 2, tzinfo=dt.UTC),
                "bucket": "hour",
                "hasPrevious": False,
            },
        },
        Kpis,
    )
    assert read(kpis, "current_visitors") == 1
    assert read(kpis, "previous_visitors") is None


class Strange(Struct):
    inner: dict[str, int]


def test_a_field_that_no_column_can_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="the field inner is a DictType"):
        columns(Strange)
