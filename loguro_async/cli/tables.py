"""Answers as tables for a terminal of any width."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import fields
from rich.table import Table
from rich.text import Text

from loguro_async.cli.render import (
    kpi_table,
    print_overview,
    printable,
    series_line,
    span,
    sparkline,
)
from loguro_async.models.events import Event, RecentEvent
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.overview import Overview
from loguro_async.models.rows import Row
from loguro_async.models.top_lists import TopRow
from loguro_async.models.visitors import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Struct
    from rich.console import Console

_NOTHING: Final = "-"
_LEAST_WIDTH: Final = 13
_BARS: Final = 24
# What tells rows apart stands first, and of many fields these are the ones to see.
_EVENT: Final = (
    "timestamp",
    "event_type",
    "path",
    "custom_event_name",
    "country_code",
    "device_type",
    "referrer",
)
_SHOWN: Final[dict[type, tuple[str, ...]]] = {
    Event: _EVENT,
    RecentEvent: _EVENT,
    Session: ("start", "duration_ms", "page_count", "entry_page", "exit_page"),
}


def print_answer(console: Console, answer: Struct, rows: Sequence[Struct]) -> None:
    """Print an answer as a person reads it.

    Args:
        console: Where to.
        answer: Any answer of the service, or an overview.
        rows: The rows that it lists, or itself.
    """
    if isinstance(answer, Overview):
        print_overview(console, answer)
        return
    if isinstance(answer, Kpis):
        console.print(Text(span(answer.range), "dim"))
        console.print()
        console.print(kpi_table(answer))
        return
    if isinstance(answer, Timeseries) and answer.items:
        console.print(Text(f"Pageviews by {printable(answer.bucket or 'bucket')}", "dim"))
        console.print(series_line(answer, width=console.width))
        console.print()
    if rows == (answer,):
        console.print(_facts(answer))
    elif rows:
        _print_rows(console, rows)
    else:
        console.print("nothing in this range")


def _facts(answer: Struct) -> Table:
    """One answer, a line for each thing that is known."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in _values(answer).items():
        if value is not None:
            table.add_row(_heading(name), _cell(name, value))
    return table


def _print_rows(console: Console, rows: Sequence[Struct]) -> None:
    values = [_values(row) for row in rows]
    names = _columns(type(rows[0]), values)
    room = max(2, console.width // _LEAST_WIDTH)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names[:room]:
        is_number = all(isinstance(row.get(name), int | float | None) for row in values)
        table.add_column(_heading(name), overflow="fold", justify="right" if is_number else "left")
    for row in values:
        table.add_row(*(_cell(name, row.get(name)) for name in names[:room]))
    console.print(table)
    if len(names) > room:
        hidden = ", ".join(map(printable, names[room:]))
        console.print(Text(f"no room for: {hidden}; --format json has all", "dim"))


def _columns(kind: type, rows: Sequence[dict[str, Any]]) -> list[str]:
    """The names of what any row has, in the order in which to show them."""
    known = [
        name
        for name in dict.fromkeys(chain(*rows))
        if any(row.get(name) is not None for row in rows)
    ]
    if kind in _SHOWN:
        return [name for name in _SHOWN[kind] if name in known]
    if issubclass(kind, TopRow):
        return sorted(known, key=lambda name: name in TopRow.__struct_fields__)
    return known


def _values(row: Struct) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {**values, **row.extra} if isinstance(row, Row) else values


def _heading(name: str) -> str:
    words = printable(name).rstrip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def _cell(name: str, value: Any) -> Text:  # noqa: ANN401 - whatever a field holds
    return Text(_NOTHING if value is None else printable(_text(name, value)))


def _text(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:+,.1f}%" if name.endswith("_pct") else f"{value:,.2f}"
        case dt.datetime():
            return f"{value:%d %b %Y %H:%M:%S}"
        case str():
            return value
        case _:
            return _joined(value)


def _joined(value: object) -> str:
    """The steps of a flow as one text, figures as bars, anything else as JSON."""
    with suppress(msgspec.ValidationError):
        return " > ".join(msgspec.convert(value, tuple[str, ...]))
    with suppress(msgspec.ValidationError):
        return sparkline(msgspec.convert(value, tuple[float, ...]), width=_BARS)
    return msgspec.json.encode(value, enc_hook=str).decode()
