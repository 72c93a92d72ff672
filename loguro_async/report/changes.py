"""The rows that changed most since the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from loguro_async.models.events import CustomEvents
from loguro_async.models.top_lists import TopList
from loguro_async.report.model import RowChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loguro_async.models.kpis import Kpis

_PAGES: Final = "Page"


class ComparedList(Struct, frozen=True):
    """A list in the range and in the period before.

    Attributes:
        kind: What a row is, such as ``"Page"``.
        now: The list, with the counts of the period before.
        before: The list of the period before; ``None`` where there is no such period.
        limit: The number of rows that was requested.
        only_gone: Whether rows that are still there are left out. The few rows of such a list
            always change most, and say little.
    """

    kind: str
    now: TopList[Any] | CustomEvents
    before: TopList[Any] | CustomEvents | None
    limit: int
    only_gone: bool = False


def largest_changes(
    lists: Sequence[ComparedList], kpis: Kpis, *, most: int
) -> tuple[RowChange, ...]:
    """Returns the rows whose counts changed most, largest first, those that are gone included.

    Args:
        lists: The lists to compare.
        kpis: The key figures of the range.
        most: The most rows to return.
    """
    found = [change for one in lists for change in (*_present(one), *_gone(one, kpis))]
    changed = (change for change in found if change.difference)
    ranked = sorted(
        changed, key=lambda change: (-abs(change.difference), change.kind, change.name or "")
    )
    return tuple(ranked[:most])


def _present(compared: ComparedList) -> Iterator[RowChange]:
    for row in () if compared.only_gone else compared.now.items:
        # "prev_count" is the count's own counterpart; no other measure is compared with it.
        if row.count is not None and row.prev_count is not None:
            yield RowChange(compared.kind, row.label, row.count, row.prev_count, row.unit)


def _gone(compared: ComparedList, kpis: Kpis) -> Iterator[RowChange]:
    if compared.before is None or not _is_whole(compared, kpis):
        return
    present = {row.label for row in compared.now.items}
    for row in compared.before.items:
        if row.label is not None and row.label not in present and row.value is not None:
            yield RowChange(compared.kind, row.label, 0, row.value, row.unit)


def _is_whole(compared: ComparedList, kpis: Kpis) -> bool:
    """Whether a row that is missing has no count, and does not merely rank below the last one.

    Pages add up to the pageviews. Other lists have no such total: they are whole where they are
    shorter than was requested.
    """
    rows = compared.now.items
    if compared.kind == _PAGES:
        return sum(row.value or 0 for row in rows) >= kpis.current.pageviews
    return len(rows) < compared.limit
