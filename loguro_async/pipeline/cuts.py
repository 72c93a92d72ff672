"""Where a window can be cut in two, and how the answers for both halves add up.

Exactly, whatever the service means by ``from`` and ``to``: the reference does not say whether
either instant is inside.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from loguro_async.endpoints import COUNT
from loguro_async.models.events import Count, EventList
from loguro_async.models.kpis import Timeseries, TimeseriesPoint
from loguro_async.query.filters import Filter
from loguro_async.query.ranges import Between
from loguro_async.request import Query, prepare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.request import Request

_DAY: Final = dt.timedelta(days=1)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
_LOOKS_FOR_A_QUIET_MOMENT: Final = 8


class Cut(Struct, frozen=True):
    """A window in two halves.

    Attributes:
        at: Where it is cut.
        older: What to ask for the time before.
        newer: What to ask for the time after.
    """

    at: dt.datetime
    older: Between
    newer: Between


class Sum(Protocol):
    """How the answers of one endpoint add up."""

    async def cut(self, window: Between) -> Cut | None:
        """Two halves; ``None`` where there is no exact cut."""
        ...

    async def add(self, older: Any, newer: Any, cut: Cut) -> Any:  # noqa: ANN401 - the endpoint's struct
        """The answer for both halves; ``None`` where they don't add up."""
        ...

    def compared_with(self, answer: Any, window: Between) -> Between | None:  # noqa: ANN401 - as above
        """The period before that the answer also tells of, where it does."""
        ...

    def compare(self, answer: Any, before: Any, window: Between) -> Any:  # noqa: ANN401 - as above
        """The answer with the figures of the period before."""
        ...


class EventSum:
    """Counts and lists of events: cut at a moment around which there is no event.

    Args:
        query: What was asked.
        count: Gives the answer to a query for a count.
    """

    def __init__(self, query: Request, count: Callable[[Request], Awaitable[Any]]) -> None:
        sent = dict(query.parameters)
        self._slug = query.slug
        self._limit = int(sent.get("limit", 0))
        self._filter = Filter.raw(sent["filter"]) if "filter" in sent else None
        self._count = count

    async def cut(self, window: Between) -> Cut | None:
        """Two halves of about the same length."""
        step = (window.end - window.start) / (4 * _LOOKS_FOR_A_QUIET_MOMENT)
        middle = window.start + (window.end - window.start) / 2
        for look in range(_LOOKS_FOR_A_QUIET_MOMENT):
            at = _in_milliseconds(middle + look * step)
            around = at - _MILLISECOND, at + _MILLISECOND
            if not window.start < around[0] < around[1] < window.end:
                return None
            if not int(await self._counted(Between(*around))):
                return Cut(at, Between(window.start, at), Between(at, window.end))
        return None

    async def add(self, older: Any, newer: Any, cut: Cut) -> Any:  # noqa: ANN401 - as in Sum
        """The sum, or both lists as one."""
        if isinstance(older, Count):
            return Count(older.count + newer.count)
        items = newer.items
        if len(items) < self._limit and older.items and await self._is_whole(newer, cut.newer):
            items = (*items, *older.items)[: self._limit]
        counts_items = all(len(half.items) == half.count for half in (older, newer))
        return EventList(items, len(items) if counts_items else older.count + newer.count)

    async def _is_whole(self, listed: Any, window: Between) -> bool:  # noqa: ANN401 - as in Sum
        """Whether a list was not cut short by the service's own cap: older rows may follow it."""
        return int(await self._counted(window)) <= len(listed.items)

    async def _counted(self, window: Between) -> Any:  # noqa: ANN401 - a count
        return await self._count(
            prepare(Query(COUNT, self._slug, range=window, filter=self._filter))
        )

    def compared_with(self, answer: Any, window: Between) -> None:  # noqa: ANN401 - as in Sum
        """Events are not compared."""

    def compare(self, answer: Any, before: Any, window: Between) -> Any:  # noqa: ANN401, ARG002 - as in Sum
        """The answer as it is."""
        return answer


class SeriesSum:
    """Series in whole days: cut at the beginning of one.

    The newer half is asked for from a millisecond earlier, so that its first day is whole whether
    or not ``from`` is inside; what either half has of the other's days is dropped.
    """

    async def cut(self, window: Between) -> Cut | None:
        """Two halves with about as many days."""
        middle = window.start + (window.end - window.start) / 2
        at = middle.replace(hour=0, minute=0, second=0, microsecond=0)
        if not window.start < at - _MILLISECOND:
            return None
        return Cut(at, Between(window.start, at), Between(at - _MILLISECOND, window.end))

    async def add(self, older: Any, newer: Any, cut: Cut) -> Any:  # noqa: ANN401 - as in Sum
        """The days of both; ``None`` where they are not in days."""
        if not older.bucket == newer.bucket == "day":
            return None
        days = [point for point in older.items if point.bucket < cut.at]
        days += [point for point in newer.items if point.bucket >= cut.at]
        return Timeseries(tuple(days), "day")

    def compared_with(self, answer: Any, window: Between) -> Between | None:  # noqa: ANN401 - as in Sum
        """The equal span just before, where the service told of one."""
        if all(point.previous_pageviews is None for point in answer.items):
            return None
        return Between(window.start - (window.end - window.start), window.start)

    def compare(self, answer: Any, before: Any, window: Between) -> Any:  # noqa: ANN401 - as in Sum
        """Each day with its counterpart; ``None`` where days have none."""
        length = window.end - window.start
        if length % _DAY:
            return None
        earlier = {point.bucket + length: point for point in before.items}
        items = [_beside(point, earlier.get(point.bucket)) for point in answer.items]
        return Timeseries(tuple(items), answer.bucket)


def _beside(point: TimeseriesPoint, before: TimeseriesPoint | None) -> TimeseriesPoint:
    return replace(
        point,
        previous_pageviews=before.pageviews if before else 0,
        previous_visitors=before.visitors if before else 0,
        previous_sessions=before.sessions if before else 0,
    )


def _in_milliseconds(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
