"""Top lists as bars that carry their names, so that long paths have the whole width."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.charts.frame import nothing
from loguro_async.charts.text import fitting, label, number
from loguro_async.models.top_lists import (
    TopBrowser,
    TopCountry,
    TopDevice,
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopLocation,
    TopOs,
    TopPage,
    TopReferrer,
    TopRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loguro_async.charts.frame import Frame, Spec
    from loguro_async.models.responses import TopList

_ROW_PX: Final = 28
_INSET_PX: Final = 8
_COUNT_PX: Final = 130
_TEXT_PX: Final = 12

_NAMES: Final[dict[type[Any], Callable[[Any], str | None]]] = {
    TopPage: lambda row: row.path,
    TopEntryPage: lambda row: row.path,
    TopExitPage: lambda row: row.path,
    TopReferrer: lambda row: row.referrer,
    TopCountry: lambda row: row.country_code,
    TopBrowser: lambda row: row.browser_family,
    TopOs: lambda row: row.os_family,
    TopDevice: lambda row: row.device_type,
    TopFlow: lambda row: " → ".join(label(step) for step in row.steps or ()),
}


class Bar(Struct, frozen=True):
    """One row of a list.

    Attributes:
        name: What was counted, in characters that show.
        count: How much of it; ``None`` where the service did not say.
        change: The change since the period before, as text; empty where that is not known.
    """

    name: str
    count: int | None
    change: str = ""


def bars_of(top: TopList[Any]) -> tuple[Bar, ...]:
    """The rows of a top list, most first; visitors' locations are counted by country.

    Raises:
        TypeError: The list has rows of a kind that is not known.
    """
    if top.items and isinstance(top.items[0], TopLocation):
        countries = Counter(label(row.country_code) for row in top.items)
        return tuple(Bar(country, visitors) for country, visitors in countries.most_common())
    return tuple(_bar(row) for row in top.items)


def _bar(row: TopRow) -> Bar:
    try:
        name = _NAMES[type(row)]
    except KeyError:
        message = f"rows of the type {type(row).__name__} have no name that a chart could show"
        raise TypeError(message) from None
    known = (row.count, row.pageviews, row.sessions, row.visitors)
    count = next((value for value in known if value is not None), None)
    change = "" if row.delta_pct is None else f"{row.delta_pct:+,.0f}%"
    return Bar(label(name(row)), count, change)


def top_list_chart(top: TopList[Any], frame: Frame) -> Spec:
    """A bar for each row."""
    return bar_chart(bars_of(top), frame)


def bar_chart(bars: Sequence[Bar], frame: Frame) -> Spec:
    """A bar for each row, its name upon it, its count at the right."""
    if not bars:
        return nothing(frame)
    height = frame.height or _ROW_PX * len(bars)
    top = max(bar.count or 0 for bar in bars)
    room = max(frame.width - _COUNT_PX, 1)
    return {
        "width": frame.width,
        "height": height,
        "data": {"values": [_row(place, bar, room) for place, bar in enumerate(bars)]},
        "encoding": {"y": _row_scale(), "tooltip": [{"field": "name"}, {"field": "count"}]},
        "layer": [
            {
                "mark": {"type": "bar", "color": frame.theme.bar, "cornerRadius": 3},
                "encoding": {"x": _across(top)},
            },
            _text("shown", {"align": "left", "dx": _INSET_PX}, x=0),
            _text("count_text", {"align": "right", "dx": -_INSET_PX}, x=frame.width),
        ],
    }


def _row(place: int, bar: Bar, room: int) -> dict[str, Any]:
    count_text = number(bar.count)
    return {
        "place": place,
        "name": bar.name,
        "shown": fitting(bar.name, room, _TEXT_PX),
        "count": bar.count,
        "count_text": f"{count_text}  {bar.change}" if bar.change else count_text,
    }


def _row_scale() -> dict[str, Any]:
    return {"field": "place", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.18}}


def _across(top: int) -> dict[str, Any]:
    scale = {"domain": [0, top or 1], "nice": False}
    return {"field": "count", "type": "quantitative", "axis": None, "scale": scale}


def _text(field: str, look: dict[str, Any], *, x: int) -> dict[str, Any]:
    return {
        "mark": {"type": "text", "baseline": "middle", "fontSize": _TEXT_PX, **look},
        "encoding": {"text": {"field": field}, "x": {"value": x}},
    }
