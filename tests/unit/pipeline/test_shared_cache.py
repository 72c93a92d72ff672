from __future__ import annotations

import asyncio
import datetime as dt
from typing import cast

import pytest

from loguro_async.endpoints import KPIS, TOP_LOCATIONS, VISITOR
from loguro_async.errors import (
    AuthenticationError,
    CircuitOpenError,
    ConnectError,
    DeadlineExceededError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    TransportError,
)
from loguro_async.models.response_base import Response, note_raw
from loguro_async.pipeline.decode import response_of
from loguro_async.pipeline.shared_cache import SharedCacheStage
from loguro_async.pipeline.stats import Counters
from loguro_async.request import Query
from loguro_async.runtime import Runtime
from tests.unit.pipeline.shared_cache_in_memory import (
    EPOCH,
    TTL,
    ConnectionInMemory,
    Process,
    Service,
    SharedCacheInMemory,
    a_call,
    body,
    call_of,
    in_virtual_time,
    now,
    read,
)


@in_virtual_time
async def test_a_response_of_one_process_is_returned_by_another(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    assert await first.visitors() == 1
    assert await second.visitors() == 1
    assert service.requests == 1
    assert (first.counters.shared_hits, second.counters.shared_hits) == (0, 1)


@in_virtual_time
async def test_concurrent_calls_of_processes_make_one_request(
    cache: SharedCacheInMemory, service: Service
) -> None:
    processes = [Process(cache, service) for _ in range(4)]
    service.seconds = 7.0  # longer than a lease, which is renewed meanwhile
    answers = await asyncio.gather(*(process.visitors() for process in processes))
    assert answers == [1, 1, 1, 1]
    assert service.requests == 1


@in_virtual_time
async def test_a_shared_response_has_its_age_and_its_fetch_time(
    cache: SharedCacheInMemory, service: Service
) -> None:
    await Process(cache, service).visitors()
    await asyncio.sleep(20)
    call = a_call()
    response = await Process(cache, service).stage.load(call)
    assert response.fetched_at == EPOCH + dt.timedelta(seconds=1, milliseconds=1)
    assert call.age == pytest.approx(20.001)


@in_virtual_time
async def test_a_response_is_not_shared_beyond_its_time(
    cache: SharedCacheInMemory, service: Service
) -> None:
    await Process(cache, service).visitors()
    await asyncio.sleep(TTL)
    assert await Process(cache, service).visitors() == 2


@in_virtual_time
async def test_a_reader_with_a_shorter_time_to_live_sends_a_request(
    cache: SharedCacheInMemory, service: Service
) -> None:
    strict = Process(cache, service)
    strict.ttl = 5.0
    await Process(cache, service).visitors()
    await asyncio.sleep(10)
    assert await strict.visitors() == 2


@in_virtual_time
async def test_a_response_from_the_future_is_a_miss_but_a_little_skew_is_not(
    cache: SharedCacheInMemory, service: Service
) -> None:
    await Process(cache, service).visitors()
    assert await Process(cache, service, skew=-0.5).visitors() == 1
    assert await Process(cache, service, skew=-5.0).visitors() == 2


@in_virtual_time
async def test_law_4_another_token_or_project_never_gets_the_response(
    cache: SharedCacheInMemory, service: Service
) -> None:
    await Process(cache, service).visitors()
    assert await Process(cache, service, token="pat_b").visitors() == 2
    assert await Process(cache, service).visitors("shop") == 3


@in_virtual_time
async def test_an_envelope_moved_to_another_location_is_a_miss(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    await process.visitors("local")
    cipher = process.shared.cipher
    (moved,) = cache.entries.values()
    request = a_call("shop").request
    cache.entries[cipher.location("shop", request.path, request.canonical).entry] = moved
    assert await process.visitors("shop") == 2
    assert await Process(cache, service).visitors("shop") == 2  # replaced by the new one


@in_virtual_time
async def test_a_tampered_envelope_is_a_miss_and_replaced(
    cache: SharedCacheInMemory, service: Service
) -> None:
    await Process(cache, service).visitors()
    ((entry, (sealed, until)),) = cache.entries.items()
    cache.entries[entry] = (sealed[:-1] + bytes([sealed[-1] ^ 1]), until)
    several = [Process(cache, service) for _ in range(3)]
    assert await asyncio.gather(*(process.visitors() for process in several)) == [2, 2, 2]


@in_virtual_time
async def test_law_2_a_load_from_before_an_invalidation_is_not_stored(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    loading = asyncio.create_task(first.visitors())
    await asyncio.sleep(0.5)
    await second.shared.invalidate("local")
    assert await loading == 1
    assert cache.entries == {}
    assert await second.visitors() == 2


@in_virtual_time
async def test_a_call_after_an_invalidation_does_not_wait_for_the_load_before_it(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    service.seconds = 10.0
    old = asyncio.create_task(process.visitors())
    await asyncio.sleep(0.5)
    await process.shared.invalidate("local")
    service.seconds = 1.0
    assert await process.visitors() == 2
    assert not old.done()
    assert await old == 1
    assert await Process(cache, service).visitors() == 2  # the older one has not replaced it


@in_virtual_time
async def test_an_invalidation_reaches_the_other_processes(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    await second.visitors("local")
    await first.shared.invalidate("local")
    await first.shared.invalidate("never-asked-for-there")
    await first.shared.invalidate(None)
    assert second.dropped == ["local", None]
    assert first.dropped == []


@in_virtual_time
async def test_an_invalidation_is_heard_while_the_response_is_on_its_way(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    await first.visitors()
    reading = asyncio.create_task(second.visitors())
    await asyncio.sleep(0)
    await first.shared.invalidate("local")
    await reading
    assert second.dropped == ["local"]


@in_virtual_time
async def test_a_failure_is_shared_with_waiting_processes_and_no_later_caller(
    cache: SharedCacheInMemory, service: Service
) -> None:
    service.failures = [QueryFailedError(500, reason="down", request_id="r1")]
    processes = [Process(cache, service) for _ in range(12)]
    outcomes = await asyncio.gather(
        *(process.visitors() for process in processes), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {QueryFailedError}
    assert {str(outcome) for outcome in outcomes} == {str(outcomes[0])}
    assert {outcome.request_id for outcome in cast("list[QueryFailedError]", outcomes)} == {"r1"}
    assert service.requests == 1
    assert asyncio.get_running_loop().time() < 1.1
    assert await processes[0].visitors() == 2


@pytest.mark.parametrize("failure", [ConnectError("refused"), TransportError("reset")])
def test_a_failed_connection_lets_the_others_try_at_once(failure: LoguroError) -> None:
    @in_virtual_time
    async def story(cache: SharedCacheInMemory, service: Service) -> None:
        service.failures = [failure]
        processes = [Process(cache, service) for _ in range(12)]
        outcomes = await asyncio.gather(
            *(process.visitors() for process in processes), return_exceptions=True
        )
        assert isinstance(outcomes[0], type(failure))
        assert all(isinstance(outcome, int) for outcome in outcomes[1:])
        assert asyncio.get_running_loop().time() < 2.1

    story()


@pytest.mark.parametrize(
    "failure", [DeadlineExceededError("late"), CircuitOpenError("open", retry_after=1.0)]
)
def test_a_local_failure_lets_another_process_load(failure: LoguroError) -> None:
    @in_virtual_time
    async def story(cache: SharedCacheInMemory, service: Service) -> None:
        service.failures = [failure]
        processes = [Process(cache, service) for _ in range(3)]
        outcomes = await asyncio.gather(
            *(process.visitors() for process in processes), return_exceptions=True
        )
        assert isinstance(outcomes[0], type(failure))
        assert outcomes[1:] == [2, 2]

    story()


@in_virtual_time
async def test_a_lease_ends_with_the_deadline_that_its_load_began_with(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    service.seconds = 100.0
    call = a_call(timeout=5.0)
    hung = asyncio.create_task(first.stage.load(call))
    await asyncio.sleep(0.5)
    call.deadline.pause()  # a call that is patient must not prolong it
    service.seconds = 1.0
    assert await second.visitors() == 2
    assert 6.0 <= asyncio.get_running_loop().time() < 8.1
    hung.cancel()


@in_virtual_time
async def test_a_401_elsewhere_is_passed_on_by_the_process_that_met_it_alone(
    cache: SharedCacheInMemory, service: Service
) -> None:
    service.failures = [AuthenticationError(401)]
    processes = [Process(cache, service) for _ in range(4)]
    await asyncio.gather(*(process.visitors() for process in processes), return_exceptions=True)
    assert [process.dropped for process in processes] == [[], [None], [None], [None]]


@in_virtual_time
async def test_a_call_learns_the_epoch_in_which_its_load_began(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    process.shared.coherence.continued()
    call = a_call()
    loading = asyncio.create_task(process.stage.load(call))
    await asyncio.sleep(0.5)
    process.shared.coherence.continued()
    await loading
    assert (call.epoch, process.shared.coherence.epoch) == (1, 2)
    found = a_call()
    await process.stage.load(found)
    assert found.epoch == 2


@in_virtual_time
async def test_entries_of_sensitive_endpoints_can_be_verified_as_well(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process, other = Process(cache, service), Process(cache, service)
    process.shared.coherence.continued()
    call = call_of(Query(TOP_LOCATIONS, "local", range="7d"))
    await process.stage.load(call)
    process.shared.coherence.continued()
    assert await process.shared.coherence.is_valid("local", call.epoch)
    await other.shared.invalidate("local")
    assert process.dropped == ["local"]


@in_virtual_time
async def test_the_lease_of_a_dead_process_ends_with_its_lease(
    cache: SharedCacheInMemory, service: Service
) -> None:
    dead, living = Process(cache, service), Process(cache, service)
    loading = asyncio.create_task(dead.visitors())
    await asyncio.sleep(0.5)
    await dead.shared.connection.aclose()  # from now on it renews and stores nothing
    loading.cancel()
    assert await living.visitors() == 2
    assert 3.0 <= asyncio.get_running_loop().time() < 3.2


@in_virtual_time
async def test_law_1_a_load_that_is_stopped_gives_its_lease_back_at_once(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    leaving = asyncio.create_task(first.visitors())
    staying = asyncio.create_task(second.visitors())
    await asyncio.sleep(0.5)
    leaving.cancel()
    assert await staying == 2
    assert service.stopped == 1
    assert asyncio.get_running_loop().time() < 1.6


@in_virtual_time
async def test_who_is_stopped_while_taking_a_lease_leaves_none_behind(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    looking = asyncio.create_task(process.visitors())
    await asyncio.sleep(0)
    looking.cancel()
    await asyncio.wait({looking})
    assert cache.leases == {}
    assert service.requests == 0


@in_virtual_time
async def test_law_5_waiting_for_another_process_ends_at_the_deadline(
    cache: SharedCacheInMemory, service: Service
) -> None:
    service.seconds = 100.0
    loading = asyncio.create_task(Process(cache, service).visitors())
    await asyncio.sleep(0.5)
    with pytest.raises(DeadlineExceededError):
        await Process(cache, service).visitors(timeout=3.0)
    assert asyncio.get_running_loop().time() == pytest.approx(3.5, abs=0.01)
    loading.cancel()


@in_virtual_time
async def test_a_shared_cache_that_is_down_costs_nothing_but_the_sharing(
    cache: SharedCacheInMemory, service: Service
) -> None:
    cache.is_up = False
    assert await Process(cache, service).visitors() == 1
    assert await Process(cache, service).visitors() == 2
    assert cache.entries == {}


@in_virtual_time
async def test_a_shared_cache_lost_while_waiting_lets_the_caller_load_itself(
    cache: SharedCacheInMemory, service: Service
) -> None:
    service.seconds = 100.0
    loading = asyncio.create_task(Process(cache, service).visitors(timeout=200.0))
    await asyncio.sleep(0.5)
    service.seconds = 1.0
    waiting = asyncio.create_task(Process(cache, service).visitors())
    await asyncio.sleep(0.5)
    cache.is_up = False
    assert await waiting == 2
    loading.cancel()


@in_virtual_time
async def test_reload_sends_a_request_and_stores_for_all(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    await first.visitors()
    assert await first.visitors(mode="reload") == 2
    assert await second.visitors() == 2


@in_virtual_time
async def test_law_2_a_load_from_before_a_reload_does_not_replace_its_response(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    service.seconds = 10.0
    old = asyncio.create_task(first.visitors())
    await asyncio.sleep(0.5)
    service.seconds = 1.0
    assert await second.visitors(mode="reload") == 2
    assert await old == 1
    assert await second.visitors() == 2


@in_virtual_time
async def test_no_store_passes_the_shared_cache_by(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    assert await process.visitors(mode="no-store") == 1
    assert cache.entries == {}
    assert await process.visitors() == 2
    assert await process.visitors(mode="no-store") == 3


@in_virtual_time
async def test_a_response_that_is_not_cached_is_not_shared(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    process.ttl = 0.0
    await process.visitors()
    assert cache.entries == {}


@in_virtual_time
async def test_a_body_above_the_bound_is_not_stored(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    ConnectionInMemory.max_bytes, before = 10, ConnectionInMemory.max_bytes
    try:
        await process.visitors()
    finally:
        ConnectionInMemory.max_bytes = before
    assert cache.entries == {}
    assert cache.leases == {}


@in_virtual_time
async def test_a_response_that_does_not_decode_here_is_a_miss(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    call = a_call()
    location = process.shared.cipher.location("local", call.request.path, call.request.canonical)
    other = a_call()
    odd = SharedCacheStage(
        process.shared,
        lambda _call: _response_with(b"[]"),
        decode=read,
        time_to_live=lambda _call: TTL,
        runtime=Runtime(clock=asyncio.get_running_loop().time, now=now),
        counters=Counters(),
    )
    await odd.load(other)
    assert location.entry in cache.entries
    assert await process.visitors() == 1


async def _response_with(raw: bytes) -> Response:
    response = response_of(KPIS, body(99), now())
    note_raw(response, raw)
    return response


@in_virtual_time
async def test_sensitive_responses_never_leave_the_process(
    cache: SharedCacheInMemory, service: Service
) -> None:
    process = Process(cache, service)
    await process.stage.load(call_of(Query(TOP_LOCATIONS, "local", range="7d")))
    await process.stage.load(call_of(Query(VISITOR, "local", visitor_id="01HZ")))
    assert cache.entries == {}
    assert cache.leases == {}


@in_virtual_time
async def test_law_4_a_401_purges_all_of_the_token_in_all_processes(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    stranger = Process(cache, service, token="pat_b")
    await first.visitors("shop")
    service.failures = [AuthenticationError(401)]
    with pytest.raises(AuthenticationError):
        await first.visitors("local")
    assert second.dropped == [None]
    assert await second.visitors("shop") == 3
    assert stranger.dropped == []


@in_virtual_time
async def test_law_4_a_404_purges_the_project_in_all_processes(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    await second.visitors("local")
    await second.visitors("shop")
    service.failures = [ProjectNotFoundError(404)]
    with pytest.raises(ProjectNotFoundError):
        await first.visitors("local", mode="no-store")
    assert second.dropped == ["local"]


@in_virtual_time
async def test_law_4_a_visitors_404_purges_nothing_in_other_processes(
    cache: SharedCacheInMemory, service: Service
) -> None:
    first, second = Process(cache, service), Process(cache, service)
    service.failures = [ProjectNotFoundError(404)]
    with pytest.raises(ProjectNotFoundError):
        await first.stage.load(call_of(Query(VISITOR, "local", visitor_id="01HZ")))
    assert second.dropped == []
