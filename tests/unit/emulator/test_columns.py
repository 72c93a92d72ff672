from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from loguro_async.emulator.columns import COLUMNS, REQUIRED, ColumnTypeError, conversions

TEXTS: dict[str, str] = dict.fromkeys(REQUIRED, "VARCHAR")


def converted(column: str, kind: str, literal: str) -> object:
    """The value of a column after its conversion."""
    sql = conversions({**TEXTS, column: kind}, {})[column]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT {sql} FROM (SELECT {literal}::{kind} AS {column})"  # noqa: S608 - of the test
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_missing_optional_columns_are_null() -> None:
    found = conversions(TEXTS, {})
    assert tuple(found) == COLUMNS
    assert {found[name] for name in COLUMNS if name not in REQUIRED} == {"NULL::VARCHAR"}


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_required_column_is_an_error(column: str) -> None:
    with pytest.raises(KeyError, match=column):
        conversions({name: "VARCHAR" for name in REQUIRED if name != column}, {})


@pytest.mark.parametrize(
    ("kind", "literal", "expected"),
    [
        ("VARCHAR", "'x'", "x"),
        ("UTINYINT", "7", "7"),
        ("HUGEINT", "-7", "-7"),
        ("DECIMAL(12,0)", "7", "7"),
        ("DOUBLE", "7", "7"),
        ("DOUBLE", "NULL", None),
        ("UUID", "'0190a0a0-0000-7000-8000-000000000000'", "0190a0a0-0000-7000-8000-000000000000"),
        ("ENUM('a', 'b')", "'b'", "b"),
    ],
)
def test_text_columns(kind: str, literal: str, expected: str | None) -> None:
    assert converted("user_id", kind, literal) == expected


@pytest.mark.parametrize(
    ("kind", "literal", "expected"),
    [
        ("STRUCT(plan VARCHAR)", "{'plan': 'pro'}", '{"plan":"pro"}'),
        ("MAP(VARCHAR, INTEGER)", "MAP {'n': 1}", '{"n":1}'),
        ("INTEGER[]", "[1, 2]", "[1,2]"),
        ("INTEGER[2]", "[1, 2]", "[1,2]"),
        ("JSON", "'{\"a\": 1}'", '{"a": 1}'),
    ],
)
def test_properties_become_json(kind: str, literal: str, expected: str) -> None:
    assert converted("custom_props", kind, literal) == expected


def test_properties_may_have_the_name_of_an_export() -> None:
    found = conversions({**TEXTS, "custom_props_json": "VARCHAR"}, {})
    assert found["custom_props"] == "custom_props_json"


def test_constants_stand_in_for_missing_columns_only() -> None:
    found = conversions(TEXTS, {"path": "/x", "city": "it's", "region": None})
    assert (found["path"], found["city"], found["region"]) == ("path", "'it''s'", "NULL::VARCHAR")


@pytest.mark.parametrize(
    ("kind", "literal"),
    [
        ("TIMESTAMP", "'2026-06-11 09:59:59.999999'"),
        ("TIMESTAMP_MS", "'2026-06-11 09:59:59.999'"),
        ("TIMESTAMP_NS", "'2026-06-11 09:59:59.999999999'"),
        ("TIMESTAMP WITH TIME ZONE", "'2026-06-11 12:59:59.999999+03'"),
        ("VARCHAR", "'2026-06-11T09:59:59.999999999Z'"),
        ("VARCHAR", "'2026-06-11T12:59:59.9999+03:00'"),
        ("VARCHAR", "'2026-06-11 09:59:59.999'"),
        ("BIGINT", "1781171999999"),
        ("BIGINT", "1781171999999999"),
        ("BIGINT", "1781171999999999999"),
        ("UBIGINT", "1781171999999"),
    ],
)
def test_times_are_rounded_down_to_the_millisecond(kind: str, literal: str) -> None:
    expected = datetime(2026, 6, 11, 9, 59, 59, 999_000)  # noqa: DTZ001 - as DuckDB returns it
    assert converted("timestamp", kind, literal) == expected


@pytest.mark.parametrize(
    ("kind", "literal"),
    [("TIMESTAMP_S", "'2026-06-11'"), ("DATE", "'2026-06-11'"), ("INTEGER", "1781136000")],
)
def test_coarse_times(kind: str, literal: str) -> None:
    expected = datetime(2026, 6, 11)  # noqa: DTZ001 - as DuckDB returns it
    assert converted("timestamp", kind, literal) == expected


@pytest.mark.parametrize("text", ["soon", "", "2026-13-01"])
def test_a_text_that_is_no_time_becomes_null(text: str) -> None:
    assert converted("timestamp", "VARCHAR", f"'{text}'") is None


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("path", "BLOB"),
        ("path", "BOOLEAN"),
        ("path", "STRUCT(a VARCHAR)"),
        ("path", "DECIMAL(10,2)"),
        ("country_code", "VARCHAR[]"),
        ("custom_props", "BLOB"),
        ("timestamp", "TIME"),
        ("timestamp", "DOUBLE"),
        ("timestamp", "BOOLEAN"),
    ],
)
def test_a_type_that_cannot_be_converted_is_an_error(column: str, kind: str) -> None:
    with pytest.raises(ColumnTypeError) as caught:
        conversions({**TEXTS, column: kind}, {})
    assert (caught.value.column, caught.value.found) == (column, kind)
