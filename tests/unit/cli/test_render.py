"""The demo's figures as text."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from loguro_async import Kpis, KpiValues, Overview, RangeInfo, Timeseries, TimeseriesPoint
from loguro_async.cli import render
from loguro_async.models.responses import TopList
from loguro_async.models.top_lists import TopPage

FROM, TO = datetime(2026, 6, 4, 10, tzinfo=UTC), datetime(2026, 6, 11, 10, tzinfo=UTC)
RANGE = RangeInfo(from_=FROM, to=TO, bucket="day", has_previous=True, chip="7d")
NOW = KpiValues(visitors=1430, pageviews=402, sessions=181, bounce_rate=0.42, avg_duration_sec=96.5)
BEFORE = KpiValues(
    visitors=1200, pageviews=402, sessions=200, bounce_rate=0.47, avg_duration_sec=82.1
)


def make_overview(path: str = "/pricing") -> Overview:
    points = tuple(
        TimeseriesPoint(bucket=FROM, pageviews=views, visitors=1, sessions=1)
        for views in (0, 7, 14)
    )
    return Overview(
        kpis=Kpis(current=NOW, previous=BEFORE, range=RANGE),
        timeseries=Timeseries(items=points, bucket="day"),
        top_pages=TopList[TopPage](items=(TopPage(path=path, count=1234, visitors=56), TopPage())),
    )


def printed(overview: Overview, *, width: int, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    console = Console(file=file, width=width, highlight=False)
    render.print_overview(console, overview)
    file.seek(0)
    return file.read().splitlines()


def test_the_highest_bar_is_full_and_zero_is_the_lowest() -> None:
    assert render.sparkline([0, 5, 10], width=10) == "▁▅█"


def test_a_series_of_zeros_is_flat_and_an_empty_one_is_nothing() -> None:
    assert render.sparkline([0, 0], width=10) == "▁▁"
    assert not render.sparkline([], width=10)


def test_bars_that_do_not_fit_are_averaged_with_their_neighbours() -> None:
    assert render.sparkline([0, 0, 4, 4, 8, 8], width=3) == "▁▅█"
    assert len(render.sparkline(range(1000), width=40)) == 40


def test_an_overview_shows_figures_series_and_pages() -> None:
    lines = printed(make_overview(), width=80)
    assert lines[0] == "04 Jun 10:00 to 11 Jun 2026 10:00 UTC"
    assert "Visitors           1,430    +19.2%" in lines
    assert "▁▅█" in lines
    assert any(line.split() == ["/pricing", "1,234", "56"] for line in lines)


def test_a_row_of_unknown_shape_shows_dashes() -> None:
    assert printed(make_overview(), width=80)[-1].split() == ["-", "-", "-"]


def test_nothing_is_wider_than_a_narrow_terminal_and_nothing_is_lost() -> None:
    path = "/" + "abcdefghi" * 9
    lines = printed(make_overview(path), width=40)
    assert max(map(len, lines)) <= 40
    table = lines[next(n for n, line in enumerate(lines) if line.startswith("Page ")) + 1 :]
    assert "".join(line.split()[0] for line in table).startswith(path)


def test_a_path_cannot_send_commands_to_the_terminal() -> None:
    lines = printed(make_overview("/a\x1b[2J[bold]b"), width=80)
    assert any(line.startswith("/a?[2J[bold]b ") for line in lines)


def test_a_terminal_without_unicode_gets_ascii_bars() -> None:
    assert "_+@" in printed(make_overview(), width=80, encoding="ascii")
