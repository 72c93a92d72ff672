"""Every event comes once, newest first, whatever the service's own figures say about each other."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import BadRequestError, Between, Count, Event, EventCheckpoint, EventList
from loguro_async.errors import IncompleteAnswerError
from loguro_async.streams.events import EventStream
from tests.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async import Kpis

START: Final = dt.datetime(2026, 6, 11, tzinfo=dt.UTC)
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND: Final = dt.timedelta(microseconds=1)
DAY: Final = Between(START, START + dt.timedelta(days=1))
COUNTS: Final[dict[str, Callable[[int], int]]] = {
    "true": lambda count: count,
    "half": lambda count: count // 2,
    "zero": lambda _: 0,
    "one more": lambda count: count + (count > 0),
    "a tenth more": lambda count: -(-count * 11 // 10),
    "capped": lambda count: min(count, 7),
}


@dataclass
class Service:
    """A service of one project that disagrees with itself.

    Attributes:
        moments: When events happen, in microseconds after the window's beginning.
        shown: The step that timestamps are shown in.
        is_rounding: Whether timestamps are rounded to it, and not truncated.
        cap: The most rows of a page.
        most: A greater limit is refused.
        count_of: What ``/count`` makes of the real number.
        is_from_inside: Whether ``from`` is inclusive.
        is_to_inside: Whether ``to`` is inclusive.
        doubles: Every n-th row is listed twice; 0 for none.
        late: Events that arrive late: after how many requests, and when they happened.
        slow: Seconds that each request takes, one after the other, again and again.
    """

    moments: list[int]
    shown: int
    is_rounding: bool
    cap: int
    most: int | None
    count_of: Callable[[int], int]
    is_from_inside: bool
    is_to_inside: bool
    doubles: int
    late: list[tuple[int, int]]
    slow: list[float]
    requests: int = 0
    events: list[tuple[int, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.events = [(moment, f"e{number}") for number, moment in enumerate(self.moments)]
        self.ids = {name for _, name in self.events}

    async def _request(self, window: Between) -> list[tuple[int, str]]:
        self.requests += 1
        arrived = [moment for after, moment in self.late if after == self.requests]
        self.events += [(moment, f"late{self.requests}-{moment}") for moment in arrived]
        await asyncio.sleep(self.slow[self.requests % len(self.slow)])
        start, end = ((edge - START) // MICROSECOND for edge in (window.start, window.end))
        return [
            (moment, name)
            for moment, name in sorted(self.events, key=self._place)
            if (start <= moment if self.is_from_inside else start < moment)
            and (moment <= end if self.is_to_inside else moment < end)
        ]

    def _place(self, event: tuple[int, str]) -> tuple[int, int]:
        """Newest first; events of one instant come in another order each time."""
        moment, name = event
        return (-moment, crc32(f"{name} {self.requests}".encode()))

    async def kpis(self, **_: object) -> Kpis:
        raise AssertionError("a window of one's own is not asked for")

    async def count(self, *, range: Between, **_: object) -> Count:
        return Count(self.count_of(len(await self._request(range))))

    async def events_of(self, *, range: Between, limit: int | None, **_: object) -> EventList:
        if limit is not None and self.most is not None and limit > self.most:
            self.requests += 1
            raise BadRequestError(400, reason="limit is too large")
        inside = await self._request(range)
        rows = [self._row(moment, name) for moment, name in inside]
        if self.doubles:
            rows = [row for n, row in enumerate(rows) for _ in "ab"[: 1 + (n % self.doubles == 0)]]
        page = tuple(rows[: min(self.cap, limit or 50)])
        return EventList(page, len(page))

    def _row(self, moment: int, name: str) -> Event:
        since_epoch = (START - EPOCH) // MICROSECOND + moment
        if self.is_rounding:
            since_epoch += self.shown // 2
        shown = EPOCH + MICROSECOND * (since_epoch // self.shown * self.shown)
        return Event(name, "pageview", "/", "https://a.example/", "v", "s", shown)

    def densest(self) -> int:
        """Returns the most events within three milliseconds."""
        moments = sorted(moment for moment, _ in self.events)
        return max(
            (sum(low <= moment <= low + 3000 for moment in moments) for low in moments), default=0
        )


class Project:
    """A service as ``EventStream`` sees it."""

    def __init__(self, service: Service) -> None:
        self.kpis = service.kpis
        self.count = service.count
        self.events = service.events_of


@st.composite
def services(draw: st.DrawFn) -> Service:
    kept = draw(st.sampled_from([1, 1000]), label="kept")
    spans = st.sampled_from([10, 1_000, 60_000, 3_600_000, 80_000_000])
    moments: list[int] = []
    for _ in range(draw(st.integers(0, 4), label="bursts")):
        length = draw(spans) * 1000 // kept
        first = draw(st.integers(1, 86_399_000_000 // kept - length))
        amount = draw(st.integers(1, 60))
        rng = random.Random(draw(st.integers(0, 2**16)))  # noqa: S311 - events of a test
        moments += [(first + rng.randrange(length + 1)) * kept for _ in range(amount)]
    cap = draw(st.integers(5, 60), label="cap")
    return Service(
        moments=moments,
        shown=draw(st.sampled_from([1, 1000, 100_000, 1_000_000, 60_000_000, 3_600_000_000])),
        is_rounding=draw(st.booleans()),
        cap=cap,
        most=draw(st.none() | st.sampled_from([7, 50, 100, 1000]), label="most"),
        count_of=COUNTS[draw(st.sampled_from(sorted(COUNTS)), label="count")],
        is_from_inside=draw(st.booleans()),
        is_to_inside=draw(st.booleans()),
        doubles=draw(st.sampled_from([0, 0, 3])),
        late=draw(
            st.lists(st.tuples(st.integers(1, 20), st.integers(0, 86_399_000_000)), max_size=3)
        ),
        slow=draw(st.lists(st.sampled_from([0.0, 1.0, 5.0]), min_size=1, max_size=3)),
    )


async def read(
    service: Service,
    *,
    concurrency: int,
    page_size: int | None,
    stops: list[int],
    patience: float,
) -> list[Event]:
    """Reads all events: stops after some to go on at the checkpoint, and waits impatiently."""
    given: list[Event] = []
    checkpoint: EventCheckpoint | None = None
    left = [*stops, 10**9]
    while True:
        stream = EventStream.of(
            Project(service),
            range=None if checkpoint else DAY,
            filter=None,
            checkpoint=checkpoint,
            concurrency=concurrency,
            page_size=page_size,
            timeout=None,
        )
        async with stream:
            for _ in range(left[0]):
                try:
                    given.append(await impatiently(stream, patience))
                except StopAsyncIteration:
                    return given
        left.pop(0)
        kept = msgspec.json.encode(stream.checkpoint)
        checkpoint = msgspec.json.decode(kept, type=EventCheckpoint | None)


async def impatiently(stream: EventStream, patience: float) -> Event:
    while True:
        try:
            return await asyncio.wait_for(anext(stream), patience)
        except TimeoutError:
            continue


@given(
    service=services(),
    concurrency=st.integers(1, 5),
    page_size=st.none() | st.integers(1, 80),
    stops=st.lists(st.integers(1, 40), max_size=3),
    patience=st.sampled_from([0.5, 3.0, 1000.0]),
)
def test_every_event_comes_once_and_newest_first(
    service: Service, concurrency: int, page_size: int | None, stops: list[int], patience: float
) -> None:
    async def reading() -> list[Event]:
        return await read(
            service,
            concurrency=concurrency,
            page_size=page_size,
            stops=stops,
            patience=patience,
        )

    rows = min(service.cap, page_size or service.cap)
    try:
        events = run(reading)
    except IncompleteAnswerError:
        note("incomplete")
        is_count_higher = service.count_of(20) > 20
        assert 2 * service.densest() >= (min(rows, 5) if is_count_higher else rows)
        return
    names = [event.id for event in events]
    note(f"{len(names) // 50 * 50} events or more")
    assert service.ids - set(names) == set()
    assert len(names) == len(set(names))
    moments = [event.timestamp for event in events]
    assert moments == sorted(moments, reverse=True)
