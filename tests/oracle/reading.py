"""Events of Parquet files, read by pyarrow and converted one value at a time.

This module shares no code with the embedded Loguro, which reads the files by DuckDB.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.oracle.oracle import Event

pa: Any = import_module("pyarrow")  # the stubs of this project have only a part of it
parquet: Any = import_module("pyarrow.parquet")

COLUMNS: Final = (
    "id",
    "event_type",
    "timestamp",
    "path",
    "url",
    "title",
    "referrer",
    "visitor_id",
    "session_id",
    "user_id",
    "country_code",
    "region",
    "city",
    "browser_family",
    "os_family",
    "device_type",
    "custom_event_name",
    "custom_props",
)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_events(files: Iterable[Path]) -> list[Event]:
    """Returns all events of some files, in the order in which they happened."""
    events = [event for file in files for event in _events_of(parquet.ParquetFile(file).read())]
    return sorted(events, key=lambda event: (event["timestamp"], event["id"]))


def _events_of(table: Any) -> list[Event]:  # noqa: ANN401 - of pyarrow
    columns = {name: _values(table, name) for name in COLUMNS}
    return [
        {name: values[row] for name, values in columns.items()} for row in range(table.num_rows)
    ]


def _values(table: Any, name: str) -> list[Any]:  # noqa: ANN401 - of pyarrow
    if name not in table.column_names:
        return [None] * table.num_rows
    column = table[name].combine_chunks()
    if isinstance(column.type, pa.TimestampType):
        unit = PER_SECOND[column.type.unit]
        return [_time(value * 10**9 // unit) for value in column.cast(pa.int64()).to_pylist()]
    values = column.to_pylist()
    if name == "timestamp":
        return [_time(_nanoseconds(value)) for value in values]
    if name == "custom_props":
        return [value if isinstance(value, str | None) else json.dumps(value) for value in values]
    return [None if value is None else _text(value) for value in values]


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def _nanoseconds(value: int | str) -> int:
    """Returns a time since 1970, of ISO text or of a number whose size tells its unit."""
    if isinstance(value, str):
        when = datetime.fromisoformat(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return (when - EPOCH) // timedelta(microseconds=1) * 1_000
    digits = len(str(abs(value)))
    return value * {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}[digits]


def _time(nanoseconds: int) -> datetime:
    """Returns a time in whole milliseconds, rounded down."""
    return EPOCH + timedelta(milliseconds=nanoseconds // 10**6)
