"""Walking through a window: what changes meanwhile, and who leaves before the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import force_setattr

from loguro_async import (
    BadRequestError,
    Between,
    Count,
    Event,
    EventCheckpoint,
    EventList,
    IncompleteAnswerError,
    Kpis,
    LoguroClient,
    QueryFailedError,
)
from loguro_async.errors import ResponseTooLargeError
from loguro_async.models.received import Tolerance
from loguro_async.models.response_base import note_tolerated
from loguro_async.streams.events import EventStream
from tests.contract.reference import golden
from tests.unit.wire import Reply
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.query.ranges import Range
    from tests.unit.wire import Wire

START = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
HOUR = Between(START, START + dt.timedelta(hours=1))
TICK = dt.timedelta(milliseconds=1)


def an_event(number: int, at: dt.datetime) -> Event:
    return Event(f"e{number}", "pageview", "/", "https://a.example/", "v", "s", at)


class Listing:
    """A project whose pages have ``cap`` events; ``meanwhile`` runs after each page."""

    def __init__(self, moments: list[dt.datetime], *, cap: int) -> None:
        self._events = [an_event(number, at) for number, at in enumerate(moments)]
        self.cap = cap
        self.most: int | None = None
        self.unreadable: set[str] = set()
        self.limits: list[int | None] = []
        self.windows: list[Between] = []
        self.seconds = 0.0
        self.failures = 0
        self.knows_windows = True
        self.meanwhile: Callable[[list[Event]], None] | None = None

    @property
    def requests(self) -> int:
        return len(self.limits)

    def _within(self, window: Between) -> list[Event]:
        return [
            one
            for one in self._events
            if not self.knows_windows or window.start <= one.timestamp <= window.end
        ]

    async def kpis(self, **_: object) -> Kpis:
        await asyncio.sleep(self.seconds)
        return msgspec.json.decode(golden("kpis"), type=Kpis)

    async def count(self, *, range: Between, **_: object) -> Count:
        return Count(len(self._within(range)))

    async def events(self, *, range: Between, limit: int | None, **_: object) -> EventList:
        self.limits.append(limit)
        self.windows.append(range)
        await asyncio.sleep(self.seconds)
        if self.failures:
            self.failures -= 1
            raise QueryFailedError(500)
        if self.most is not None and (limit or 0) > self.most:
            raise BadRequestError(400)
        newest = sorted(self._within(range), key=lambda one: one.timestamp, reverse=True)
        rows = newest[: min(limit or 50, self.cap)]
        items = tuple(row for row in rows if row.id not in self.unreadable)
        page = EventList(items, len(items))
        skipped = len(rows) - len(items)
        note_tolerated(page, (Tolerance("items[]", "skipped", count=skipped),) if skipped else ())
        if self.meanwhile is not None:
            self.meanwhile(self._events)
        return page


def spread(count: int) -> list[dt.datetime]:
    return [START + dt.timedelta(seconds=3600 * number / count) for number in range(count)]


def walk(
    listing: Listing,
    concurrency: int = 1,
    *,
    window: Range | None = HOUR,
    page_size: int | None = None,
    checkpoint: EventCheckpoint | None = None,
) -> EventStream:
    return EventStream.of(
        listing,
        range=window,
        filter=None,
        checkpoint=checkpoint,
        concurrency=concurrency,
        page_size=page_size,
        timeout=None,
    )


async def ids(stream: EventStream) -> list[str]:
    return [str(event.id) async for event in stream]


async def test_events_that_arrive_while_pages_are_read_hide_no_others() -> None:
    listing = Listing(spread(498), cap=100)

    def arrive_once(events: list[Event]) -> None:
        listing.meanwhile = None
        events += [an_event(1000 + n, HOUR.end - n * TICK) for n in range(5)]

    listing.meanwhile = arrive_once
    given = await ids(walk(listing))
    assert len(given) == len(set(given))
    assert set(given) >= {f"e{n}" for n in range(498)}


@pytest.mark.parametrize("concurrency", [1, 4, 16])
@pytest.mark.parametrize(("count", "cap", "most"), [(2_000, 100, 85), (20_000, 1_000, 65)])
@pytest.mark.parametrize("shape", ["even", "at the end", "skewed"])
async def test_requests_are_few(
    shape: str, count: int, cap: int, most: int, concurrency: int
) -> None:
    moments = spread(count)
    if shape == "at the end":
        moments = [HOUR.end - (HOUR.end - moment) / 1000 for moment in moments]
    if shape == "skewed":
        hour = dt.timedelta(hours=1)
        moments = [START + hour * ((moment - START) / hour) ** 3 for moment in moments]
    listing = Listing(moments, cap=cap)
    assert len(set(await ids(walk(listing, concurrency)))) == count
    assert listing.requests <= most


async def test_an_empty_window_takes_one_request_and_a_few_events_two() -> None:
    empty, few = Listing([], cap=500), Listing(spread(7), cap=500)
    assert await ids(walk(empty, 4)) == []
    assert len(await ids(walk(few, 4))) == 7
    assert (empty.requests, few.requests) == (1, 2)


async def test_one_page_from_which_events_were_deleted_does_not_make_the_rest_crawl() -> None:
    listing = Listing(spread(5000), cap=500)
    plain = Listing(spread(5000), cap=500)
    assert len(await ids(walk(plain))) == 5000

    def delete_once(events: list[Event]) -> None:
        if listing.requests == plain.requests // 2:
            del events[0], events[2000], events[-1]

    listing.meanwhile = delete_once
    assert len(await ids(walk(listing))) >= 4997
    assert listing.requests < 2 * plain.requests


async def test_a_page_that_is_too_large_is_requested_with_fewer_rows() -> None:
    listing = Listing(spread(300), cap=10_000)
    page = listing.events

    async def heavy(**options: Any) -> EventList:  # noqa: ANN401 - handed on
        found = await page(**options)
        if len(found.items) > 50:
            raise ResponseTooLargeError("more than 32 MiB")
        return found

    listing.events = heavy  # type: ignore[method-assign]
    assert len(set(await ids(walk(listing)))) == 300
    assert listing.requests < 40


@pytest.mark.parametrize("most", [1000, 300, 100, 7])
async def test_a_limit_that_is_refused_is_lowered_once(most: int) -> None:
    listing = Listing(spread(400), cap=most)
    listing.most = most
    assert len(set(await ids(walk(listing, 4)))) == 400
    refused = [limit for limit in listing.limits if (limit or 0) > most]
    assert 0 < len(refused) == listing.limits.index(listing.limits[-1])


async def test_a_400_that_no_limit_helps_against_is_raised() -> None:
    listing = Listing([], cap=7)
    listing.most = -1
    with pytest.raises(BadRequestError):
        await anext(walk(listing))
    assert listing.limits[-1] is None


async def test_the_page_size_is_sent_as_limit() -> None:
    listing = Listing(spread(100), cap=500)
    assert len(set(await ids(walk(listing, page_size=30)))) == 100
    assert set(listing.limits) == {30}
    assert listing.requests <= 6


@pytest.mark.parametrize("cap", [10, 500])
async def test_rows_that_cannot_be_read_cost_no_other(cap: int) -> None:
    listing = Listing(spread(100), cap=cap)
    listing.unreadable = {"e99", "e50", *(f"e{n}" for n in range(20, 35))}
    given = await ids(walk(listing, 4))
    assert sorted(given) == sorted({f"e{n}" for n in range(100)} - listing.unreadable)


async def test_a_stored_event_does_not_hold_the_body_of_its_page() -> None:
    listing = Listing(spread(100), cap=30)
    listing._events = [
        msgspec.structs.replace(event, custom_props_json=msgspec.Raw(b'{"plan":"pro"}'))
        for event in listing._events
    ]
    page, bodies = listing.events, list[bytes]()

    async def over_the_wire(**options: Any) -> EventList:  # noqa: ANN401 - handed on
        bodies.append(msgspec.json.encode(await page(**options)))
        return msgspec.json.decode(bodies[-1], type=EventList)

    listing.events = over_the_wire  # type: ignore[method-assign]
    kept = [event async for event in walk(listing)]
    assert [event.custom_props for event in kept] == [{"plan": "pro"}] * 100
    alone = [bytes(bytearray(b"nothing else has this"))]
    assert {sys.getrefcount(body) for body in bodies} == {sys.getrefcount(alone[0]) + 1}


@pytest.mark.parametrize("window", [HOUR, "1h"])
@in_virtual_time
async def test_a_stream_that_another_task_closes_comes_to_its_end(window: Range) -> None:
    listing = Listing(spread(10), cap=500)
    listing.seconds = 60.0
    stream = walk(listing, window=window)
    reading = [asyncio.create_task(anext(stream, None)) for _ in range(3)]
    await asyncio.sleep(1)
    await stream.aclose()
    assert await asyncio.gather(*reading) == [None] * 3
    assert await anext(stream, None) is None
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("window", [HOUR, "all"])
@in_virtual_time
async def test_a_wait_that_times_out_again_and_again_loses_nothing(window: Range) -> None:
    listing = Listing(spread(10), cap=3)
    listing.seconds = 60.0
    stream, given, timeouts = walk(listing, window=window), list[str](), 0
    while len(given) < 10:
        try:
            given.append(str((await asyncio.wait_for(anext(stream), 7)).id))
        except TimeoutError:
            timeouts += 1
    assert sorted(given) == [f"e{n}" for n in range(10)]
    assert timeouts > 10
    await stream.aclose()


async def test_after_an_error_the_stream_goes_on_where_it_was() -> None:
    listing = Listing(spread(40), cap=10)
    stream = walk(listing)
    given = [str((await anext(stream)).id) for _ in range(10)]
    listing.failures = 2
    for _ in range(2):
        with pytest.raises(QueryFailedError):
            await anext(stream)
    given += await ids(stream)
    assert sorted(given) == sorted(f"e{n}" for n in range(40))


async def test_the_service_need_not_say_where_all_begins() -> None:
    listing = Listing(spread(5), cap=10)

    async def without_start(**options: Any) -> Kpis:  # noqa: ANN401 - the arguments
        decoded = msgspec.json.decode(golden("kpis"), type=Kpis)
        force_setattr(decoded.range, "from_", None)
        assert options["range"] == "all"
        return decoded

    listing.kpis = without_start  # type: ignore[method-assign]
    assert len(await ids(walk(listing, window="all"))) == 5
    assert listing.windows[0].start.year == 1970


async def test_a_checkpoint_of_a_moment_shown_coarsely_goes_on_in_it() -> None:
    minute = START + dt.timedelta(minutes=30)
    listing = Listing([minute] * 8 + spread(6), cap=100)
    stream = walk(listing)
    given = [str((await anext(stream)).id) for _ in range(5)]
    given += await ids(walk(listing, window=None, checkpoint=stream.checkpoint))
    assert sorted(given) == sorted(f"e{n}" for n in range(14))


async def test_one_row_that_cannot_be_read_is_logged(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        {"id": f"e{n}", "event_type": "pageview", "timestamp": f"2026-06-11T00:00:0{n}Z"}
        for n in range(5, 0, -1)
    ]
    rows[2]["timestamp"] = "soon"
    body = msgspec.json.encode({"items": rows, "count": 5})
    last = msgspec.json.encode({"items": rows[4:], "count": 1})
    wire.respond("/local", Reply(body=body), Reply(body=last))
    async with LoguroClient("pat_t") as client:
        given = [event.id async for event in client.project("local").iter_events(range=HOUR)]
    assert given == ["e5", "e4", "e2", "e1"]
    assert "1 row left out" in caplog.text


@pytest.mark.parametrize("cap", [10, 40, 500])
async def test_a_service_that_does_not_apply_the_window_is_an_error(cap: int) -> None:
    listing = Listing(spread(100), cap=cap)
    listing.knows_windows = False
    with pytest.raises(IncompleteAnswerError, match=r"/count gives|does not apply from and to"):
        await ids(walk(listing, 4))
    assert listing.requests < 150
