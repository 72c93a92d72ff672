"""Parquet, CSV and NDJSON."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import duckdb
import msgspec
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct
from pyarrow import parquet

from loguro_async import Event, InvalidQueryError, TopFlow
from loguro_async.export.formats import check_bom, check_format, format_writer
from loguro_async.export.tables import layout
from tests.unit.export.samples import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loguro_async.export.formats import FileFormat

FORMULAS = ("=1+1", "+1", "-1", "@sum", "\tx", "\rx", "\nx", "'quoted")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def written(format: FileFormat, *rows: Struct) -> bytes:
    plan = layout(type(rows[0]))
    file = io.BytesIO()
    writer = format_writer(format, file, plan.schema)
    writer.write(plan.batch(rows))
    writer.finish({"name": "value"})
    return file.getvalue()


def csv_rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


@pytest.mark.parametrize("path", FORMULAS)
def test_no_cell_of_csv_is_a_formula(path: str) -> None:
    (row,) = csv_rows(written("csv", event(1, path=path)))
    assert row["path"] == f"'{path}"


@given(TEXT)
def test_every_text_comes_back_from_csv(path: str) -> None:
    (row,) = csv_rows(written("csv", event(1, path=path)))
    assert row["path"].removeprefix("'") == path
    assert not row["path"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_distinguishes_null_from_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(written("csv", event(1, title="", city=None)))
    rows = duckdb.read_csv(str(path), allow_quoted_nulls=False).select("title", "city")
    assert rows.fetchall() == [("", None)]


def test_lists_are_json_in_csv() -> None:
    (row,) = csv_rows(written("csv", TopFlow(steps=("/a", '/"b"'))))
    assert msgspec.json.decode(row["steps"]) == ["/a", '/"b"']


PROPS = (b'{"a": [1]}', b"7", b'"text"', b"[]", b"null", b'{"a":"\xff"}')


@pytest.mark.parametrize("format", ["parquet", "csv", "ndjson"])
def test_custom_properties_are_texts_whatever_their_values_are(format: FileFormat) -> None:
    rows = [event(n, custom_props=Raw(props)) for n, props in enumerate(PROPS)]
    file = io.BytesIO(written(format, *rows))
    read: dict[str, Callable[[io.BytesIO], pl.DataFrame]] = {
        "parquet": pl.read_parquet,
        "csv": pl.read_csv,
        "ndjson": pl.read_ndjson,
    }
    column = read[format](file)["custom_props_json"]
    assert column.dtype == pl.String
    texts = [text.removeprefix("'") if text else None for text in column]
    assert texts == ['{"a": [1]}', "7", '"text"', "[]", None, '{"a":"\\xff"}']


def test_csv_may_begin_with_a_byte_order_mark() -> None:
    schema, file = layout(Event).schema, io.BytesIO()
    writer = format_writer("csv", file, schema, bom=True)
    writer.finish({})
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    assert file.getvalue().decode("utf-8-sig").startswith('"id"')
    assert not written("csv", event(1)).startswith(b"\xef")
    assert pl.read_csv(io.BytesIO(file.getvalue())).columns == schema.names


@pytest.mark.parametrize("format", ["parquet", "ndjson"])
def test_a_byte_order_mark_is_for_csv_alone(format: FileFormat) -> None:
    with pytest.raises(InvalidQueryError, match=f"needs the format csv, got {format}"):
        check_bom(format, bom=True)


@given(TEXT, TEXT)
def test_every_text_comes_back_from_ndjson(path: str, title: str) -> None:
    lines = written("ndjson", event(1, path=path), event(2, title=title)).split(b"\n")
    first, second = (msgspec.json.decode(line) for line in lines if line)
    assert (first["path"], first["title"], second["title"]) == (path, None, title)


@given(TEXT)
def test_every_text_comes_back_from_parquet(path: str) -> None:
    table = pl.read_parquet(io.BytesIO(written("parquet", event(1, path=path))))
    assert table["path"].to_list() == [path]


def test_notes_are_in_the_metadata_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    path.write_bytes(written("parquet", event(1)))
    metadata = parquet.read_metadata(path).metadata
    assert metadata is not None
    assert metadata[b"name"] == b"value"


@pytest.mark.parametrize("format", ["parquet", "csv", "ndjson"])
def test_columns_are_there_without_a_row(format: FileFormat, tmp_path: Path) -> None:
    path = tmp_path / "events"
    with path.open("wb") as file:
        format_writer(format, file, layout(Event).schema).finish({})
    if format == "parquet":
        assert list(parquet.read_schema(path)) == list(layout(Event).schema)
    elif format == "csv":
        assert pl.read_csv(path).columns == layout(Event).schema.names
    else:
        assert path.read_bytes() == b""


def test_a_format_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidQueryError, match="must be one of parquet, csv, ndjson"):
        check_format("xlsx")  # type: ignore[arg-type]


def test_arrow_types_come_back_from_parquet(tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    path.write_bytes(written("parquet", TopFlow(steps=("/",), count=3, delta_pct=1.5)))
    fields = {field.name: field.type for field in parquet.read_schema(path)}
    assert fields["steps"] == pa.list_(pa.string())
    assert fields["count"] == pa.int64()
    assert fields["delta_pct"] == pa.float64()
