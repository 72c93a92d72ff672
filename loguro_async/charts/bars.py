"""Lists as bars: the label on each bar, count and change in columns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.charts.chart_options import AVAILABLE, empty, in_pixels
from loguro_async.charts.formatting import UNKNOWN, Change, change_of_row, number
from loguro_async.charts.labels import fitting, labels
from loguro_async.models.top_lists import TopList, TopLocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loguro_async.charts.chart_options import ChartOptions, Spec
    from loguro_async.models.events import CustomEvents

ROW_PX: Final = 28
_INSET_PX: Final = 8
_DIGIT_PX: Final = 7.5
_TEXT_PX: Final = 12
# Phones are about this wide: labels are shortened for them as well.
_NARROW_PX: Final = 300
_LONGEST_LABEL: Final = 400
_HEADINGS: Final = {
    "path": "Page",
    "referrer": "Referrer",
    "country_code": "Country",
    "browser_family": "Browser",
    "os_family": "System",
    "device_type": "Device",
    "steps": "Pages in order",
    "name": "Event",
}


class Bar(Struct, frozen=True):
    """One row of a list.

    Attributes:
        name: The label of the group; different groups have different ones.
        count: The main count; ``None`` where the service gave none.
        change: The change since the period before.
        unit: What is counted; ``None`` where there is no count.
        sent: The label as the service sent it.
    """

    name: str
    count: int | None
    change: Change = UNKNOWN
    unit: str | None = None
    sent: str | None = None


class BarList(Struct, frozen=True):
    """A list as bars.

    Attributes:
        bars: The rows, in the order of the response.
        heading: What the labels are, such as ``"Page"``.
        unit: What is counted, such as ``"pageviews"``.
    """

    bars: tuple[Bar, ...]
    heading: str
    unit: str

    @property
    def top(self) -> int:
        """The largest count in ``unit``; 1 at the least."""
        return max((bar.count or 0 for bar in self.bars if self.is_comparable(bar)), default=0) or 1

    @property
    def has_changes(self) -> bool:
        """Whether any change is known."""
        return any(bar.change.text for bar in self.bars)

    def is_comparable(self, bar: Bar) -> bool:
        """Whether a row is counted in the unit of the list."""
        return bar.count is not None and bar.unit in {None, self.unit}

    def count_text(self, bar: Bar) -> str:
        """Returns a row's count, with its unit where that is another one than the list's."""
        text = number(bar.count)
        return text if bar.count is None or self.is_comparable(bar) else f"{text} {bar.unit}"


def bar_list(response: TopList[Any] | CustomEvents) -> BarList:
    """Returns the rows of a list as bars; visitors' locations are counted by country.

    Raises:
        TypeError: The rows are of a type without label and value.
    """
    rows: tuple[Any, ...] = response.items
    if rows and isinstance(rows[0], TopLocation):
        return _countries(row.country_code for row in rows)
    field: str | None = rows[0].label_field if rows else None
    if rows and field is None:
        message = f"rows of the type {type(rows[0]).__name__} have no label to show in a chart"
        raise TypeError(message)
    bars = tuple(
        Bar(shown, row.value, change_of_row(row), row.unit, row.label)
        for shown, row in zip(labels(row.label for row in rows), rows, strict=True)
    )
    unit = (response.unit if isinstance(response, TopList) else "events") or "count"
    return BarList(bars, _HEADINGS.get(field or "", "Name"), unit)


def _countries(codes: Iterable[str | None]) -> BarList:
    counted = Counter(codes).most_common()
    shown = labels(code for code, _ in counted)
    bars = (
        Bar(text, visitors, UNKNOWN, "visitors", code)
        for text, (code, visitors) in zip(shown, counted, strict=True)
    )
    return BarList(tuple(bars), "Country", "visitors")


def top_list_chart(top: TopList[Any], options: ChartOptions) -> Spec:
    """Draws a bar for each row of a top list."""
    return bar_chart(bar_list(top), options)


def bar_chart(listed: BarList, options: ChartOptions) -> Spec:
    """Draws a bar for each row."""
    if not listed.bars:
        return empty(options)
    columns = columns_of(listed)
    return {
        "description": text_alternative(listed),
        "width": options.width_px,
        "height": options.height or ROW_PX * (len(listed.bars) + 1),
        "data": {"values": rows_of(listed, options.width_px - columns)},
        "encoding": {"y": row_scale()},
        "layer": bar_layers(listed, options, right=AVAILABLE),
    }


def columns_of(listed: BarList) -> int:
    """Returns the width of the columns beside the bars, in pixels."""
    return _count_px(listed) + _change_px(listed)


def text_alternative(listed: BarList, most: int = 10) -> str:
    """Returns the first rows as text, for screen readers."""
    bars = listed.bars[:most]
    rows = "; ".join(f"{bar.name} {listed.count_text(bar)}" for bar in bars)
    left = len(listed.bars) - len(bars)
    return f"{listed.heading} by {listed.unit}: {rows}" + (f"; {left:,} more" if left else "")


def rows_of(listed: BarList, room_px: int) -> list[dict[str, Any]]:
    """Returns the data: a row of headings, and one for each bar."""

    def fit(room: float) -> list[str]:
        texts = [bar.sent for bar in listed.bars]
        return labels(texts, lambda text: fitting(text, max(room, 1) - 2 * _INSET_PX, _TEXT_PX))

    wide, narrow = fit(room_px), fit(min(room_px, _NARROW_PX - columns_of(listed)))
    heads = {"name": listed.heading, "wide": listed.heading, "narrow": listed.heading}
    return [
        {
            **heads,
            "row": -1,
            "count_text": listed.unit.capitalize(),
            "change": "Change" if listed.has_changes else "",
        },
        *(
            {
                "row": row,
                "name": bar.name[:_LONGEST_LABEL],
                "wide": wide[row],
                "narrow": narrow[row],
                "count": bar.count if listed.is_comparable(bar) else None,
                "count_text": listed.count_text(bar),
                "change": bar.change.text,
            }
            for row, bar in enumerate(listed.bars)
        ),
    ]


def row_scale() -> dict[str, Any]:
    """Returns the vertical scale of the rows."""
    return {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.18}}


def bar_layers(listed: BarList, options: ChartOptions, *, right: str) -> list[Spec]:
    """Draws bars, labels and columns.

    Args:
        listed: The list.
        options: The options of the chart.
        right: An expression for the right edge.
    """
    change_px = _change_px(listed)
    bars = f"max({right} - {columns_of(listed)}, 1)"
    layers = [
        {
            "transform": [{"filter": "datum.row >= 0"}],
            "mark": {"type": "bar", "color": options.theme.bar, "cornerRadius": 3},
            "encoding": {
                "x": {
                    "field": "count",
                    "type": "quantitative",
                    "axis": None,
                    "scale": {
                        "domain": [0, listed.top],
                        "nice": False,
                        "range": [0, {"expr": bars}],
                    },
                },
                "tooltip": [
                    {"field": "name", "title": listed.heading},
                    {"field": "count_text", "title": listed.unit.capitalize()},
                    {"field": "change", "title": "Change"},
                ],
            },
        },
        _text("label", options, {"align": "left", "dx": _INSET_PX}, "0"),
        _text("count_text", options, {"align": "right"}, f"{right} - {change_px + _INSET_PX}"),
    ]
    layers[1]["transform"] = [
        {
            "calculate": f"{AVAILABLE} < {options.width_px} ? datum.narrow : datum.wide",
            "as": "label",
        }
    ]
    if listed.has_changes:
        layers.append(_text("change", options, {"align": "right"}, f"{right} - {_INSET_PX}"))
    return layers


def _count_px(listed: BarList) -> int:
    return _column_px([listed.unit, *map(listed.count_text, listed.bars)])


def _change_px(listed: BarList) -> int:
    if not listed.has_changes:
        return 0
    return _column_px(["Change", *(bar.change.text for bar in listed.bars)])


def _column_px(texts: Sequence[str]) -> int:
    return round(max(map(len, texts)) * _DIGIT_PX) + 2 * _INSET_PX


def _text(field: str, options: ChartOptions, look: dict[str, Any], x: str) -> Spec:
    theme = options.theme
    faint = theme.faint if field == "change" else theme.ink
    return {
        "mark": {"type": "text", "baseline": "middle", "fontSize": _TEXT_PX, **look},
        "encoding": {
            "text": {"field": field},
            "x": in_pixels(x),
            "color": {
                "condition": {"test": "datum.row < 0", "value": theme.faint},
                "value": faint,
            },
        },
    }
