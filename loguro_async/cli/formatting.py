"""Formats values for a terminal: sparklines, times, shortened and printable text."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from loguro_async.cli.standard_streams import can_show
from loguro_async.text import NOTHING, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loguro_async.models.kpis import RangeInfo

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-=+*#@"
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Returns the text with each control or invisible character replaced by a question mark.

    Paths and names come from visitors of the site, and must not control the terminal. Letters of
    all scripts stay, with the characters that join them.
    """
    return visible(text).replace(_UNREADABLE, "?")


def shortened(text: str, width: int) -> str:
    """Returns the text, or its start and end around an ellipsis, not wider than ``width``."""
    if cell_len(text) <= width:
        return text
    ellipsis = "…" if can_show("…") else "..."
    room = max(width - len(ellipsis), 0)
    end = _within(reversed(text), room // 2)[::-1]
    return f"{_within(text, room - cell_len(end))}{ellipsis}{end}"[: max(width, 0)]


def _within(characters: Iterable[str], width: int) -> str:
    taken = ""
    for character in characters:
        if cell_len(taken + character) > width:
            break
        taken += character
    return taken


def sparkline(values: Sequence[float | None], *, width: int) -> str:
    """Returns a line of bars, with the highest one full and a space for an unknown value.

    Args:
        values: The values, 0 or greater. Neighbours are averaged if there are more than ``width``.
        width: The maximum number of columns.
    """
    levels = _BLOCKS if can_show(_BLOCKS) else _ASCII
    bars = _averaged(values, width)
    top = max((bar for bar in bars if bar is not None), default=0) or 1
    return "".join(
        " " if bar is None else levels[round(bar / top * (len(levels) - 1))] for bar in bars
    )


def _averaged(values: Sequence[float | None], width: int) -> list[float | None]:
    bars = min(len(values), max(width, 1))
    edges = [bar * len(values) // bars for bar in range(bars + 1)] if bars else []
    parts = [values[begin:end] for begin, end in pairwise(edges)]
    known = [[value for value in part if value is not None] for part in parts]
    return [sum(part) / len(part) if part else None for part in known]


def zone_name(zone: dt.tzinfo) -> str:
    """Returns the name of a time zone: ``UTC``, ``Europe/Bucharest``."""
    return str(getattr(zone, "key", zone))


def moments(values: Sequence[dt.datetime | None], zone: dt.tzinfo, *, narrow: bool) -> list[str]:
    """Returns the times of a column as text; a narrow column has a year only if years differ."""
    local = [value and value.astimezone(zone) for value in values]
    years = {value.year for value in local if value is not None}
    pattern = "%d %b %H:%M" if narrow and len(years) == 1 else "%d %b %Y %H:%M"
    pattern += "" if narrow else ":%S"
    return [NOTHING if value is None else value.strftime(pattern) for value in local]


def dates(values: Sequence[dt.datetime | None]) -> list[str]:
    """Returns the dates of times in UTC, in which the service counts days."""
    return [
        NOTHING if value is None else f"{value.astimezone(dt.UTC):%d %b %Y}" for value in values
    ]


def span(period: RangeInfo, zone: dt.tzinfo) -> str:
    """Returns the period as text, without the ends that the service did not give."""
    start, end = (moment and moment.astimezone(zone) for moment in (period.from_, period.to))
    text = "" if end is None else f"{end:%d %b %Y %H:%M} {zone_name(zone)}"
    if start is None:
        return text and f"until {text}"
    if end is None:
        return f"from {start:%d %b %Y %H:%M} {zone_name(zone)}"
    return f"{start:%d %b %H:%M} to {text}"
