"""Figures to text: pure functions, and the one that prints what they gave."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from loguro_async.charts.key_figures import key_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from loguro_async.models.kpis import Kpis, RangeInfo, Timeseries
    from loguro_async.models.overview import Overview
    from loguro_async.models.top_lists import TopPage

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-=+*#@"
_NOTHING: Final = "-"


def sparkline(values: Sequence[float], *, width: int, levels: str = _BLOCKS) -> str:
    """A line of bars, the highest as high as a line of text.

    Args:
        values: One for each bar, 0 or above; more than fit are averaged with their neighbours.
        width: Characters that there is room for.
        levels: The bars, from low to high.
    """
    bars = _averaged(values, width)
    top = max(bars, default=0)
    if top == 0:
        return levels[0] * len(bars)
    return "".join(levels[round(value / top * (len(levels) - 1))] for value in bars)


def _averaged(values: Sequence[float], width: int) -> list[float]:
    bars = min(len(values), max(width, 1))
    edges = [bar * len(values) // bars for bar in range(bars + 1)] if bars else []
    return [sum(values[begin:end]) / (end - begin) for begin, end in pairwise(edges)]


def printable(text: str) -> str:
    """The text without anything that a terminal would obey: paths come from strangers."""
    return "".join(character if character.isprintable() else "?" for character in text)


def span(taken: RangeInfo) -> str:
    """From when to when, in UTC."""
    return f"{taken.from_:%d %b %H:%M} to {taken.to:%d %b %Y %H:%M} UTC"


def kpi_table(kpis: Kpis) -> Table:
    """The key figures as a table: name, value, change."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    for figure in key_figures(kpis):
        style = {True: "green", False: "red", None: "dim"}[figure.is_good]
        change = figure.change or _NOTHING
        table.add_row(figure.name, Text(figure.value, "bold"), Text(change, style))
    return table


def page_table(pages: Sequence[TopPage]) -> Table:
    """The top pages as a table: path, views, visitors."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Page", overflow="fold")
    table.add_column("Views", justify="right", no_wrap=True)
    table.add_column("Visitors", justify="right", no_wrap=True)
    for page in pages:
        path = _NOTHING if page.path is None else printable(page.path)
        table.add_row(Text(path), _number(page.count), _number(page.visitors))
    return table


def _number(value: int | None) -> str:
    return _NOTHING if value is None else f"{value:,}"


def series_line(series: Timeseries, *, width: int, levels: str = _BLOCKS) -> str:
    """The pageviews of a series as a sparkline."""
    known = [point.pageviews for point in series.items if point.pageviews is not None]
    return sparkline(known, width=width, levels=levels)


def print_overview(console: Console, overview: Overview) -> None:
    """Print an overview: key figures, series, top pages."""
    levels = _BLOCKS if console.encoding.startswith("utf") else _ASCII
    console.print(Text(span(overview.kpis.range), "dim"))
    console.print()
    console.print(kpi_table(overview.kpis))
    console.print()
    console.print(Text(f"Pageviews by {printable(overview.timeseries.bucket or 'bucket')}", "dim"))
    console.print(series_line(overview.timeseries, width=console.width, levels=levels))
    console.print()
    console.print(page_table(overview.top_pages.items))
