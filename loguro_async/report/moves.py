"""What moved most since the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from loguro_async.charts.bars import bars_of
from loguro_async.charts.text import label
from loguro_async.report.content import Move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loguro_async.models.events import CustomEvents
    from loguro_async.models.kpis import Kpis
    from loguro_async.models.responses import TopList
    from loguro_async.models.top_lists import TopPage
    from loguro_async.report.content import TitledList

_KINDS: Final = {"Pages": "Page", "Referrers": "Referrer", "Countries": "Country"}


def largest_moves(
    lists: Sequence[TitledList],
    events: CustomEvents,
    kpis: Kpis,
    pages_before: TopList[TopPage] | None,
    *,
    most: int,
) -> tuple[Move, ...]:
    """Pages, referrers, countries and custom events whose counts changed most, largest first.

    Args:
        lists: The top lists, compared with the period before.
        events: The custom events.
        kpis: The key figures.
        pages_before: The top pages of the period before.
        most: How many moves there may be.
    """
    moves = [
        *_of_lists(lists),
        *_of_events(events),
        *_gone_pages(lists, kpis, pages_before),
    ]
    moved = (move for move in moves if move.rise)
    ranked = sorted(moved, key=lambda move: (-abs(move.rise), move.kind, move.name))
    return tuple(ranked[:most])


def _of_lists(lists: Sequence[TitledList]) -> Iterator[Move]:
    for one in lists:
        kind = _KINDS.get(one.title)
        rows = zip(bars_of(one.rows), one.rows.items, strict=True) if kind else ()
        for bar, row in rows:
            if bar.count is not None and row.prev_count is not None:
                yield Move(str(kind), bar.name, bar.count, row.prev_count)


def _of_events(events: CustomEvents) -> Iterator[Move]:
    for event in events.items:
        if event.value is not None and event.prev_count is not None:
            yield Move("Custom event", label(event.label), event.value, event.prev_count)


def _gone_pages(
    lists: Sequence[TitledList], kpis: Kpis, before: TopList[TopPage] | None
) -> Iterator[Move]:
    """Pages that nobody views any more: no list of this period has a row for them.

    Only where the list of this period is whole: else a page may merely stand further down.
    """
    now: tuple[Any, ...] = next(one.rows.items for one in lists if one.title == "Pages")
    if before is None or sum(row.count or 0 for row in now) < kpis.current.pageviews:
        return
    seen = {row.path for row in now}
    for row in before.items:
        if row.path is not None and row.path not in seen and row.count is not None:
            yield Move("Page", label(row.path), 0, row.count)
