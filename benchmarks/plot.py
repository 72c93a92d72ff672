"""Draws the stored figures in one picture, with the charts of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.tables import shown
from loguro_async.charts import to_svg
from loguro_async.charts.theme import LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

FONT: Final = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
OURS: Final = "this package"
WIDTH_PX: Final = 460
BAR_PX: Final = 21


class Panel(NamedTuple):
    """One table, and what to say above its bars."""

    table: str
    title: str
    is_logarithmic: bool


# Bars begin at zero, but for the tables whose rows are many times one another.
PANELS: Final = (
    Panel(
        "goodput",
        "A fan-out over a limited service: share of what it can do, more is better",
        is_logarithmic=False,
    ),
    Panel("cache", "One cached response: µs, logarithmic, less is better", is_logarithmic=True),
    Panel(
        "requests-asyncio",
        "One uncached request: µs, logarithmic, less is better",
        is_logarithmic=True,
    ),
    Panel("decode-300", "Decoding 300 rows: µs, less is better", is_logarithmic=False),
    Panel(
        "fan-out-10000-asyncio",
        "A fan-out over 10,000 projects: projects per second, more is better",
        is_logarithmic=False,
    ),
)


def picture(tables: Mapping[str, Mapping[str, Any]], theme: Theme = LIGHT) -> str:
    """The panels below one another, as SVG.

    Args:
        tables: The tables that `benchmarks.tables` stored, by name.
        theme: Its colours.
    """
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": theme.paper,
        "padding": 16,
        "spacing": 26,
        "vconcat": [_bars(panel, tables[panel.table], theme) for panel in PANELS],
        "config": {
            "font": FONT,
            "axis": {"labelColor": theme.ink, "labelFontSize": 12, "labelLimit": 420},
            "title": {"color": theme.ink, "fontSize": 14, "anchor": "start", "offset": 10},
            "view": {"stroke": None},
        },
    }
    return to_svg(spec)


def _bars(panel: Panel, table: Mapping[str, Any], theme: Theme) -> dict[str, Any]:
    rows: Mapping[str, float] = table["rows"]
    bars = [
        {
            "row": row,
            "figure": figure,
            "text": f"{figure:,.{_places(figure)}f}",
            "is_ours": OURS in row,
        }
        for row, figure in shown(table)
    ]
    start = min(rows.values()) / 2 if panel.is_logarithmic else 0
    scale = {"type": "log"} if panel.is_logarithmic else {}
    end = max(rows.values()) * (4 if panel.is_logarithmic else 1.1)
    x = {
        "field": "figure",
        "type": "quantitative",
        "axis": None,
        "scale": {**scale, "domain": [start, end]},
    }
    y = {
        "field": "row",
        "type": "nominal",
        "sort": None,
        "title": None,
        # The same on every panel, so that bars begin at the same position.
        "axis": {"domain": False, "ticks": False, "minExtent": 340, "maxExtent": 340},
    }
    color = {
        "condition": {"test": "datum.is_ours", "value": theme.series[0]},
        "value": theme.bar,
    }
    return {
        "title": panel.title,
        "width": WIDTH_PX,
        "height": {"step": BAR_PX},
        "data": {"values": bars},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"color": color, "x2": {"datum": start}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": theme.ink},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def _places(figure: float) -> int:
    """Decimals that leave three digits that count."""
    return max(0, 3 - len(str(int(figure)))) if figure >= 1 else 2
