"""Responses as tables for a terminal of any width."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import fields
from rich.cells import cell_len
from rich.text import Text

from loguro_async.charts.formatting import duration, number
from loguro_async.charts.key_figure_texts import key_figures
from loguro_async.charts.labels import labels
from loguro_async.cli.formatting import (
    dates,
    moments,
    printable,
    span,
    sparkline,
    zone_name,
)
from loguro_async.cli.table_layout import Column, print_columns
from loguro_async.models.events import Event, EventList, RecentEvent
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.labelled_count import LabelledCount
from loguro_async.models.overview import Overview
from loguro_async.models.row import Row
from loguro_async.models.top_lists import TopLocation
from loguro_async.models.visitors import Session
from loguro_async.text import NOTHING, counted, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Struct
    from rich.console import Console

_BARS: Final = 24
_NARROW: Final = 100
_DAYS: Final = ("day", "week", "month")
# The fields to show, of many, with those that distinguish rows first.
_EVENT: Final = (
    "timestamp",
    "event_type",
    "path",
    "custom_event_name",
    "country_code",
    "device_type",
    "referrer",
)
_HEADINGS: Final = {
    "browser_family": "Browser",
    "country_code": "Country",
    "custom_event_name": "Custom event",
    "delta_pct": "Change",
    "device_type": "Device",
    "duration_ms": "Duration",
    "event_type": "Event",
    "os_family": "OS",
    "prev_count": "Before",
}
_SHOWN: Final[dict[type, tuple[str, ...]]] = {
    Event: _EVENT,
    RecentEvent: _EVENT,
    Session: ("start", "duration_ms", "page_count", "entry_page", "exit_page", "session_id"),
    TopLocation: ("visitor_id", "last_seen", "last_path", "browser_family", "device_type"),
}


def print_response(
    console: Console, response: Struct, rows: Sequence[Struct], zone: dt.tzinfo
) -> None:
    """Prints a response as a table.

    Args:
        console: The terminal.
        response: Any response of the service, or an overview.
        rows: The rows of the response, or the response itself.
        zone: The time zone of printed times.
    """
    match response:
        case Overview():
            print_response(console, response.kpis, (response.kpis,), zone)
            console.print()
            _print_series(console, response.timeseries)
            console.print()
            _print_rows(console, response.top_pages.items, zone)
        case Kpis():
            console.print(Text(span(response.range, zone), "dim"))
            console.print()
            _print_kpis(console, response)
        case Timeseries() if rows:
            _print_series(console, response)
            console.print()
            _print_rows(console, rows, zone, counts_days=response.bucket in _DAYS)
        case _ if rows == (response,):
            _print_facts(console, response, zone)
        case _:
            _print_rows(console, rows, zone)
    if isinstance(response, EventList) and (count := response.count or 0) > len(rows):
        note = f"{len(rows):,} of {counted(count, 'event')}; give --limit for more"
        console.print(Text(note, "dim"))


def _print_kpis(console: Console, kpis: Kpis) -> None:
    known = key_figures(kpis)
    styles = [{True: "green", False: "red", None: "dim"}[one.is_good] for one in known]
    columns = (
        Column("", [one.name for one in known]),
        Column("", [one.value for one in known], "number", ["bold"] * len(known)),
        Column("", [one.change or NOTHING for one in known], "number", styles),
    )
    print_columns(console, columns)


def _print_series(console: Console, series: Timeseries) -> None:
    console.print(Text(f"Pageviews by {printable(series.bucket or 'bucket')}", "dim"))
    views = [point.pageviews for point in series.items]
    console.print(sparkline(views, width=console.width))


def _print_facts(console: Console, record: Struct, zone: dt.tzinfo) -> None:
    """Prints one record, a line for each known field; a value that is too wide goes below it."""
    known = {name: value for name, value in _values(record).items() if value is not None}
    headings = {name: printable(_heading(name)) for name in known}
    left = max(map(len, headings.values()), default=0) + 2
    for name, value in known.items():
        text = printable(_text(name, value, zone))
        below = "\n  " if left + cell_len(text) > console.width else ""
        line = Text.assemble((headings[name].ljust(left), "dim"), below, text)
        console.print(line, overflow="fold")


def _print_rows(
    console: Console, rows: Sequence[Struct], zone: dt.tzinfo, *, counts_days: bool = False
) -> None:
    if not rows:
        console.print("nothing in this range")
        return
    measures = _measures(rows)
    columns = list(measures.values())[:2]
    values = [_values(row) for row in rows]
    zone = dt.UTC if counts_days else zone
    has_moments = False
    for name in _names(type(rows[0]), values):
        if name in measures:
            continue
        these = [row.get(name) for row in values]
        if any(isinstance(value, dt.datetime) for value in these):
            has_moments = True
            narrow = console.width < _NARROW
            cells = dates(these) if counts_days else moments(these, zone, narrow=narrow)
            columns.append(Column(_heading(name), cells, "whole"))
        else:
            columns.append(_column(name, these, zone))
    print_columns(console, columns)
    if has_moments:
        console.print(Text(f"times in {zone_name(zone)}", "dim"))


def _measures(rows: Sequence[Struct]) -> dict[str, Column]:
    """Returns the columns of the label and the main count, by field name."""
    known = [row for row in rows if isinstance(row, LabelledCount) and row.label_field is not None]
    if not known:
        return {}
    name = known[0].label_field or ""
    found = {name: Column(_heading(name), labels(row.label for row in known))}
    units = {row.unit for row in known} - {None}
    if len(units) == 1:  # values of several units are never compared
        unit = units.pop() or ""
        column = Column(_heading(unit), [number(row.value) for row in known], "number")
        found |= {"count": column, unit: column}
    return found


def _column(name: str, values: Sequence[Any], zone: dt.tzinfo) -> Column:
    cells = [NOTHING if value is None else _text(name, value, zone) for value in values]
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, str) for value in known):
        cells = labels(values)
    if known and all(isinstance(value, int | float) for value in known):
        return Column(_heading(name), cells, "number")
    is_whole = all(isinstance(value, tuple) for value in known)
    return Column(
        _heading(name), cells, "id" if name.endswith("_id") else "whole" if is_whole else "text"
    )


def _names(kind: type, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Returns the names of the fields that any row has, in the order of the columns."""
    known = [
        name
        for name in dict.fromkeys(chain(*rows))
        if any(row.get(name) is not None for row in rows)
    ]
    if kind in _SHOWN:
        return [name for name in _SHOWN[kind] if name in known]
    return known


def _values(row: Struct) -> dict[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return {**values, **row.extra} if isinstance(row, Row) else values


def _heading(name: str) -> str:
    if name in _HEADINGS:
        return _HEADINGS[name]
    words = name.rstrip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(name: str, value: Any, zone: dt.tzinfo) -> str:  # noqa: ANN401, PLR0911 - a line a type
    match value:
        case bool():
            return "yes" if value else "no"
        case int() if name == "duration_ms":
            return duration(value / 1000)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:+,.1f}%" if name.endswith("_pct") else f"{value:,.2f}"
        case dt.datetime():
            return f"{value.astimezone(zone):%d %b %Y %H:%M:%S} {zone_name(zone)}"
        case str():
            return value
        case _:
            return _joined(value)


def _joined(value: object) -> str:
    """Returns the steps of a flow with arrows, counts as a sparkline, anything else as JSON."""
    with suppress(msgspec.ValidationError):
        return " → ".join(map(readable, msgspec.convert(value, tuple[str, ...])))
    with suppress(msgspec.ValidationError):
        return sparkline(msgspec.convert(value, tuple[float, ...]), width=_BARS)
    return msgspec.json.encode(value, enc_hook=str).decode()
