from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    CachePolicy,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    DeadlineExceededError,
    Limits,
    LoguroClient,
    QueryFailedError,
    RetryPolicy,
)
from tests.unit.wire import KPIS_REPLY, Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.wire import Wire

TOKEN = "pat_kept-to-itself"


def a_client(**options: Any) -> LoguroClient:  # noqa: ANN401 - the client's own
    """A client in the running loop's time."""
    return LoguroClient(TOKEN, _runtime=in_loop_time(), **options)


def now() -> float:
    return asyncio.get_running_loop().time()


# --- views ---------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_view_shares_session_cache_limits_and_statistics(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    async with a_client(limits=Limits(1)) as client:
        view = client.with_options(timeout=60.0)
        await asyncio.gather(client.project("one").kpis(), view.project("two").kpis())
        assert wire.most_in_flight == 1
        assert await view.project("one").kpis() is await client.project("one").kpis()
        assert view.stats == client.stats
        assert view.stats.requests == 2
        await view.invalidate()
        assert client.stats.cache_entries == 0


@in_virtual_time
async def test_a_view_has_the_given_options_and_the_client_s_others(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500, seconds=1.0))
    retry = RetryPolicy(max_attempts=2, initial_backoff=0.0)
    async with a_client(timeout=1.5, retry=retry, cache=None) as client:
        with pytest.raises(DeadlineExceededError):
            await client.project("local").kpis()
        with pytest.raises(QueryFailedError) as caught:
            await client.with_options(timeout=10.0).project("local").kpis()
        assert caught.value.attempts == 2
        with pytest.raises(QueryFailedError) as caught:
            await client.with_options(retry=None).project("local").kpis()
        assert caught.value.attempts == 1
        wire.respond("/kpis", KPIS_REPLY)
        asked = len(wire.requests)
        keeping = client.with_options(cache=CachePolicy(ttl=5.0)).with_options(timeout=2.0)
        assert await keeping.project("local").kpis() is await keeping.project("local").kpis()
        await client.project("local").kpis()
        assert len(wire.requests) - asked == 2


def test_a_view_s_options_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        LoguroClient(TOKEN).with_options(timeout=0)


@in_virtual_time
async def test_the_first_client_stays_as_it_was(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=5.0))
    async with a_client() as client:
        client.with_options(timeout=1.0, retry=None, cache=None)
        await client.project("local").kpis()
        await client.project("local").kpis()
        assert client.stats.requests == 1


@pytest.mark.parametrize("is_view_closed", [False, True])
async def test_closing_a_view_or_the_client_closes_both(
    wire: Wire, *, is_view_closed: bool
) -> None:
    client = LoguroClient(TOKEN)
    view = client.with_options(timeout=1.0)
    await (view if is_view_closed else client).aclose()
    for either in (client, view):
        with pytest.raises(ClientClosedError):
            await either.project("local").kpis()


# --- lifetime ------------------------------------------------------------------------------------


async def test_works_without_async_with(wire: Wire) -> None:
    client = LoguroClient(TOKEN)
    assert (await client.project("local").kpis()).current.visitors == 143
    await client.aclose()


async def test_a_client_can_be_closed_twice(wire: Wire) -> None:
    client = LoguroClient(TOKEN)
    await client.aclose()
    await client.aclose()
    async with LoguroClient(TOKEN) as used:
        await used.project("local").kpis()
        await used.aclose()
        await used.aclose()


async def test_a_closed_client_returns_nothing_not_even_cached_responses(wire: Wire) -> None:
    async with LoguroClient(TOKEN) as client:
        project = client.project("local")
        await project.kpis()
        await project.kpis()
    for call in (project.kpis, project.overview, client.project("other").count):
        with pytest.raises(ClientClosedError, match="make a new one"):
            await call()
    with pytest.raises(ClientClosedError):
        async with client:
            pass
    assert client.stats.requests == 1


@in_virtual_time
async def test_closing_waits_for_calls_in_flight_and_refuses_new_ones(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=3.0))
    client = a_client()
    under_way = asyncio.ensure_future(client.project("local").kpis())
    await asyncio.sleep(1.0)
    closing = asyncio.ensure_future(client.aclose())
    await asyncio.sleep(0)
    with pytest.raises(ClientClosedError):
        await client.project("other").kpis()
    await closing
    assert now() == 3.0
    assert (await under_way).current.visitors == 143


@in_virtual_time
async def test_closing_waits_five_seconds_at_most(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=20.0))
    client = a_client()
    under_way = asyncio.ensure_future(client.project("local").kpis())
    await asyncio.sleep(1.0)
    await client.aclose()
    assert now() == 6.0
    with pytest.raises(ClientClosedError):
        await under_way
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_second_event_loop_is_refused_with_the_reason(wire: Wire) -> None:
    client = LoguroClient(TOKEN)

    async def call() -> None:
        await client.project("local").kpis()

    with asyncio.Runner() as first:
        first.run(call())
        first.run(call())
        with asyncio.Runner() as second:
            with pytest.raises(ConfigurationError, match="event loop"):
                second.run(call())
            with pytest.raises(ConfigurationError, match="event loop"):
                second.run(client.__aenter__())
        first.run(client.aclose())


# --- without an event loop, and without the end ---------------------------------------------------


STARTS: list[Callable[[LoguroClient], Any]] = [
    lambda client: client.project("local").kpis(),
    lambda client: client.project("local").get("extra"),
    lambda client: client.project("local").overview(),
    lambda client: anext(client.project("local").iter_events()),
    lambda client: anext(client.project("local").live()),
    lambda client: anext(client.fan_out(["a"], lambda project: project.kpis())),
    lambda client: client.invalidate(),
    lambda client: client.__aenter__(),
    lambda client: client.aclose(),
]


@pytest.mark.parametrize("start", STARTS)
def test_without_an_event_loop_the_error_says_what_to_do(
    start: Callable[[LoguroClient], Any],
) -> None:
    client = LoguroClient(TOKEN)
    begun = start(client)
    step = begun.send if hasattr(begun, "send") else begun.__await__().send
    with pytest.raises(RuntimeError, match=r"no asyncio event loop .* asyncio\.run\(\)"):
        step(None)


def test_a_cached_response_needs_an_event_loop_too(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY)
    client = LoguroClient(TOKEN)

    async def load() -> None:
        await client.project("local").kpis()

    with asyncio.Runner() as runner:
        runner.run(load())
        with pytest.raises(RuntimeError, match="no asyncio event loop"):
            client.project("local").kpis().send(None)
        runner.run(client.aclose())


async def test_a_client_that_was_never_closed_is_reported_by_name() -> None:
    client = LoguroClient(TOKEN, base_url="http://127.0.0.1:9", retry=None)
    view = client.with_options(timeout=1.0)
    with pytest.raises(ConnectError):
        await view.project("local").kpis()
    session = client._service.transport._own_session
    assert session is not None
    del view
    gc.collect()
    with pytest.warns(ResourceWarning, match=r"LoguroClient of http://127\.0\.0\.1:9 .*aclose"):
        client._service.transport.__del__()
    await client.aclose()
    client._service.transport.__del__()


def test_a_client_that_sent_nothing_or_failed_to_start_needs_no_end() -> None:
    client = LoguroClient(TOKEN)
    del client
    bad: Any = 7
    with pytest.raises(ConfigurationError):
        LoguroClient(TOKEN, session=bad)
    gc.collect()
