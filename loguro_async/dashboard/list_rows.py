"""The lists: rows with label, bar, count, share and change, and where a click on each leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from msgspec import Struct

from loguro_async.dashboard.locale import flag
from loguro_async.errors import LoguroError
from loguro_async.query.filters import F, Filter
from loguro_async.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loguro_async.dashboard.context import PageContext

Labels: TypeAlias = Literal["text", "country", "device", "referrer"]

CARD_ROWS: Final = 9
"""How many rows a list has on the dashboard."""

_DIRECT: Final = "direct"
_UNITS: Final = {"pageviews": "Pageviews", "events": "Events", "sessions": "Sessions"}
_DEVICES: Final = {"desktop": "Desktop", "mobile": "Mobile", "tablet": "Tablet"}
_SPARK_WIDTH: Final = 100
_SPARK_HEIGHT: Final = 20


class ListRow(Struct, frozen=True):
    """A row of a list.

    Attributes:
        label: What is counted.
        icon: A character before it, such as a flag; may be empty.
        count: How much of it.
        share: Its share of all rows.
        percent: The length of its bar.
        change: Its change since the period before; empty where that is not known.
        direction: Above 0 where it rose, below where it fell.
        href: Where a click leads; ``None`` where nothing can be filtered by.
        spark: The points of its sparkline; empty where it has none.
        value: The count as a number.
    """

    label: str
    icon: str
    count: str
    share: str
    percent: float
    change: str
    direction: float
    href: str | None
    spark: str
    value: int | None


class RowList(Struct, frozen=True):
    """A list, as its template is given it.

    Attributes:
        rows: Its rows, most first.
        heading: What the labels are.
        unit: What is counted; empty where that is not known.
        total: The sum of all rows.
        has_shares: Whether there is something to be a share of.
        has_sparks: Whether rows have sparklines.
    """

    rows: tuple[ListRow, ...]
    heading: str
    unit: str
    total: str
    has_shares: bool
    has_sparks: bool


def list_of(
    response: Any,  # noqa: ANN401 - a top list, or the custom events
    context: PageContext,
    *,
    heading: str,
    labels: Labels,
    condition: Callable[[str], Filter] | None,
) -> RowList:
    """Returns a list.

    Args:
        response: The service's.
        context: The page's.
        heading: What the labels are.
        labels: How labels are shown.
        condition: Makes of a label the filter that a click adds.
    """
    unit = _unit(response)
    # Counts of different measures cannot be added up or compared.
    values = [row.value if row.unit in (unit, None) else None for row in response.items]
    known = [value for value in values if value is not None]
    shown = None if context.is_whole else CARD_ROWS
    total, most = sum(known), max(known, default=0) or 1
    rows = tuple(
        _row(row, value, total, most, context, labels, condition)
        for row, value in zip(response.items[:shown], values, strict=False)
    )
    return RowList(
        rows=rows,
        heading=context.locale.text(heading),
        unit=context.locale.text(_UNITS.get(unit or "", unit or "")),
        total=context.locale.number(total),
        has_shares=total > 0,
        has_sparks=any(row.spark for row in rows),
    )


def _unit(response: Any) -> str | None:  # noqa: ANN401 - as above
    units = (row.unit for row in response.items)
    return next((unit for unit in units if unit is not None), getattr(response, "unit", None))


def _row(
    row: Any,  # noqa: ANN401 - of any list
    value: int | None,
    total: int,
    most: int,
    context: PageContext,
    labels: Labels,
    condition: Callable[[str], Filter] | None,
) -> ListRow:
    locale = context.locale
    label, icon = _label(row.label, labels, context)
    change, direction = _change(row, value, context)
    return ListRow(
        label=label,
        icon=icon,
        count=locale.compact(value),
        share=locale.percent(value / total) if value is not None and total else "",
        percent=round(100 * (value or 0) / most, 2),
        change=change,
        direction=direction,
        href=_link(row.label, labels, condition, context),
        spark=spark_points(getattr(row, "spark", ())),
        value=value,
    )


def _label(label: str | None, labels: Labels, context: PageContext) -> tuple[str, str]:
    if not label:
        return context.locale.text("Unknown"), ""
    if labels == "country":
        return visible(context.locale.country(label)), flag(label)
    if labels == "referrer" and label == _DIRECT:
        return context.locale.text("Direct"), ""
    if labels == "device":
        return context.locale.text(_DEVICES.get(label, visible(label))), ""
    return visible(label), ""


def _link(
    label: str | None,
    labels: Labels,
    condition: Callable[[str], Filter] | None,
    context: PageContext,
) -> str | None:
    # A label with invisible characters would make a chip that cannot be read.
    if condition is None or not label or visible(label) != label:
        return None
    if labels == "referrer" and label == _DIRECT:
        return None
    try:
        return context.with_term(condition(label))
    except LoguroError:
        return None


def _change(row: Any, value: int | None, context: PageContext) -> tuple[str, float]:  # noqa: ANN401 - as above
    if not context.state.compare:
        return "", 0
    before = getattr(row, "prev_count", None)
    percent = getattr(row, "delta_pct", None)
    if before is not None and value is not None:
        if before == 0:
            return (context.locale.text("new"), 1) if value else ("", 0)
        percent = 100 * (value - before) / before
    if percent is None:
        return "", 0
    ratio = round(percent / 100, 2)
    return context.locale.change(ratio), ratio


def spark_points(counts: Sequence[int]) -> str:
    """Returns the points of a sparkline, 100 wide and 20 high."""
    if len(counts) < 2:  # noqa: PLR2004 - a line needs two points
        return ""
    most = max(counts) or 1
    step = _SPARK_WIDTH / (len(counts) - 1)
    return " ".join(
        f"{index * step:.1f},{_SPARK_HEIGHT - _SPARK_HEIGHT * count / most:.1f}"
        for index, count in enumerate(counts)
    )


def referrer_condition(label: str) -> Filter:
    """Returns the filter for a referrer, which has no key of its own: its text is searched for."""
    return F.search(label)
