"""Reads an event listing page by page.

The listing has no cursor, and how many rows a page may have is not documented. A page gives the
newest events of a segment; the rest is requested up to the oldest timestamp of the page, with an
overlap of the resolution that timestamps are shown in, until a page brings nothing new. Only where
a window cannot be made shorter does ``/count`` decide whether its page was complete.

Source: "Raw event listing".
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from loguro_async.errors import BadRequestError, IncompleteAnswerError, ResponseTooLargeError
from loguro_async.models.events import Event
from loguro_async.streams.segments import TICK, Position, Segment

if TYPE_CHECKING:
    from loguro_async.models.events import Count, EventList
    from loguro_async.query.ranges import Between

# The first limit, and the next ones where the service refuses a limit with a 400.
_LIMITS: Final = (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10)
_PAGES_IN_A_SEGMENT: Final = 3
# No service truncates pages to fewer rows: an event that is found after fewer arrived late.
_SMALLEST_PAGE: Final = 5
# Halving a day down to a millisecond takes 27 steps.
_MOST_FRUITLESS: Final = 100
_DAY: Final = 24 * 3_600_000_000
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Listing(Protocol):
    """The events of one project and filter."""

    async def page(self, window: Between, limit: int | None) -> EventList:
        """Returns the newest events of a window, ``limit`` at most."""
        ...

    async def count(self, window: Between) -> Count:
        """Returns how many events the service counts in a window."""
        ...


class Resolution:
    """The step that timestamps are shown in, found from the timestamps themselves.

    It is never finer than the real one, and at most a day.
    """

    def __init__(self) -> None:
        self._microseconds = _DAY

    def see(self, moment: dt.datetime) -> None:
        """Takes a timestamp into account."""
        self._microseconds = math.gcd(self._microseconds, (moment - _EPOCH) // _MICROSECOND)

    @property
    def step(self) -> dt.timedelta:
        """The step, at least one millisecond."""
        return max(TICK, _MICROSECOND * self._microseconds)


class PageResult(Struct, frozen=True):
    """The events of a page, newest first, and the segments that are left to be read."""

    events: Sequence[Event] = ()
    left: Sequence[Segment] = ()


class PageReader:
    """Reads segments page by page, and learns how many rows a page may have.

    Args:
        listing: Where pages come from.
        page_size: Rows to request; left out, as many as the service gives.
        concurrency: How many segments are read at once.
    """

    def __init__(self, listing: Listing, *, page_size: int | None, concurrency: int) -> None:
        self._listing = listing
        self._limit: int | None = page_size or _LIMITS[0]
        self._concurrency = concurrency
        self._resolution = Resolution()
        self._whole: Between | None = None
        self._fruitless = 0  # pages in succession that brought nothing new
        self._longest = 0  # the most rows that a page had
        self._least_truncated: int | None = (
            None  # the fewest rows of a page that is known to be truncated
        )

    def segment_after(self, whole: Between, position: Position) -> Segment:
        """Returns what is left of a window below a position."""
        self._whole = whole
        segment = Segment(whole.start, whole.end, position=position)
        if position.reached is None:
            return segment
        # Of one timestamp alone, the resolution may seem coarser than it is, never finer.
        resolution = Resolution()
        resolution.see(position.reached)
        end = _ceiling(position.reached + resolution.step)
        if end >= whole.end:
            return segment
        return segment.until(max(end, whole.start + TICK))

    async def read(self, segment: Segment) -> PageResult:
        """Returns the newest events of a segment, and what is left of it.

        Raises:
            LoguroError: A request failed.
            IncompleteAnswerError: A moment has more events than the listing gives.
        """
        page = await self._page(segment.window)
        rows = len(page.items) + page.skipped
        self._longest = max(self._longest, rows)
        position = segment.position.copy() if segment.position else Position()
        new = [
            event
            for event in sorted(page.items, key=_timestamp, reverse=True)
            if position.add(event)
        ]
        for event in new:
            self._resolution.see(event.timestamp)
        self._fruitless = 0 if new else self._fruitless + bool(rows)
        if new:
            self._note_truncated(segment.after)  # a page that was complete had shown them
        elif segment.holds(position, self._resolution.step) and position.is_missing_from(
            page.items
        ):
            self._note_truncated(rows)
        return PageResult(new, await self._left(segment.after_page(rows, position), page))

    def _note_truncated(self, rows: int) -> None:
        if rows >= _SMALLEST_PAGE:
            self._least_truncated = min(rows, self._least_truncated or rows)

    async def _page(self, window: Between) -> EventList:
        while True:
            limit = self._limit
            try:
                return await self._listing.page(window, limit)
            except BadRequestError:
                # The limit may be what is refused: fewer rows, in the end as many as it likes.
                if limit is None:
                    raise
                lower = [smaller for smaller in _LIMITS if smaller < limit]
                self._lower(limit, lower[0] if lower else None)
            except ResponseTooLargeError:
                fitting = min(limit or self._longest, self._longest or _LIMITS[0])
                if fitting <= 1:
                    raise
                self._lower(limit, fitting // 2)

    def _lower(self, refused: int | None, limit: int | None) -> None:
        if self._limit == refused:  # else another segment's page has lowered it meanwhile
            self._limit = limit

    async def _left(self, segment: Segment, page: EventList) -> list[Segment]:
        """Returns what is left of a segment after a page of it."""
        rows = segment.after
        if not page.items:  # either there are none, or rows that cannot be read hide the others
            return segment.halves() if rows and segment.ticks > 1 else []
        oldest, step = min(event.timestamp for event in page.items), self._resolution.step
        end = max(_ceiling(oldest + step), segment.start + TICK)
        if end < segment.end:
            return self._split(segment.until(end), segment.end - end)
        if not self._may_be_truncated(rows):
            return []
        edge = min(max(segment.start, _ceiling(oldest - step)), segment.end - TICK)
        below = [segment.until(edge)] if edge > segment.start else []
        return [*await self._left_of_moment(segment.since(edge)), *below]

    async def _left_of_moment(self, segment: Segment) -> list[Segment]:
        """Returns what is left of the moment that all rows of a page lie in."""
        rows = segment.after
        if self._fruitless > _MOST_FRUITLESS:
            message = (
                "requests for shorter and shorter windows give the same events: the service does "
                "not apply from and to"
            )
            raise IncompleteAnswerError(message)
        if rows < min(_SMALLEST_PAGE, self._limit or rows + 1) and self._least_truncated is None:
            return []
        if segment.ticks > 1:
            return segment.halves()
        if rows >= self._least_rows():
            await self._check_count(segment.window, rows)
        return []

    def _may_be_truncated(self, rows: int) -> bool:
        """Returns whether there may be more events than a page has."""
        # Half of it, because some services truncate pages by their size and not by their rows.
        least = self._least_rows() if self._least_truncated is None else self._least_rows() // 2
        return rows >= max(1, least)

    def _least_rows(self) -> int:
        """Returns the fewest rows of a page that is, or may be, truncated."""
        least = self._longest if self._least_truncated is None else self._least_truncated
        return min(least, self._limit or least)

    def _split(self, rest: Segment, span: dt.timedelta) -> list[Segment]:
        """Splits what is left after a truncated page, by the time that a page spans."""
        was_truncated = rest.after >= min(
            self._least_truncated or _LIMITS[0], self._limit or _LIMITS[0]
        )
        if self._concurrency == 1 or not was_truncated:
            return [rest]
        length = TICK * max(1, _PAGES_IN_A_SEGMENT * span // TICK)
        pieces = min(self._concurrency, round((rest.end - rest.start) / length) - 1)
        return rest.split_at(rest.end - length * piece for piece in range(1, pieces + 1))

    async def _check_count(self, window: Between, rows: int) -> None:
        """Checks that a page of the shortest window, which may be truncated, is complete."""
        count = int(await self._listing.count(window))
        was_truncated = self._least_truncated is not None or rows == self._limit
        if count <= rows and not was_truncated:
            return
        # A count that has a cap of its own proves nothing at that cap.
        if count == rows and int(await self._listing.count(self._whole or window)) > rows:
            return
        raise IncompleteAnswerError(
            f"/count gives {count:,} events around {window.start.isoformat()}, within three "
            f"milliseconds, and the listing {rows:,}, which may be all that a page holds; use a "
            "filter that matches fewer events"
        )


def _ceiling(moment: dt.datetime) -> dt.datetime:
    return moment + dt.timedelta(microseconds=-moment.microsecond % 1000)


def _timestamp(event: Event) -> dt.datetime:
    return event.timestamp
