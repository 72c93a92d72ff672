from __future__ import annotations

import asyncio
import datetime as dt
import gc
import json
import logging
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    ClientClosedError,
    ConfigurationError,
    F,
    InvalidQueryError,
    LoguroClient,
    LoguroError,
    RecentEvents,
)
from loguro_async.streams.live import LiveStream
from loguro_async.streams.recent import RecentTracker
from tests.unit.wire import Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Hashable

    from loguro_async.streams.live_feed import LiveFeed
    from tests.unit.wire import Wire


def a_client(**options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    """A client in the running loop's time."""
    return LoguroClient("pat_t", _runtime=in_loop_time(), **options)


def recent(*numbers: int) -> Reply:
    """Recent events, newest first, as the service lists them."""
    start = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
    items = [
        {"id": f"e{n}", "timestamp": (start + dt.timedelta(seconds=n)).isoformat()}
        for n in sorted(numbers, reverse=True)
    ]
    return Reply(body=json.dumps({"items": items}).encode())


async def take(stream: LiveStream, count: int) -> list[str | None]:
    return [(await anext(stream)).id for _ in range(count)]


@in_virtual_time
async def test_each_new_event_comes_once_and_oldest_first(wire: Wire) -> None:
    wire.respond(
        "/recent-events", recent(1, 2), recent(1, 2, 3, 4), recent(2, 3, 4), recent(4, 5, 6)
    )
    async with a_client() as client, client.project("local").live() as events:
        assert await take(events, 4) == ["e3", "e4", "e5", "e6"]
    assert wire.requests[0].url.query["limit"] == "500"


@in_virtual_time
async def test_all_who_listen_share_one_poll_and_the_last_one_stops_it(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), recent(1, 2))
    async with a_client() as client:
        streams = [client.project("local").live() for _ in range(200)]
        taken = await asyncio.gather(*(take(stream, 1) for stream in streams))
        assert taken == [["e2"]] * 200
        assert len(wire.requests) == 2
        for stream in streams:
            await stream.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert client._service.polls == {}


@in_virtual_time
async def test_polls_are_rarer_while_nothing_happens(wire: Wire) -> None:
    wire.respond("/recent-events", *[recent(1)] * 12, recent(1, 2))
    async with a_client() as client, client.project("local").live(interval=2.0) as events:
        await take(events, 1)
        seconds = asyncio.get_running_loop().time()
    assert seconds == pytest.approx(2 + 3 + 4.5 + 6.75 + 8 * 8)


@in_virtual_time
async def test_failures_are_waited_out_and_logged_once(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.respond("/recent-events", recent(1), *[Reply(503)] * 3, recent(1, 2))
    caplog.set_level(logging.WARNING, "loguro_async")
    async with a_client(retry=None) as client, client.project("local").live() as events:
        assert await take(events, 1) == ["e2"]
    assert [record.message.split(":")[0] for record in caplog.records] == ["live events"]


@in_virtual_time
async def test_a_refused_token_ends_it_for_all_who_listen(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), Reply(401))
    async with a_client() as client:
        outcomes = await asyncio.gather(
            *(take(client.project("local").live(), 1) for _ in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [AuthenticationError] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3
        assert client._service.polls == {}


def listed(*numbers: int) -> Reply:
    """The same events in the raw listing."""
    page = json.loads(recent(*numbers).body)
    rest = {"event_type": "pageview", "path": "/", "url": "https://a/", "session_id": "s"}
    page["items"] = [{**rest, "visitor_id": "v", **row} for row in page["items"]]
    return Reply(body=json.dumps(page | {"count": len(numbers)}).encode())


@pytest.mark.parametrize("most", [500, 200])
@in_virtual_time
async def test_what_a_full_poll_does_not_show_is_read_from_the_listing(
    wire: Wire, caplog: pytest.LogCaptureFixture, most: int
) -> None:
    wire.respond("/recent-events", recent(0), recent(*range(101, 101 + most)), recent(0))
    wire.respond("/local", listed(*range(101)), listed(0, 1))
    async with a_client() as client, client.project("local").live() as events:
        given = await take(events, 100 + most)
    assert given == [f"e{n}" for n in range(1, 101 + most)]
    asked = [request.url.query for request in wire.requests if request.url.path.endswith("/local")]
    assert {(query["from"], query["to"]) for query in asked[:1]} == {
        ("2026-06-11T10:00:00.000Z", "2026-06-11T10:01:41.001Z")
    }
    assert caplog.text == ""


@in_virtual_time
async def test_events_that_cannot_be_read_from_the_listing_are_logged(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.respond("/recent-events", recent(0), recent(*range(1, 501)))
    wire.respond("/local", Reply(500))
    async with a_client(retry=None) as client, client.project("local").live() as events:
        assert len(await take(events, 500)) == 500
    assert "some may have been missed" in caplog.text


@in_virtual_time
async def test_what_happened_during_a_long_outage_is_read_from_the_listing(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), *[Reply(503)] * 9, recent(1001))
    wire.respond("/local", listed(*range(1, 1002, 100)), listed(1))
    async with (
        a_client(retry=None) as client,
        client.project("local").live(interval=30, window=60_000) as events,
    ):
        assert await take(events, 10) == [f"e{n}" for n in range(101, 1002, 100)]


@in_virtual_time
async def test_a_listener_that_is_far_behind_gets_an_error_and_does_not_delay_others(
    wire: Wire,
) -> None:
    polls = [recent(*range(400 * n, 400 * n + 400)) for n in range(30)]
    wire.respond("/recent-events", *polls)
    async with a_client() as client:
        slow, quick = client.project("local").live(), client.project("local").live()
        await take(slow, 1)
        await take(quick, 28 * 400)
        with pytest.raises(LoguroError, match="are waiting"):
            await take(slow, 20_000)
        await quick.aclose()


@in_virtual_time
async def test_a_wait_that_times_out_again_and_again_loses_nothing(wire: Wire) -> None:
    polls = [recent(*range(n + 1)) for n in range(4)]
    wire.respond("/recent-events", *polls)
    async with a_client() as client, client.project("local").live(interval=10) as events:
        given, timeouts = list[str | None](), 0
        while len(given) < 3:
            try:
                given.append((await asyncio.wait_for(anext(events), 1)).id)
            except TimeoutError:
                timeouts += 1
    assert given == ["e1", "e2", "e3"]
    assert timeouts > 20


@in_virtual_time
async def test_a_loop_that_is_left_without_closing_stops_the_polls(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), recent(1, 2))

    async def leave() -> None:
        async for _ in client.project("local").live(interval=100):
            raise ConnectionResetError

    async with a_client() as client:
        leaving = asyncio.create_task(leave())
        with pytest.raises(ConnectionResetError):
            await leaving
        del leaving
        gc.collect()
        await asyncio.sleep(0.1)
        assert client._service.polls == {}
        assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_closing_a_stream_ends_all_who_wait_in_it_at_once(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1))
    async with a_client() as client:
        events = client.project("local").live(interval=200)
        waiting = [asyncio.create_task(anext(events, None)) for _ in range(3)]
        await asyncio.sleep(1)
        await events.aclose()
        assert await asyncio.gather(*waiting) == [None] * 3
        assert asyncio.get_running_loop().time() == pytest.approx(1)


@in_virtual_time
async def test_closing_the_client_ends_all_listeners_at_once(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1))
    client = a_client()
    streams = [client.project("local").live(interval=200) for _ in range(3)]
    waiting = [asyncio.create_task(anext(stream)) for stream in streams]
    await asyncio.sleep(1)
    await client.aclose()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in told] == [ClientClosedError] * 3
    assert asyncio.get_running_loop().time() == pytest.approx(1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_polls_run_in_no_listener_s_context(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1))
    request: ContextVar[object] = ContextVar("request")

    async def listen() -> weakref.ref[set[str]]:
        of_this_request = set[str]()
        request.set(of_this_request)
        await asyncio.wait([asyncio.ensure_future(anext(first))], timeout=1)
        return weakref.ref(of_this_request)

    async with a_client() as client, client.project("local").live() as first:
        listening = asyncio.create_task(listen())
        kept = await listening
        async with client.project("local").live() as second:
            waiting = asyncio.create_task(anext(second))
            await asyncio.sleep(1)
            await first.aclose()
            await asyncio.sleep(1)
            del listening
            gc.collect()
            assert kept() is None
            waiting.cancel()


@in_virtual_time
async def test_views_of_a_client_share_polls_and_filters_do_not(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), recent(1, 2))
    async with a_client() as client:
        views = [client, client.with_options(timeout=7), client.with_options(retry=None)]
        streams = [view.project("local").live() for view in views]
        await asyncio.gather(*(take(stream, 1) for stream in streams))
        assert len(wire.requests) == 2
        assert len(client._service.polls) == 1
        for stream in streams:
            await stream.aclose()


async def test_a_filter_is_part_of_each_poll_and_of_what_polls_are_shared_by() -> None:
    asked: list[dict[str, object]] = []

    class Filtering:
        slug = "local"
        kpis = count = events = None

        async def recent_events(self, **options: object) -> RecentEvents:
            asked.append(options)
            return RecentEvents(())

    feeds: dict[Hashable, LiveFeed] = {}
    filters = [None, "path:/a", F.path("/a"), "path:/b"]
    streams = [
        LiveStream.of(
            Filtering(),  # type: ignore[arg-type]  # only recent events are asked for
            feeds,
            interval=5.0,
            window=300_000,
            filter=wanted,
            timeout=None,
        )
        for wanted in filters
    ]
    waiting = [asyncio.ensure_future(anext(stream, None)) for stream in streams]
    await asyncio.sleep(0.01)
    assert sorted(str(options.get("filter")) for options in asked) == ["None", "path:/a", "path:/b"]
    for stream in streams:
        await stream.aclose()
    await asyncio.gather(*waiting)
    assert feeds == {}


async def test_an_invalid_argument_is_refused_at_the_call(wire: Wire) -> None:
    async with LoguroClient("pat_t") as client:
        project = client.project("local")
        with pytest.raises(ConfigurationError, match="interval"):
            project.live(interval=0)
        with pytest.raises(InvalidQueryError, match="window"):
            project.live(window=5)
    assert wire.requests == []


@in_virtual_time
async def test_no_pause_is_longer_than_what_a_poll_looks_back(wire: Wire) -> None:
    wire.respond("/recent-events", *[recent(1)] * 4, Reply(503), Reply(503), recent(1, 2))
    async with (
        a_client(retry=None) as client,
        client.project("local").live(interval=50.0, window=60_000) as events,
    ):
        await take(events, 1)
        assert asyncio.get_running_loop().time() == pytest.approx(6 * 50)


@in_virtual_time
async def test_an_event_of_the_future_makes_no_other_come_again(wire: Wire) -> None:
    wire.respond(
        "/recent-events",
        recent(1),
        recent(1, 2, 9_999_999),
        *[recent(1, 2, 9_999_999)] * 5,
        recent(1, 2, 3, 9_999_999),
    )
    async with a_client() as client, client.project("local").live() as events:
        assert await take(events, 3) == ["e2", "e9999999", "e3"]


@in_virtual_time
async def test_a_first_poll_that_fails_is_waited_out_too(wire: Wire) -> None:
    wire.respond("/recent-events", Reply(503), recent(1), recent(1, 2))
    async with a_client(retry=None) as client, client.project("local").live() as events:
        assert await take(events, 1) == ["e2"]


@in_virtual_time
async def test_after_the_end_there_is_only_the_end(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), Reply(401))
    async with a_client() as client:
        refused, closed = client.project("local").live(), client.project("local").live()
        with pytest.raises(AuthenticationError):
            await anext(refused)
        await closed.aclose()
        for stream in (refused, refused, closed, closed):
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        assert client._service.polls == {}
        assert asyncio.all_tasks() == {asyncio.current_task()}


@in_virtual_time
async def test_any_failure_is_raised_for_all_listeners(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OverflowError("the year 1")

    wire.respond("/recent-events", recent(1))
    monkeypatch.setattr(RecentTracker, "update", fail)
    async with a_client() as client:
        streams = [client.project("local").live() for _ in range(2)]
        for stream in streams:
            with pytest.raises(OverflowError):
                await anext(stream)


@in_virtual_time
async def test_a_feed_that_ended_leaves_its_successor_alone(wire: Wire) -> None:
    wire.respond("/recent-events", recent(1), Reply(401), recent(1), recent(1, 2))
    async with a_client() as client:
        first, behind = client.project("local").live(), client.project("local").live()
        waiting = asyncio.create_task(anext(behind))
        with pytest.raises(AuthenticationError):
            await anext(first)
        second = client.project("local").live()
        taking = asyncio.create_task(take(second, 1))
        await asyncio.sleep(0)
        with pytest.raises(AuthenticationError):
            await waiting
        assert len(client._service.polls) == 1
        assert await taking == ["e2"]
        await second.aclose()
