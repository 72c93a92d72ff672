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


def test_each_has_a_heading() -> None:
    spec = chart(Overview(kpis(), series(3), pages("/")))
    titles = [part["title"]["text"] for part in spec["vconcat"]]
    assert titles == ["Key figures", "Over time", "Top pages"]


def test_a_bucket_that_the_range_ends_in_is_dashed() -> None:
    overview = Overview(kpis(), series(8), pages("/"))  # the range ends when the eighth day begins
    rows = chart(overview)["vconcat"][1]["data"]["values"]
    assert {row["at"] for row in rows if row["period"] == "not over yet"} == {
        "2026-06-10T00:00:00Z",
        "2026-06-11T00:00:00Z",
    }
