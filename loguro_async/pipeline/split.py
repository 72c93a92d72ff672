"""Halves the window of a query that is too much for the service, and puts the answers together.

Source: "Status codes", 500: "reduce range/filter size".
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from loguro_async.endpoints import COUNT, EVENTS, TIMESERIES
from loguro_async.errors import LoguroError, QueryFailedError
from loguro_async.gather import gather
from loguro_async.models.responses import note_parts, received
from loguro_async.pipeline.cuts import EventSum, SeriesSum
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from loguro_async.models.responses import Response
    from loguro_async.pipeline.call import Call
    from loguro_async.pipeline.cuts import Sum
    from loguro_async.request import Request as Query

_QUERY_FAILED: Final = 500
_MOST_HALVINGS: Final = 6
# What the other chips span, the reference does not say.
_CHIP_DAYS: Final = {"7d": 7, "30d": 30}


class Part(Struct, frozen=True):
    """The answer for a part of the window.

    Attributes:
        answer: The answer.
        count: From how many answers of the service it was put together.
    """

    answer: Any
    count: int = 1


class Split:
    """The stage that asks for less where the service fails to answer all at once.

    Args:
        load: Gives a decoded answer.
        now: The present moment, at which a chip's window ends.
    """

    __slots__ = ("_load", "_now")

    def __init__(
        self,
        load: Callable[[Call], Coroutine[Any, Any, Response]],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._load = load
        self._now = now

    async def load(self, call: Call) -> Response:
        """The answer, put together from parts where it did not come whole.

        Raises:
            LoguroError: The first failure, where parts don't add up; else what a part failed with.
        """
        try:
            return await self._load(call)
        except QueryFailedError as error:
            window = self._window(call.request) if error.status == _QUERY_FAILED else None
            if window is None:
                raise
            failed = error
        try:
            part = await self._compared(call, self._sum(call), window)
        except LoguroError as error:
            error.attempts = call.attempts  # all of them, not the failed part's alone
            raise
        if part is None:
            raise failed
        answer: Response = part.answer
        body = msgspec.json.encode(answer)
        received(answer, raw=body, fetched_at=self._now(), shape=call.endpoint.shape)
        note_parts(answer, part.count)
        return answer

    def _window(self, query: Query) -> Between | None:
        """The window of a query, if answers for parts of it add up."""
        if query.endpoint not in {COUNT.name, TIMESERIES.name, EVENTS.name}:
            return None
        if query.endpoint == EVENTS.name and "limit" not in dict(query.parameters):
            return None  # nobody knows how many rows the whole would have had
        if query.window is not None:
            return query.window
        days = _CHIP_DAYS.get(query.range)
        now = self._now()
        return Between(now - dt.timedelta(days=days), now) if days else None

    def _sum(self, call: Call) -> Sum:
        if call.request.endpoint == TIMESERIES.name:
            return SeriesSum()
        return EventSum(call.request, lambda query: self._ask(call, query))

    async def _compared(self, call: Call, of: Sum, window: Between) -> Part | None:
        part = await self._halved(call, of, window, _MOST_HALVINGS)
        before = of.compared_with(part.answer, window) if part else None
        if part is None or before is None:
            return part
        earlier = await self._part(call, of, before, _MOST_HALVINGS)
        answer = of.compare(part.answer, earlier.answer, window) if earlier else None
        return Part(answer, part.count + earlier.count) if answer and earlier else None

    async def _part(self, call: Call, of: Sum, window: Between, halvings: int) -> Part | None:
        """The answer for one window; ``None`` where it does not come, and parts don't add up."""
        try:
            return Part(await self._ask(call, call.request.within(window)))
        except QueryFailedError as error:
            if error.status != _QUERY_FAILED or not halvings:
                raise
        return await self._halved(call, of, window, halvings)

    async def _halved(self, call: Call, of: Sum, window: Between, halvings: int) -> Part | None:
        cut = await of.cut(window)
        if cut is None:
            return None
        older, newer = await gather(
            self._part(call, of, cut.older, halvings - 1),
            self._part(call, of, cut.newer, halvings - 1),
        )
        if older is None or newer is None:
            return None
        answer = await of.add(older.answer, newer.answer, cut)
        return None if answer is None else Part(answer, older.count + newer.count)

    async def _ask(self, call: Call, query: Query) -> Any:  # noqa: ANN401 - the endpoint's struct
        endpoint = call.endpoint if query.endpoint == call.request.endpoint else COUNT
        part = call.part(query, endpoint)
        try:
            return await self._load(part)
        finally:
            call.attempts += part.attempts
