"""An overview as three charts."""

from __future__ import annotations

from loguro_async import Overview
from loguro_async.charts import chart
from tests.unit.charts.samples import kpis, pages, series


def test_cards_series_and_pages_stand_below_each_other() -> None:
    overview = Overview(kpis(), series(3), pages("/"))
    cards, line, bars = chart(overview, height=150)["vconcat"]
    assert cards["data"] == chart(overview.kpis)["data"]
    assert line["data"] == chart(overview.timeseries)["data"]
    assert line["height"] == 150
    assert bars["height"] == chart(overview.top_pages)["height"]


def test_each_has_scales_of_its_own() -> None:
    scales = chart(Overview(kpis(), series(3), pages("/")))["resolve"]["scale"]
    assert scales == dict.fromkeys(("color", "strokeDash", "x", "y"), "independent")
