"""The complete pipeline, in virtual time."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock

import pytest

from loguro_async import BreakerPolicy, Limits, RetryPolicy
from loguro_async.connection import ConnectionOptions
from loguro_async.endpoints import KPIS, TOP_PAGES
from loguro_async.errors import (
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConfigurationError,
    DecodeError,
    InvalidQueryError,
    LoguroError,
    QueryFailedError,
)
from loguro_async.pipeline.service import Service
from loguro_async.request import Query, prepare
from loguro_async.shared.cache_entry import ReadResult
from tests.unit.pipeline.stages import CACHE, a_pipeline, a_service, get_kpis, now, other
from tests.unit.wire import KPIS_REPLY, NOW, Reply, in_loop_time
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from loguro_async.pipeline.cache import CacheStage
    from tests.unit.wire import Wire


@in_virtual_time
async def test_a_response_has_its_body_and_the_time_when_it_was_fetched(wire: Wire) -> None:
    async with a_service() as service:
        kpis = await get_kpis(a_pipeline(service))
    assert kpis.current.visitors == 143
    assert kpis.raw == KPIS_REPLY.body
    assert kpis.fetched_at == NOW
    assert not kpis.stale


@in_virtual_time
async def test_a_transient_failure_is_not_noticed(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500), Reply(429, headers={"Retry-After": "5"}), KPIS_REPLY)
    async with a_service() as service:
        await get_kpis(a_pipeline(service))
        assert now() == pytest.approx(1.0 + 5.125)  # the service's wait, spread out
        assert (service.stats().requests, service.stats().retries) == (3, 2)
        assert service.stats().errors == 0


@in_virtual_time
async def test_an_error_names_the_call_and_the_number_of_attempts(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500))
    async with a_service() as service:
        with pytest.raises(QueryFailedError) as caught:
            await get_kpis(a_pipeline(service))
        assert (caught.value.slug, caught.value.endpoint, caught.value.attempts) == (
            "local",
            "kpis",
            3,
        )
        assert service.stats().errors == 1


@in_virtual_time
async def test_without_a_retry_policy_one_request_is_sent(wire: Wire) -> None:
    wire.respond("/kpis", Reply(500))
    async with a_service() as service:
        with pytest.raises(QueryFailedError) as caught:
            await get_kpis(a_pipeline(service, retry=None))
    assert (len(wire.requests), caught.value.attempts) == (1, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301])
@in_virtual_time
async def test_refusals_are_not_retried(wire: Wire, status: int) -> None:
    wire.respond("/kpis", Reply(status))
    async with a_service() as service:
        with pytest.raises(LoguroError):
            await get_kpis(a_pipeline(service))
    assert len(wire.requests) == 1


@in_virtual_time
async def test_a_body_that_cannot_be_decoded_is_neither_retried_nor_cached(wire: Wire) -> None:
    wire.respond("/kpis", Reply(body=b'{"current": 7}'))
    async with a_service() as service:
        with pytest.raises(DecodeError) as caught:
            await get_kpis(a_pipeline(service))
        assert service.stats().cache_entries == 0
    assert len(wire.requests) == 1
    assert (caught.value.path, caught.value.body) == ("$.current", b'{"current": 7}')
    assert (caught.value.slug, caught.value.endpoint, caught.value.attempts) == ("local", "kpis", 1)


@in_virtual_time
async def test_no_permit_is_held_during_back_off(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY)
    wire.respond("/api/web-events/failing/kpis", Reply(500), KPIS_REPLY)
    async with a_service(Limits(1)) as service:
        pipeline = a_pipeline(service)
        failing = asyncio.ensure_future(get_kpis(pipeline, other("failing")))
        await wire.request_came.wait()
        await get_kpis(pipeline)
        assert now() == 0
        await failing
        assert now() == pytest.approx(1.0)


@in_virtual_time
async def test_a_permit_is_held_until_the_body_is_read(wire: Wire) -> None:
    wire.respond("/kpis", KPIS_REPLY._replace(seconds=1.0))
    async with a_service(Limits(2)) as service:
        pipeline = a_pipeline(service)
        await asyncio.gather(*(get_kpis(pipeline, other(f"site-{number}")) for number in range(6)))
    assert wire.most_in_flight == 2


@pytest.mark.parametrize("mode", ["force-cache", "", None, 7])
@in_virtual_time
async def test_an_unknown_cache_mode_is_refused_with_the_known_ones(wire: Wire, mode: Any) -> None:  # noqa: ANN401
    async with a_service() as service:
        with pytest.raises(InvalidQueryError, match="only-if-cached") as caught:
            await get_kpis(a_pipeline(service), mode=mode)
    assert (caught.value.slug, caught.value.endpoint) == ("local", "kpis")
    assert wire.requests == []


@in_virtual_time
async def test_an_invalid_value_is_refused_before_anything_is_sent_and_counted(wire: Wire) -> None:
    async with a_service() as service:
        query: Query[Any] = Query(TOP_PAGES, "local", range="7d", limit=0)
        with pytest.raises(InvalidQueryError) as caught:
            await a_pipeline(service).get(query, "default", None)
        assert (service.stats().errors, service.stats().requests) == (1, 0)
    assert caught.value.endpoint == "top-pages"
    assert caught.value.attempts is None
    assert wire.requests == []


@in_virtual_time
async def test_views_share_permits_and_responses_and_not_their_policies(wire: Wire) -> None:
    async with a_service() as service:
        await get_kpis(a_pipeline(service))
        await get_kpis(a_pipeline(service, retry=None, timeout=1.0))
        assert (service.stats().requests, service.stats().hits) == (1, 1)
        await get_kpis(a_pipeline(service, cache=None))
        assert service.stats().requests == 2


@in_virtual_time
async def test_a_fresh_response_is_returned_to_an_equal_query_without_parsing_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = Mock(wraps=prepare)
    monkeypatch.setattr("loguro_async.pipeline.cache.stage.prepare", prepared)
    async with a_service() as service:
        cache = a_pipeline(service)
        first = await get_kpis(cache)
        assert await get_kpis(cache) is first
        assert prepared.call_count == 2
        assert await get_kpis(cache) is first
        assert (prepared.call_count, service.stats().hits) == (2, 2)
        assert await get_kpis(cache, timeout=5.0) is first
        assert await get_kpis(cache, mode="reload") is not first
        await get_kpis(cache, other("elsewhere"))
        assert prepared.call_count == 5
        await asyncio.sleep(60)
        await get_kpis(cache)
        assert service.stats().hits == 3


@in_virtual_time
async def test_a_value_that_cannot_be_hashed_is_refused_by_the_check(wire: Wire) -> None:
    query: Query[Any] = Query(KPIS, "local", range=["7d"])
    async with a_service() as service:
        with pytest.raises(InvalidQueryError):
            await a_pipeline(service).get(query, "default", None)
    assert wire.requests == []


@in_virtual_time
async def test_the_fast_path_returns_nothing_after_an_invalidation(wire: Wire) -> None:
    async with a_service() as service:
        cache = a_pipeline(service)
        for _ in range(3):
            await get_kpis(cache)
        await service.invalidate("another")
        await get_kpis(cache)
        assert len(wire.requests) == 1
        await service.invalidate("local")
        await get_kpis(cache)
        assert len(wire.requests) == 2


def test_the_fast_path_returns_nothing_to_another_loop(wire: Wire) -> None:
    async def cached() -> tuple[Service, CacheStage]:
        service = Service(
            "https://logu.ro",
            "pat_kept-to-itself",
            limits=Limits(),
            cache=CACHE,
            retry=RetryPolicy(),
            breaker=BreakerPolicy(),
            hooks=None,
            session=None,
            connection=ConnectionOptions(),
            shared_cache=None,
            runtime=in_loop_time(),
        )
        cache = a_pipeline(service)
        for _ in range(3):
            await get_kpis(cache)
        assert service.stats().hits == 2
        return service, cache

    with asyncio.Runner() as first:
        service, cache = first.run(cached())
        with asyncio.Runner() as second, pytest.raises(ConfigurationError, match="event loop"):
            second.run(get_kpis(cache))
        first.run(service.aclose(0))
        with pytest.raises(ClientClosedError):
            first.run(get_kpis(cache))


@pytest.mark.parametrize(("status", "kind"), [(400, BadRequestError), (401, AuthenticationError)])
@in_virtual_time
async def test_callers_that_waited_together_each_get_an_error_of_their_own(
    wire: Wire, status: int, kind: type[LoguroError]
) -> None:
    wire.respond("/kpis", Reply(status, seconds=1.0))
    async with a_service() as service:
        pipeline = a_pipeline(service)
        results = await asyncio.gather(
            *(get_kpis(pipeline) for _ in range(3)), return_exceptions=True
        )
        assert (service.stats().coalesced, service.stats().errors) == (2, 3)
    assert len(wire.requests) == 1
    assert {type(result) for result in results} == {kind}
    assert len({id(result) for result in results}) == 3


def an_empty_shared_cache() -> Mock:
    """A shared cache that has nothing and always gives the lease."""

    async def read(_place: object, owner: bytes, *_words: object) -> ReadResult:
        return ReadResult(b"", (bytes(16), bytes(16)), owner, 2.0)

    connection = Mock(
        lease_seconds=2.0, max_bytes=1 << 20, invalidate=AsyncMock(), aclose=AsyncMock()
    )
    connection.read = read
    connection.watch = Mock(return_value=nullcontext(Mock()))
    return Mock(connection=Mock(return_value=connection))


@in_virtual_time
async def test_the_shared_cache_gets_responses_for_as_long_as_they_are_fresh(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    async with a_service(shared_cache=cache) as service:
        kpis = await get_kpis(a_pipeline(service))
        assert (kpis.raw, kpis.fetched_at) == (KPIS_REPLY.body, NOW)
        connection = cache.connection()
        connection.store.assert_called_once()
        *_, seconds = connection.store.call_args.args
        assert 0 < seconds <= 60.0
    connection.aclose.assert_awaited_once()


@in_virtual_time
async def test_what_one_process_stored_another_reads_without_a_request(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    async with a_service(shared_cache=cache) as service:
        first = await get_kpis(a_pipeline(service))
    _location, _owner, read_result, sealed, _seconds = cache.connection().store.call_args.args
    cache.connection().read = AsyncMock(
        return_value=ReadResult(sealed, read_result.generations, b"")
    )
    async with a_service(shared_cache=cache) as service:
        again = await get_kpis(a_pipeline(service))
        assert (service.stats().shared_hits, service.stats().requests) == (1, 0)
    assert again == first
    assert (again.raw, again.fetched_at) == (first.raw, first.fetched_at)
    assert len(wire.requests) == 1


@in_virtual_time
async def test_a_view_without_a_cache_stores_nothing_in_the_shared_cache(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    async with a_service(shared_cache=cache) as service:
        await get_kpis(a_pipeline(service, cache=None))
    assert not cache.connection().store.called


@in_virtual_time
async def test_an_invalidation_goes_to_the_shared_cache_as_well(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    async with a_service(shared_cache=cache) as service:
        await service.invalidate("local")
        await service.invalidate(None)
    invalidated = [call.args[0] for call in cache.connection().invalidate.await_args_list]
    assert [project is None for project in invalidated] == [False, True]


@in_virtual_time
async def test_what_another_process_invalidates_is_dropped_here(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    async with a_service(shared_cache=cache) as service:
        await get_kpis(a_pipeline(service))
        assert service.stats().cache_entries == 1
        _scope, listener = cache.connection.call_args.args
        listener.invalidated(b"of another project")
        assert service.stats().cache_entries == 1
        listener.invalidated(None)
        assert service.stats().cache_entries == 0


@in_virtual_time
async def test_after_a_gap_in_messages_an_entry_is_fresh_only_if_it_is_verified(wire: Wire) -> None:
    cache = an_empty_shared_cache()
    generations = cache.connection().generations = AsyncMock(return_value=(bytes(16), bytes(16)))
    async with a_service(shared_cache=cache) as service:
        pipeline = a_pipeline(service)
        _scope, listener = cache.connection.call_args.args
        listener.continued()
        for _ in range(2):
            await get_kpis(pipeline)
        assert not generations.called
        listener.continued()
        for _ in range(2):
            await get_kpis(pipeline)
        assert len(wire.requests) == 1
        generations.assert_awaited_once()
        listener.continued()
        generations.return_value = (bytes(16), b"x" * 16)
        await get_kpis(pipeline)
        assert len(wire.requests) == 2
