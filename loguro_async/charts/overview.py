"""An overview: cards, series and pages, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from loguro_async.charts.bars import top_list_chart
from loguro_async.charts.cards import kpi_cards
from loguro_async.charts.series import series_chart

if TYPE_CHECKING:
    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.overview import Overview


def overview_chart(overview: Overview, frame: Frame) -> Spec:
    """The three charts; a height is that of the series alone."""
    natural = structs.replace(frame, height=None)
    return {
        "spacing": 24,
        "vconcat": [
            kpi_cards(overview.kpis, natural),
            series_chart(overview.timeseries, frame),
            top_list_chart(overview.top_pages, natural),
        ],
        "resolve": {"scale": dict.fromkeys(("color", "strokeDash", "x", "y"), "independent")},
    }
