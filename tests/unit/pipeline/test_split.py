from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import Between, Count, Event, EventList, Timeseries, TimeseriesPoint
from loguro_async.endpoints import COUNT, EVENTS, KPIS, TIMESERIES, TOP_PAGES
from loguro_async.errors import LoguroError, QueryFailedError
from loguro_async.pipeline.call import Call
from loguro_async.pipeline.deadline import Deadline
from loguro_async.pipeline.split import split
from loguro_async.request import Query, prepare
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async import Response

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(milliseconds=1)
FORTNIGHT = Between(NOW - 14 * DAY, NOW)


class Service:
    """Holds events, and fails for windows that are too long.

    Args:
        events: When they happened.
        longest: The longest window that the service can load.
        cap: The most rows of a list.
        counts_all: Whether the count of a list is that of the window, not of its rows.
    """

    def __init__(
        self,
        *events: dt.datetime,
        longest: dt.timedelta = 4 * DAY,
        cap: int = 1000,
        counts_all: bool = False,
    ) -> None:
        self.events = events
        self.longest = longest
        self.cap = cap
        self.counts_all = counts_all
        self.windows: list[Between] = []
        self.fails: Callable[[int], LoguroError | None] = lambda _number: None
        self.is_hopeless = False

    async def load(self, call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
        call.attempts += 1
        window = call.request.window or Between(NOW - 30 * DAY, NOW)
        self.windows.append(window)
        if error := self.fails(len(self.windows)):
            raise error
        length = window.end - window.start
        if length > self.longest or (self.is_hopeless and length > 10 * TICK):
            raise QueryFailedError(500)
        inside = [at for at in self.events if window.start <= at < window.end]
        if call.endpoint is COUNT:
            return Count(len(inside))
        if call.endpoint is TIMESERIES:
            return self._series(inside)
        limit = int(dict(call.request.parameters)["limit"])
        rows = [an_event(at) for at in sorted(inside, reverse=True)][: min(limit, self.cap)]
        return EventList(tuple(rows), len(inside) if self.counts_all else len(rows))

    def _series(self, inside: list[dt.datetime]) -> Timeseries:
        days = itertools.groupby(sorted(inside), lambda at: at.date())
        points = [
            TimeseriesPoint(
                dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC), n, n, n, 9, 9, 9
            )
            for day, events in days
            for n in (len(list(events)),)
        ]
        return Timeseries(tuple(points), "day")

    @property
    def lengths(self) -> list[float]:
        """The windows' lengths in days, those of looks at a moment left out."""
        return [length for one in self.windows if (length := (one.end - one.start) / DAY) > 1e-3]


def an_event(at: dt.datetime) -> Event:
    return Event(at.isoformat(), "pageview", "/", "https://a.example/", "v", "s", at)


def hours(*numbers: float) -> list[dt.datetime]:
    """Returns moments that lie the given hours before now."""
    return [NOW - dt.timedelta(hours=number, seconds=1) for number in numbers]


def a_call(endpoint: Any = COUNT, **arguments: Any) -> Call:  # noqa: ANN401
    arguments.setdefault("range", FORTNIGHT)
    request = prepare(Query(endpoint, "local", **arguments))
    return Call(endpoint, request, Deadline(math.inf, lambda: 0.0), lambda: 0.0)


async def load(service: Service, call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
    return await split(service.load, lambda: NOW)(call)


async def failure(service: Service, call: Call) -> LoguroError:
    with pytest.raises(LoguroError) as caught:
        await load(service, call)
    return caught.value


EVERY_HOUR = hours(*range(24 * 14))


@in_virtual_time
async def test_a_window_that_the_service_loads_is_not_split() -> None:
    service = Service(*EVERY_HOUR, longest=30 * DAY)
    response: Response = await load(service, a_call())
    assert (response, response.parts, len(service.windows)) == (Count(336), 1, 1)


@in_virtual_time
async def test_counts_of_parts_are_added() -> None:
    service = Service(*EVERY_HOUR)
    call = a_call()
    response = await load(service, call)
    assert response == Count(336)
    assert response.parts == 4
    assert response.raw == b'{"count":336}'
    assert response.fetched_at == NOW
    assert call.attempts == len(service.windows)


@in_virtual_time
async def test_the_newest_part_decides_the_length_of_all_parts() -> None:
    service = Service(*EVERY_HOUR)
    await load(service, a_call())
    assert service.lengths == pytest.approx([14, 7, 3.5, 3.5, 3.5, 3.5], abs=0.1)
    assert service.windows[0] == FORTNIGHT


@in_virtual_time
async def test_a_part_that_fails_is_halved_again() -> None:
    service = Service(*EVERY_HOUR)
    first = FORTNIGHT.start + DAY

    def fails(_number: int) -> LoguroError | None:
        window = service.windows[-1]
        is_heavy = window.start < first < window.end and window.end - window.start > 2 * DAY
        return QueryFailedError(500) if is_heavy else None

    service.fails = fails
    response = await load(service, a_call())
    assert (response, response.parts) == (Count(336), 5)


@in_virtual_time
async def test_chips_of_known_length_are_split() -> None:
    for chip, parts in (("7d", 2), ("30d", 8)):
        response = await load(Service(*EVERY_HOUR), a_call(range=chip))
        assert response.parts == parts


@in_virtual_time
async def test_a_query_that_cannot_be_merged_raises_the_first_failure() -> None:
    calls = [
        a_call(KPIS),
        a_call(TOP_PAGES),
        a_call(EVENTS),  # without a limit
        a_call(range="all"),
        a_call(range="12m"),
        a_call(TIMESERIES, range=Between(NOW - 9 * TICK, NOW)),
    ]
    for call in calls:
        service = Service(longest=TICK)
        error = await failure(service, call)
        assert isinstance(error, QueryFailedError)
        assert len(service.windows) == call.attempts == 1


@in_virtual_time
async def test_only_a_500_leads_to_a_split() -> None:
    service = Service()
    service.fails = lambda _number: QueryFailedError(503)
    assert await failure(service, a_call()) is not None
    assert len(service.windows) == 1


@in_virtual_time
async def test_another_failure_of_a_part_is_raised() -> None:
    service = Service(*EVERY_HOUR)
    service.fails = lambda number: QueryFailedError(503) if number == 3 else None
    error = await failure(service, a_call())
    assert isinstance(error, QueryFailedError)
    assert (error.status, error.attempts) == (503, 3)


# --- the cost -------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_hopeless_call_ends_after_a_few_requests() -> None:
    for endpoint in (COUNT, TIMESERIES, EVENTS):
        service = Service(*EVERY_HOUR)
        service.is_hopeless = True
        limit = {"limit": 10} if endpoint is EVENTS else {}
        error = await failure(service, a_call(endpoint, range="30d", **limit))
        assert isinstance(error, QueryFailedError)
        assert error.attempts == len(service.windows) <= 12


@in_virtual_time
async def test_a_call_sends_a_bounded_number_of_requests() -> None:
    for hours_that_work in (1, 6, 23, 24, 47, 48, 100):
        service = Service(*EVERY_HOUR, longest=dt.timedelta(hours=hours_that_work))
        call = a_call(range="30d")
        try:
            assert await load(service, call) == Count(336)
        except QueryFailedError:
            assert hours_that_work < 30
        assert len(service.windows) == call.attempts <= 41


@in_virtual_time
async def test_parts_are_not_sent_again() -> None:
    service = Service(*EVERY_HOUR)
    seen: list[bool] = []

    async def noted(call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
        seen.append(call.is_part)
        return await service.load(call)

    await split(noted, lambda: NOW)(a_call())
    assert seen == [False] + [True] * (len(service.windows) - 1)


# --- split points ---------------------------------------------------------------------------------


@in_virtual_time
async def test_events_are_split_at_a_moment_without_events() -> None:
    middle = FORTNIGHT.start + 7 * DAY
    service = Service(middle, middle - TICK, longest=8 * DAY)
    assert await load(service, a_call()) == Count(2)
    whole, look, second_look, newer, older = service.windows
    assert whole == FORTNIGHT
    assert look == Between(middle - TICK, middle + TICK)
    assert second_look.start > middle
    assert older.end == newer.start == second_look.start + TICK


@in_virtual_time
async def test_events_without_a_quiet_moment_are_not_split() -> None:
    service = Service(longest=8 * DAY)
    service.events = tuple(
        FORTNIGHT.start + dt.timedelta(days=7, hours=21 * look) for look in range(16)
    )
    error = await failure(service, a_call())
    assert isinstance(error, QueryFailedError)
    assert len(service.windows) == 5  # the whole, and four looks


@in_virtual_time
async def test_the_filter_goes_with_every_request() -> None:
    filters: list[str | None] = []
    service = Service(*EVERY_HOUR)

    async def noted(call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
        filters.append(dict(call.request.parameters).get("filter"))
        return await service.load(call)

    await split(noted, lambda: NOW)(a_call(filter='path:"/a b" !country:RO'))
    assert len(filters) > 5
    assert len(set(filters)) == 1


# --- lists ----------------------------------------------------------------------------------------


NEWEST = hours(1, 2, 3)
OLDEST = EVERY_HOUR[200:]


@pytest.mark.parametrize("counts_all", [False, True])
@pytest.mark.parametrize(
    ("limit", "cap", "events"),
    [
        (5, 1000, EVERY_HOUR),
        (100, 1000, EVERY_HOUR),
        (400, 10, EVERY_HOUR),
        (400, 90, EVERY_HOUR),
        (400, 1000, NEWEST),
        (400, 1000, OLDEST),
        (400, 50, OLDEST),
        (400, 50, [*NEWEST, *OLDEST]),
        (40, 1000, [*NEWEST, *OLDEST]),
        (400, 1000, []),
    ],
)
def test_a_list_has_the_rows_that_the_whole_would_have(
    limit: int,
    cap: int,
    events: list[dt.datetime],
    counts_all: bool,  # noqa: FBT001
) -> None:
    @in_virtual_time
    async def check() -> None:
        whole, halves = (
            Service(*events, longest=longest, cap=cap, counts_all=counts_all)
            for longest in (30 * DAY, 8 * DAY)
        )
        merged = await load(halves, a_call(EVENTS, limit=limit))
        assert merged == await load(whole, a_call(EVENTS, limit=limit))
        assert merged.parts == 2

    check()


@in_virtual_time
async def test_a_list_that_may_be_longer_than_the_service_s_cap_is_refused() -> None:
    # Each part is complete; the service has never given this number of rows at once.
    for cap in (170, 1000):
        service = Service(*EVERY_HOUR, longest=4 * DAY, cap=cap)
        error = await failure(service, a_call(EVENTS, limit=400))
        assert isinstance(error, QueryFailedError)


# --- series ---------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_series_has_each_day_once_and_no_previous_figures() -> None:
    service = Service(*EVERY_HOUR)
    merged = await load(service, a_call(TIMESERIES))
    whole = await Service(*EVERY_HOUR, longest=30 * DAY).load(a_call(TIMESERIES))
    assert [(point.bucket, point.visitors) for point in merged.items] == [
        (point.bucket, point.visitors) for point in whole.items
    ]
    assert {point.previous_visitors for point in whole.items} == {9}
    assert {
        previous
        for point in merged.items
        for previous in (
            point.previous_pageviews,
            point.previous_visitors,
            point.previous_sessions,
        )
    } == {None}


@in_virtual_time
async def test_series_are_split_at_midnight() -> None:
    service = Service(*EVERY_HOUR, longest=8 * DAY)
    await load(service, a_call(TIMESERIES))
    midnight = dt.datetime(2026, 6, 4, tzinfo=dt.UTC)
    assert service.windows[1:] == [
        Between(midnight - TICK, FORTNIGHT.end),
        Between(FORTNIGHT.start, midnight),
    ]


@in_virtual_time
async def test_series_in_hours_are_not_merged() -> None:
    service = Service(*EVERY_HOUR)

    async def in_hours(call: Call) -> Any:  # noqa: ANN401 - the endpoint's struct
        series = await service.load(call)
        return Timeseries(series.items, "hour")

    with pytest.raises(QueryFailedError):
        await split(in_hours, lambda: NOW)(a_call(TIMESERIES))
