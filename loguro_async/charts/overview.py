"""An overview: cards, series and pages, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from loguro_async.charts.bars import top_list_chart
from loguro_async.charts.cards import kpi_cards
from loguro_async.charts.series import series_chart

if TYPE_CHECKING:
    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.overview import Overview


def overview_chart(overview: Overview, options: ChartOptions) -> Spec:
    """Draws the three charts; a height is that of the series alone."""
    natural = structs.replace(options, height=None)
    until = structs.replace(options, now=overview.kpis.range.to)
    cards = kpi_cards(overview.kpis, natural)
    pages = top_list_chart(overview.top_pages, natural)
    series = series_chart(overview.timeseries, until)
    parts = (("Key figures", cards), ("Over time", series), ("Top pages", pages))
    return {
        "description": ". ".join(f"{title}: {part['description']}" for title, part in parts),
        "params": cards.pop("params"),
        "spacing": 24,
        "vconcat": [{"title": {"text": title, "frame": "group"}, **part} for title, part in parts],
        "resolve": {"scale": dict.fromkeys(("color", "strokeDash", "x", "y"), "independent")},
    }
