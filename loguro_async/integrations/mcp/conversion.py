"""Responses of the client as results of the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from loguro_async.integrations.mcp import results
from loguro_async.integrations.mcp.results import clean
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.integrations.mcp import arguments as given
    from loguro_async.models.kpis import KpiValues, RangeInfo
    from loguro_async.models.top_lists import TopLocation
    from loguro_async.models.visitors import Visitor
    from loguro_async.query.filters import Filter
    from loguro_async.query.ranges import Range

T = TypeVar("T")

_LEAST_CAP: Final = 20


def list_of(
    query: given.ListArguments,
    what: str,
    condition: Filter,
    items: Sequence[Any],
    unit: str | None,
) -> results.Rows:
    """Returns the result of a list, of which one row more than the limit was requested."""
    shown, more = first_rows(items, query.limit)
    counted = unit or "events"
    return results.Rows(
        project=query.project,
        window=window_of(query.window),
        filter=str(condition),
        what=what,
        rows=rows_of(shown, counted),
        units={"value": counted, "visitors": "unique visitors"},
        more_rows=more,
    )


def rows_of(items: Sequence[Any], unit: str) -> list[results.Row]:
    """Returns rows of any list; a row that counts something else has no value."""
    return [
        results.Row(
            label=clean(item.label),
            value=item.value if item.unit in {unit, None} else None,
            visitors=getattr(item, "visitors", None),
            previous=item.prev_count,
            change_percent=item.delta_pct,
        )
        for item in items
    ]


def first_rows(items: Sequence[T], limit: int) -> tuple[Sequence[T], bool | None]:
    """Returns the rows to show, and whether there are more.

    Args:
        items: The rows of a response to a query for one row more than ``limit``.
        limit: The most rows to show.
    """
    return items[:limit], True if len(items) > limit else more_rows(items)


def more_rows(items: Sequence[object]) -> bool | None:
    """Returns whether the service may have more rows; ``None`` where that is not known.

    The service truncates lists, and the reference does not say at how many rows. A round number
    of rows may be such a limit.
    """
    return None if len(items) >= _LEAST_CAP and len(items) % 5 == 0 else False


def window_of(query: Range, taken: RangeInfo | None = None) -> results.Window:
    """Returns the window of a query, with the start and end that the service used."""
    if isinstance(query, Between):
        return results.Window(from_=query.start, to=query.end)
    if taken is None:
        return results.Window(range=query)
    return results.Window(range=query, from_=taken.from_, to=taken.to)


def figures_of(values: KpiValues) -> results.Figures:
    """Returns key figures as a result has them."""
    return results.Figures(
        visitors=values.visitors,
        pageviews=values.pageviews,
        sessions=values.sessions,
        bounce_rate=values.bounce_rate,
        avg_duration_sec=values.avg_duration_sec,
    )


def location_of(row: TopLocation | Visitor) -> str | None:
    """Returns the known parts of a location as text; ``None`` if none is known."""
    known = [text for text in (row.city, row.region, row.country_code) if text]
    return clean(", ".join(known)) if known else None
