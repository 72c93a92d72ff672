"""Figures to text: pure functions, and the one that prints what they gave."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from loguro_async.models.kpis import Kpis, RangeInfo, Timeseries
    from loguro_async.models.overview import Overview
    from loguro_async.models.top_lists import TopPage

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-=+*#@"
_NOTHING: Final = "-"
_SECONDS_A_MINUTE: Final = 60


class Figure(NamedTuple):
    """One key figure, ready to be read.

    Attributes:
        name: What it is.
        value: How much it is now.
        change: How it changed since the period before.
        is_good: Whether that is good news; ``None`` where nothing changed or nothing is known.
    """

    name: str
    value: str
    change: str = _NOTHING
    is_good: bool | None = None


def figures(kpis: Kpis) -> tuple[Figure, ...]:
    """The key figures, each with its change against the period before."""
    now, before = kpis.current, kpis.previous
    if before is None:
        return (
            Figure("Visitors", f"{now.visitors:,}"),
            Figure("Pageviews", f"{now.pageviews:,}"),
            Figure("Sessions", f"{now.sessions:,}"),
            Figure("Bounce rate", f"{now.bounce_rate:.1%}"),
            Figure("Visit length", duration(now.avg_duration_sec)),
        )
    return (
        _growing("Visitors", f"{now.visitors:,}", now.visitors, before.visitors),
        _growing("Pageviews", f"{now.pageviews:,}", now.pageviews, before.pageviews),
        _growing("Sessions", f"{now.sessions:,}", now.sessions, before.sessions),
        Figure(
            "Bounce rate",
            f"{now.bounce_rate:.1%}",
            points(now.bounce_rate, before.bounce_rate),
            # People who leave at once are no success: here a fall is good.
            _is_good(rise=before.bounce_rate - now.bounce_rate),
        ),
        _growing(
            "Visit length",
            duration(now.avg_duration_sec),
            now.avg_duration_sec,
            before.avg_duration_sec,
        ),
    )


def _growing(name: str, value: str, now: float, before: float) -> Figure:
    return Figure(name, value, change(now, before), _is_good(rise=now - before))


def _is_good(*, rise: float) -> bool | None:
    return None if rise == 0 else rise > 0


def change(now: float, before: float) -> str:
    """How much more it is than before, in percent of what it was."""
    if before == 0:
        return "new" if now else "+0.0%"
    return f"{_without_minus_zero((now - before) / before * 100):+.1f}%"


def points(now: float, before: float) -> str:
    """How much more a share (0 to 1) is than before, in percentage points."""
    return f"{_without_minus_zero((now - before) * 100):+.1f} pts"


def _without_minus_zero(value: float) -> float:
    return round(value, 1) + 0.0


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``48 s``, ``3 min 05 s``."""
    whole = round(seconds)
    if whole < _SECONDS_A_MINUTE:
        return f"{whole} s"
    return f"{whole // _SECONDS_A_MINUTE} min {whole % _SECONDS_A_MINUTE:02} s"


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
    for figure in figures(kpis):
        style = {True: "green", False: "red", None: "dim"}[figure.is_good]
        table.add_row(figure.name, Text(figure.value, "bold"), Text(figure.change, style))
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
    return sparkline([point.pageviews for point in series.items], width=width, levels=levels)


def print_overview(console: Console, overview: Overview) -> None:
    """Print an overview: key figures, series, top pages."""
    levels = _BLOCKS if console.encoding.startswith("utf") else _ASCII
    console.print(Text(span(overview.kpis.range), "dim"))
    console.print()
    console.print(kpi_table(overview.kpis))
    console.print()
    console.print(Text(f"Pageviews by {printable(overview.timeseries.bucket)}", "dim"))
    console.print(series_line(overview.timeseries, width=console.width, levels=levels))
    console.print()
    console.print(page_table(overview.top_pages.items))
