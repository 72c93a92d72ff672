"""Responses as tables."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from loguro_async import Kpis, KpiValues, Overview, RangeInfo, Timeseries, TimeseriesPoint
from loguro_async.cli.output import rows_of
from loguro_async.cli.tables import print_response
from loguro_async.decoding import decode
from loguro_async.endpoints import TOP_PAGES
from loguro_async.models.events import EventList, RecentEvent, RecentEvents
from loguro_async.models.top_lists import TopFlow, TopList, TopLocation, TopPage
from loguro_async.models.visitors import Visitor
from loguro_async.text import NOTHING

if TYPE_CHECKING:
    from msgspec import Struct

FROM, TO = datetime(2026, 6, 4, 10, tzinfo=UTC), datetime(2026, 6, 11, 10, tzinfo=UTC)
RANGE = RangeInfo(from_=FROM, to=TO, bucket="day", has_previous=True, chip="7d")
NOW = KpiValues(visitors=1430, pageviews=402, sessions=181, bounce_rate=0.42, avg_duration_sec=96.5)
BEFORE = KpiValues(
    visitors=1200, pageviews=402, sessions=200, bounce_rate=0.47, avg_duration_sec=82.1
)
ID = "6f42d286-e4b5-43c4-88a6-7bf870c12fa2"


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))


def make_overview(path: str = "/pricing") -> Overview:
    return Overview(
        kpis=Kpis(current=NOW, previous=BEFORE, range=RANGE),
        timeseries=make_series("day"),
        top_pages=pages(TopPage(path=path, count=1234, visitors=56), TopPage()),
    )


def make_series(bucket: str) -> Timeseries:
    points = tuple(
        TimeseriesPoint(bucket=FROM, pageviews=views, visitors=1, sessions=1)
        for views in (0, 7, 14)
    )
    return Timeseries(items=points, bucket=bucket)


def pages(*rows: TopPage) -> TopList[TopPage]:
    return TopList[TopPage](items=rows)


def printed(response: Struct, *, width: int = 80, zone: tzinfo = UTC) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False)
    print_response(console, response, rows_of(response), zone)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def received(*rows: dict[str, Any]) -> TopList[TopPage]:
    """Top pages as a service sends them, whatever it calls their fields."""
    return decode(TOP_PAGES, msgspec.json.encode({"items": rows}))


def test_an_overview_shows_figures_series_and_pages() -> None:
    lines = printed(make_overview())
    assert lines[0] == "04 Jun 10:00 to 11 Jun 2026 10:00 UTC"
    assert "Visitors           1,430    +19.2%" in lines
    assert "▁▅█" in lines
    assert any(line.split() == ["/pricing", "1,234", "56"] for line in lines)


def test_a_row_of_unknown_shape_shows_dashes() -> None:
    assert printed(make_overview())[-1].split() == [NOTHING] * 3


def test_times_are_in_the_zone_and_say_which() -> None:
    zone = ZoneInfo("Europe/Bucharest")
    assert printed(make_overview(), zone=zone)[0] == (
        "04 Jun 13:00 to 11 Jun 2026 13:00 Europe/Bucharest"
    )
    event = RecentEvent(path="/a", event_type="pageview", timestamp=FROM)
    lines = printed(RecentEvents(items=(event,)), zone=zone)
    assert lines[1].split()[:3] == ["04", "Jun", "13:00"]
    assert lines[-1] == "times in Europe/Bucharest"
    visitor = Visitor(visitor_id=ID, first_seen=FROM)
    assert "First seen  04 Jun 2026 13:00:00 Europe/Bucharest" in printed(visitor, zone=zone)


def test_days_that_the_service_counts_are_those_of_utc() -> None:
    days = printed(make_series("day"), zone=ZoneInfo("Asia/Tokyo"))
    assert days[4].split()[:3] == ["04", "Jun", "2026"]
    assert days[-1] == "times in UTC"
    hours = printed(make_series("hour"), zone=ZoneInfo("Asia/Tokyo"))
    assert hours[4].split()[:3] == ["04", "Jun", "19:00"]
    assert hours[-1] == "times in Asia/Tokyo"


def test_a_narrow_column_has_a_year_where_it_needs_one() -> None:
    events = tuple(RecentEvent(path="/a", timestamp=FROM.replace(year=y)) for y in (2025, 2026))
    assert "04 Jun 2025 10:00" in printed(RecentEvents(items=events))[1]
    assert "04 Jun 2025 10:00:00" in printed(RecentEvents(items=events), width=120)[1]


def test_a_long_path_is_shortened_in_the_middle() -> None:
    path = "/blog/" + "abcdefghi" * 9 + "/comments"
    lines = printed(make_overview(path), width=40)
    assert max(map(len, lines)) <= 40
    (line,) = [line for line in lines if line.startswith("/blog/")]
    assert line.split()[0].endswith("/comments")
    assert "…" in line


def test_rows_show_label_and_main_count_whatever_they_are_called() -> None:
    rows = [
        {"page": "/pricing", "views": 1234, "tier": "gold"},
        {"page": "/b", "views": 5, "tier": "tin"},
    ]
    lines = printed(received(*rows))
    assert lines[0].split() == ["Path", "Pageviews", "Tier"]
    assert lines[1].split() == ["/pricing", "1,234", "gold"]


def test_a_column_that_happens_to_equal_the_count_stays() -> None:
    lines = printed(pages(TopPage(path="/a", count=3, visitors=3, sessions=3)))
    assert lines[0].split() == ["Path", "Pageviews", "Visitors", "Sessions"]


def test_counts_of_several_units_are_not_put_into_one_column() -> None:
    lines = printed(received({"path": "/a", "pageviews": 3}, {"path": "/b", "sessions": 4}))
    assert lines[0].split() == ["Path", "Sessions", "Pageviews"]


def test_flows_are_one_text() -> None:
    flows = TopList[TopFlow](items=(TopFlow(steps=("/", "/pricing"), count=2),))
    assert printed(flows)[1].split() == ["/", "→", "/pricing", "2"]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_an_id_is_on_one_line(width: int) -> None:
    place = TopLocation(visitor_id=ID, city="Cluj-Napoca", country_code="RO", last_seen=FROM)
    lines = printed(TopList[TopLocation](items=(place,)), width=width)
    assert max(map(cell_len, lines)) <= width
    assert any(ID in line for line in lines)
    assert any(line.strip() == ID for line in printed(Visitor(visitor_id=ID), width=40))


def test_columns_that_do_not_fit_are_named() -> None:
    page = TopPage(path="/a", count=1, visitors=1, sessions=1, pageviews=1, prev_count=2)
    text = " ".join(printed(pages(page), width=40))
    assert text.endswith("no room for: Before; --format json has all")


@pytest.mark.parametrize("width", [14, 20, 30])
def test_a_figure_is_shown_before_the_whole_of_its_label(width: int) -> None:
    page = TopPage(path="/a/path/that/is/longer/than/that", count=123_456)
    lines = printed(pages(page), width=width)
    assert any("123,456" in line for line in lines)
    figures = "\n".join(printed(Kpis(current=NOW, previous=BEFORE, range=RANGE), width=width))
    assert "1,430" in figures
    assert "for: ," not in figures


def test_a_list_that_is_cut_says_so() -> None:
    assert printed(EventList(items=(), count=7))[-1] == "0 of 7 events; give --limit for more"


def test_a_path_cannot_send_commands_to_the_terminal() -> None:
    lines = printed(make_overview("/a\x1b[2J[bold]b\u202e"))
    assert any(line.startswith("/a?[2J[bold]b? ") for line in lines)


@pytest.mark.parametrize(
    "name", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "क्\u200dष", "👩\u200d💻 hired"]
)
def test_joiners_of_letters_stay(name: str) -> None:
    assert any(name in line for line in printed(make_overview(name)))


def test_a_terminal_without_unicode_gets_ascii_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "cp437"))
    assert "_+@" in printed(make_overview())


def test_nothing_is_said_to_be_nothing() -> None:
    assert printed(pages()) == ["nothing in this range"]


def test_figures_that_the_service_does_not_know_are_dashes() -> None:
    period = RangeInfo(to=TO)
    lines = printed(
        Kpis(current=KpiValues(visitors=3, pageviews=4, sessions=5), previous=None, range=period)
    )
    assert lines[0] == "until 11 Jun 2026 10:00 UTC"
    assert [line.split()[-2:] for line in lines[-2:]] == [[NOTHING, NOTHING]] * 2
