"""The columns of an event, and how a column of a Parquet file is converted to one of them.

Types are named as DuckDB names them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Final = (
    "id",
    "event_type",
    "timestamp",
    "path",
    "url",
    "visitor_id",
    "session_id",
)
"""Every event has a value in these."""
OPTIONAL: Final = (
    "title",
    "referrer",
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
COLUMNS: Final = (*REQUIRED, *OPTIONAL)
TIMESTAMP: Final = "timestamp"
PROPS: Final = "custom_props"

_OTHER_NAMES: Final[Mapping[str, str]] = {PROPS: "custom_props_json"}
"""Names that the exports of this package use."""

_INTEGERS: Final = frozenset(
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
) | {"HUGEINT", "UHUGEINT"}
_TEXTS: Final = frozenset({"UUID", "JSON", '"NULL"'})
_WHOLE_OR_ENUM: Final = re.compile(r"DECIMAL\(\d+,0\)|ENUM\(.*\)", re.DOTALL)
_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})
_TIMES: Final = frozenset(
    {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE", "DATE"}
)
_NANOSECONDS: Final = frozenset({"TIMESTAMP_NS", "TIMESTAMPTZ_NS"})
# Numbers of these sizes are seconds, milliseconds and so on for all times from 1973 to 5138.
_EPOCH_US: Final = """CASE
    WHEN abs({0}) < 100000000000 THEN {0} * 1000000
    WHEN abs({0}) < 100000000000000 THEN {0} * 1000
    WHEN abs({0}) < 100000000000000000 THEN {0}
    ELSE {0} // 1000 END"""


class ColumnTypeError(Exception):
    """A column has a type that cannot be converted.

    Args:
        column: The column's name.
        found: Its type.
        wanted: What it may be instead.
    """

    def __init__(self, column: str, found: str, wanted: str) -> None:
        super().__init__(column, found, wanted)
        self.column = column
        self.found = found
        self.wanted = wanted


def conversions(found: Mapping[str, str], constants: Mapping[str, str | None]) -> dict[str, str]:
    """Returns SQL that gives each column of an event, by the column's name.

    A missing optional column is null. Times become whole milliseconds, rounded down, in UTC.

    Args:
        found: The types of a file's columns, by their names in lower case.
        constants: The values of columns that the file lacks, the same for all of its events.

    Raises:
        KeyError: A required column is missing.
        ColumnTypeError: A column has a type that cannot be converted.
    """
    return {column: _conversion(column, found, constants) for column in COLUMNS}


def source_of(column: str, found: Mapping[str, str]) -> str | None:
    """Returns the name under which a file has a column; `None` if it has none."""
    names = (column, _OTHER_NAMES.get(column, column))
    return next((name for name in names if name in found), None)


def _conversion(column: str, found: Mapping[str, str], constants: Mapping[str, str | None]) -> str:
    name = source_of(column, found)
    if name is None and column in constants:
        literal = _literal(constants[column])
        return _time(literal, "VARCHAR") if column == TIMESTAMP else literal
    if name is None:
        if column in REQUIRED:
            raise KeyError(column)
        return "NULL::VARCHAR"
    if column == TIMESTAMP:
        return _time(name, found[name])
    if column == PROPS and _is_nested(found[name]):
        return f"to_json({name})::VARCHAR"
    return _text(name, found[name])


def _literal(value: str | None) -> str:
    """Returns a text as SQL."""
    return "NULL::VARCHAR" if value is None else "'" + value.replace("'", "''") + "'"


def _time(name: str, kind: str) -> str:
    if kind in _TIMES:
        converted = f"{name}::TIMESTAMP"
    elif kind in _NANOSECONDS:  # a cast would round up
        converted = f"make_timestamp(epoch_ns({name}) // 1000)"
    elif kind in _INTEGERS:
        converted = f"make_timestamp(({_EPOCH_US.format(f'{name}::HUGEINT')})::BIGINT)"
    elif kind == "VARCHAR":
        converted = f"TRY_CAST({name} AS TIMESTAMP WITH TIME ZONE)::TIMESTAMP"
    elif kind == '"NULL"':
        converted = "NULL::TIMESTAMP"
    else:
        raise ColumnTypeError(name, kind, "a timestamp")
    return f"date_trunc('millisecond', {converted})"


def _text(name: str, kind: str) -> str:
    if kind == "VARCHAR":
        return name
    if kind in _INTEGERS | _TEXTS or _WHOLE_OR_ENUM.fullmatch(kind):
        return f"{name}::VARCHAR"
    if kind in _FLOATS:  # whole numbers beside nulls, as pandas has them
        return f"if({name} = trunc({name}), TRY_CAST({name} AS HUGEINT)::VARCHAR, NULL)"
    raise ColumnTypeError(name, kind, "text")


def _is_nested(kind: str) -> bool:
    return kind.startswith(("STRUCT(", "MAP(")) or kind.endswith("]")
