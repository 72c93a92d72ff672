"""Loads a window of time in parts when the service fails for all of it, and merges them.

Source: "Status codes", 500: "reduce range/filter size".
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from loguro_async.endpoints import COUNT, EVENTS, TIMESERIES
from loguro_async.errors import LoguroError, QueryFailedError
from loguro_async.gather import gather
from loguro_async.models.events import Count, EventList
from loguro_async.models.kpis import Timeseries
from loguro_async.models.response_base import note_parts, note_received
from loguro_async.query.filters import Filter
from loguro_async.query.ranges import Between
from loguro_async.request import Query, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.pipeline.call import Call, Load
    from loguro_async.request import Request

_QUERY_FAILED: Final = 500
_MAX_HALVINGS: Final = 5
# For one call, beside the attempts for its whole window. Parts are not sent again.
_MAX_REQUESTS: Final = 40
_MAX_LOOKS: Final = 4
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
# The reference does not say how long the other chips are.
_CHIP_DAYS: Final = {"7d": 7, "30d": 30}


def split(load: Load, now: Callable[[], dt.datetime]) -> Load:
    """The stage that loads a window in parts when the service fails for all of it.

    Args:
        load: Returns a decoded response.
        now: The present time, at which the window of a chip ends.
    """

    async def split(call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
        try:
            return await load(call)
        except QueryFailedError as error:
            window = _window(call.request, now()) if error.status == _QUERY_FAILED else None
            if window is None:
                raise
            failed = error
        parts = _Parts(call, load)
        try:
            merged = await parts.load(window)
            parts.check_rows(merged.response)
        except _NotMergeableError:
            failed.attempts = call.attempts
            raise failed from None
        except LoguroError as error:
            error.attempts = call.attempts  # all of them, not those of the failed part alone
            raise
        response = merged.response
        body = msgspec.json.encode(response)
        note_received(response, raw=body, fetched_at=now(), shape=call.endpoint.shape)
        note_parts(response, merged.responses)
        return response

    return split


class _NotMergeableError(Exception):
    """The parts do not add up to the response for the whole window; the first failure is raised."""


class _Part(Struct, frozen=True):
    """The response for a part of the window.

    Attributes:
        window: The part.
        response: The response, merged or as the service gave it.
        responses: From how many responses it was merged.
    """

    window: Between
    response: Any
    responses: int = 1


class _Parts:
    """Loads and merges the parts of one call.

    The newest part is halved until the service responds; the others are then loaded in parts of the
    same length, side by side. So a call for which every part fails ends after a few requests.
    """

    def __init__(self, call: Call, load: Load) -> None:
        self._call = call
        self._load = load
        self._requests = 0
        self._halvings = 1  # windows halved fewer times are too long
        self._is_answered = False
        self._most_rows = 0
        self._merge: _Merge = _SeriesMerge()
        if call.request.endpoint != TIMESERIES.name:
            limit = int(dict(call.request.parameters).get("limit", 0))
            self._merge = _EventMerge(self, limit)

    async def load(self, window: Between, halvings: int = 0) -> _Part:
        """Returns the response for a window, in parts where need be.

        Args:
            window: The window.
            halvings: How often the whole window was halved to make this one.
        """
        if halvings >= self._halvings:
            try:
                response = await self.send(self._call.request.within(window))
            except QueryFailedError as error:
                if error.status != _QUERY_FAILED or halvings == _MAX_HALVINGS:
                    raise
                if not self._is_answered:
                    self._halvings = halvings + 1
            else:
                self._is_answered = True
                if isinstance(response, EventList):
                    self._most_rows = max(self._most_rows, len(response.items))
                return _Part(window, response)
        older, newer = await self._merge.halves(window)
        if self._is_answered:
            parts = await gather(self.load(older, halvings + 1), self.load(newer, halvings + 1))
        else:
            newest = await self.load(newer, halvings + 1)
            parts = [await self.load(older, halvings + 1), newest]
        response = await self._merge.merge(*parts)
        return _Part(window, response, sum(part.responses for part in parts))

    def check_rows(self, merged: Any) -> None:  # noqa: ANN401 - the endpoint's struct
        """Refuses a list that may have more rows than the service gives in one response.

        The service caps lists, and the reference does not say at how many events.

        Raises:
            _NotMergeableError: The list has more rows than any response so far.
        """
        if isinstance(merged, EventList) and len(merged.items) > self._most_rows:
            raise _NotMergeableError

    async def count(self, window: Between) -> int:
        """Returns the number of events in a window, with the filter of the call."""
        sent = dict(self._call.request.parameters)
        condition = Filter.raw(sent["filter"]) if "filter" in sent else None
        query = Query(COUNT, self._call.request.slug, range=window, filter=condition)
        return int(await self.send(prepare(query)))

    async def send(self, request: Request) -> Any:  # noqa: ANN401 - the endpoint's struct
        """Sends one request, unless the call has sent too many."""
        if self._requests == _MAX_REQUESTS:
            raise _NotMergeableError
        self._requests += 1
        whole = self._call
        part = whole.part(request, None if request.endpoint == whole.request.endpoint else COUNT)
        try:
            return await self._load(part)
        finally:
            whole.attempts += part.attempts


class _Merge(Protocol):
    """Where a window of one endpoint can be split, and how responses for its halves are merged.

    Both hold whatever the service means by ``from`` and ``to``: the reference does not say whether
    either instant is inside.
    """

    async def halves(self, window: Between) -> tuple[Between, Between]: ...

    async def merge(self, older: _Part, newer: _Part) -> Any: ...  # noqa: ANN401 - the endpoint's


class _EventMerge:
    """Counts and lists of events, split at a moment around which there is no event."""

    def __init__(self, parts: _Parts, limit: int) -> None:
        self._parts = parts
        self._limit = limit

    async def halves(self, window: Between) -> tuple[Between, Between]:
        """Returns two halves of about the same length.

        Raises:
            _NotMergeableError: There is an event at each moment that is looked at.
        """
        step = (window.end - window.start) / (4 * _MAX_LOOKS)
        middle = window.start + (window.end - window.start) / 2
        for look in range(_MAX_LOOKS):
            at = _in_milliseconds(middle + look * step)
            before, after = at - _MILLISECOND, at + _MILLISECOND
            if not window.start < before < after < window.end:
                break
            if not await self._parts.count(Between(before, after)):
                return Between(window.start, at), Between(at, window.end)
        raise _NotMergeableError

    async def merge(self, older: _Part, newer: _Part) -> Any:  # noqa: ANN401 - Count or EventList
        """Returns the sum, or one list with no more rows than the service would have given."""
        if isinstance(older.response, Count):
            return Count(older.response.count + newer.response.count)
        limit = self._limit
        rows = newer.response.items
        earlier = older.response.items
        if earlier and len(rows) < limit and not await self._is_capped(newer):
            rows = (*rows, *earlier)[:limit]
            if len(rows) > len(earlier) and await self._is_capped(older):
                rows = rows[: len(earlier)]
        lists = older.response, newer.response
        if all(len(one.items) == one.count for one in lists):
            return EventList(rows, len(rows))
        return EventList(rows, sum(one.count for one in lists))

    async def _is_capped(self, part: _Part) -> bool:
        """Whether the service has more rows than it gave."""
        return await self._parts.count(part.window) > len(part.response.items)


class _SeriesMerge:
    """Series in days, split at a midnight in UTC.

    The newer half is loaded from a millisecond earlier, so that its first day is complete whether
    or not ``from`` is inside; days that either half has of the other are dropped.
    """

    async def halves(self, window: Between) -> tuple[Between, Between]:
        """Returns two halves with about as many days.

        Raises:
            _NotMergeableError: There is no midnight in the older half.
        """
        middle = window.start + (window.end - window.start) / 2
        midnight = middle.replace(hour=0, minute=0, second=0, microsecond=0)
        if not window.start < midnight - _MILLISECOND:
            raise _NotMergeableError
        return Between(window.start, midnight), Between(midnight - _MILLISECOND, window.end)

    async def merge(self, older: _Part, newer: _Part) -> Timeseries:
        """Returns the days of both.

        Previous figures are left out: the service compares each part with the time before that
        part, not with the time before the whole window.

        Raises:
            _NotMergeableError: They are not in days.
        """
        if not older.response.bucket == newer.response.bucket == "day":
            raise _NotMergeableError
        midnight = older.window.end
        days = [point for point in older.response.items if point.bucket < midnight]
        days += [point for point in newer.response.items if point.bucket >= midnight]
        alone = {"previous_pageviews": None, "previous_visitors": None, "previous_sessions": None}
        return Timeseries(tuple(replace(day, **alone) for day in days), "day")


def _window(request: Request, now: dt.datetime) -> Between | None:
    """Returns the window of a request whose parts can be merged."""
    if request.endpoint not in {COUNT.name, TIMESERIES.name, EVENTS.name}:
        return None
    if request.endpoint == EVENTS.name and "limit" not in dict(request.parameters):
        return None  # the number of rows for the whole window is not known
    if request.window is not None:
        return request.window
    days = _CHIP_DAYS.get(request.range)
    return Between(now - dt.timedelta(days=days), now) if days else None


def _in_milliseconds(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
