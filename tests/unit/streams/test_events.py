"""Walking through a window: what changes meanwhile, and who leaves before the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from loguro_async import Between, Count, Event, EventList, IncompleteAnswerError
from loguro_async.errors import ResponseTooLargeError
from loguro_async.streams.events import EventStream
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

START = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
HOUR = Between(START, START + dt.timedelta(hours=1))
TICK = dt.timedelta(milliseconds=1)


def an_event(number: int, at: dt.datetime) -> Event:
    return Event(f"e{number}", "pageview", "/", "https://a.example/", "v", "s", at)


class Listing:
    """A service whose pages hold so many events; ``meanwhile`` runs after each count."""

    def __init__(self, moments: list[dt.datetime], *, cap: int) -> None:
        self.events = [an_event(number, at) for number, at in enumerate(moments)]
        self.cap = cap
        self.requests = 0
        self.seconds = 0.0
        self.meanwhile: Callable[[Listing], None] | None = None

    async def span(self) -> Between:
        return HOUR

    def _within(self, window: Between) -> list[Event]:
        return [one for one in self.events if window.start <= one.timestamp <= window.end]

    async def count(self, window: Between) -> Count:
        self.requests += 1
        await asyncio.sleep(self.seconds)
        counted = Count(len(self._within(window)))
        if self.meanwhile is not None:
            self.meanwhile(self)
        return counted

    async def page(self, window: Between, limit: int) -> EventList:
        self.requests += 1
        newest = sorted(self._within(window), key=lambda one: one.timestamp, reverse=True)
        items = tuple(newest[: min(limit, self.cap)])
        return EventList(items, len(items))


def spread(count: int) -> list[dt.datetime]:
    return [START + dt.timedelta(seconds=3600 * number / count) for number in range(count)]


def walk(listing: Listing, concurrency: int = 1) -> EventStream:
    return EventStream(listing, filter="", concurrency=concurrency, checkpoint=None)


async def test_what_arrives_between_count_and_page_pushes_nothing_out() -> None:
    listing = Listing(spread(498), cap=500)

    def arrive_once(self: Listing) -> None:
        self.meanwhile = None
        self.events += [an_event(1000 + n, HOUR.end - n * TICK) for n in range(5)]

    listing.meanwhile = arrive_once
    given = [event.id async for event in walk(listing)]
    assert len(given) == len(set(given)) == 503


async def test_one_short_page_does_not_make_the_rest_crawl() -> None:
    listing = Listing(spread(5000), cap=500)
    plain = Listing(spread(5000), cap=500)
    assert len([event async for event in walk(plain)]) == 5000

    def delete_once(self: Listing) -> None:
        if self.requests == plain.requests // 2:
            del self.events[0], self.events[2000], self.events[-1]

    listing.meanwhile = delete_once
    assert len([event async for event in walk(listing)]) >= 4997
    assert listing.requests < 2 * plain.requests


async def test_a_page_that_is_too_large_is_asked_for_in_parts() -> None:
    listing = Listing(spread(300), cap=10_000)
    page = listing.page

    async def heavy(window: Between, limit: int) -> EventList:
        found = await page(window, limit)
        if len(found.items) > 50:
            raise ResponseTooLargeError("more than 32 MiB")
        return found

    listing.page = heavy  # type: ignore[method-assign]
    assert len([event async for event in walk(listing)]) == 300


async def test_an_event_that_is_kept_does_not_keep_its_page() -> None:
    listing = Listing(spread(100), cap=30)
    listing.events = [
        msgspec.structs.replace(event, custom_props_json=msgspec.Raw(b'{"plan":"pro"}'))
        for event in listing.events
    ]
    page, bodies = listing.page, list[bytes]()

    async def over_the_wire(window: Between, limit: int) -> EventList:
        bodies.append(msgspec.json.encode(await page(window, limit)))
        return msgspec.json.decode(bodies[-1], type=EventList)

    listing.page = over_the_wire  # type: ignore[method-assign]
    kept = [event async for event in walk(listing)]
    assert [event.custom_props for event in kept] == [{"plan": "pro"}] * 100
    alone = [bytes(bytearray(b"nobody else has this"))]
    assert {sys.getrefcount(body) for body in bodies} == {sys.getrefcount(alone[0]) + 1}


@in_virtual_time
async def test_a_stream_that_another_task_closes_comes_to_its_end() -> None:
    listing = Listing(spread(10), cap=500)
    listing.seconds = 60.0
    stream = walk(listing)
    reading = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(1)
    await stream.aclose()
    assert await reading is None
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_a_stream_that_was_left_while_it_waited_does_not_pretend_to_be_at_its_end() -> None:
    listing = Listing(spread(10), cap=500)
    listing.seconds = 60.0
    stream = walk(listing)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 1)
    with pytest.raises(IncompleteAnswerError, match="checkpoint"):
        await anext(stream)
