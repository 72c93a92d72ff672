"""The metric tiles."""

# ruff: noqa: RUF001 - the signs that are shown

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from loguro_async import Kpis, KpiValues
from loguro_async.dashboard.kpi_tiles import tiles_of
from loguro_async.models.kpis import RangeInfo

if TYPE_CHECKING:
    from tests.unit.dashboard.conftest import MakeContext

AT = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
RANGE = RangeInfo(from_=AT, to=AT, bucket="day", has_previous=True)
NOW = KpiValues(
    visitors=123_456_789_012, pageviews=402, sessions=181, bounce_rate=0.42, avg_duration_sec=96.5
)
BEFORE = KpiValues(
    visitors=120, pageviews=402, sessions=200, bounce_rate=0.47, avg_duration_sec=82.1
)


def test_each_tile_has_its_change_and_says_whether_it_is_good(make_context: MakeContext) -> None:
    tiles = tiles_of(Kpis(current=NOW, previous=BEFORE, range=RANGE), make_context())
    assert [(tile.value, tile.change, tile.is_good) for tile in tiles[1:]] == [
        ("402", "±0%", None),
        ("181", "−10%", False),
        ("42%", "−5 pts", True),
        ("1 min 36 sec", "+18%", True),
    ]
    assert (tiles[0].value, tiles[0].exact) == ("123.5B", "123,456,789,012")
    assert tiles[0].before == "120"


def test_metrics_with_a_chart_lead_to_it(make_context: MakeContext) -> None:
    kpis = Kpis(current=NOW, previous=None, range=RANGE)
    tiles = tiles_of(kpis, make_context({"metric": "sessions"}))
    assert [bool(tile.href) for tile in tiles] == [True, True, True, False, False]
    assert [tile.is_current for tile in tiles] == [False, False, True, False, False]
    assert "metric" not in tiles[0].href
    assert "metric=pageviews" in tiles[1].href
    assert {tile.change for tile in tiles} == {""}


def test_nothing_is_said_of_a_change_since_nothing(make_context: MakeContext) -> None:
    empty = KpiValues(visitors=0, pageviews=0, sessions=0, bounce_rate=0.0, avg_duration_sec=0.0)
    for current in (NOW, empty):
        tiles = tiles_of(Kpis(current=current, previous=empty, range=RANGE), make_context())
        assert {tile.change for tile in tiles} == {""}
