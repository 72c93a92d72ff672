from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from loguro_async.endpoints import KPIS, TOP_LOCATIONS, VISITOR
from loguro_async.errors import (
    AuthenticationError,
    DeadlineExceededError,
    ProjectNotFoundError,
    QueryFailedError,
)
from loguro_async.models.responses import Response, received
from loguro_async.pipeline.call import Call, Counters, Surroundings
from loguro_async.pipeline.decode import decode
from loguro_async.pipeline.second_tier import SecondTier
from tests.unit.pipeline.tier_in_memory import (
    EPOCH,
    TTL,
    Process,
    Service,
    Tier,
    TierLink,
    a_call,
    body,
    in_virtual_time,
    now,
    read,
)


@in_virtual_time
async def test_what_one_process_fetched_another_is_given(tier: Tier, service: Service) -> None:
    first, second = Process(tier, service), Process(tier, service)
    assert await first.visitors() == 1
    assert await second.visitors() == 1
    assert service.requests == 1
    assert (first.counters.shared_hits, second.counters.shared_hits) == (0, 1)


@in_virtual_time
async def test_processes_that_ask_at_once_make_one_request(tier: Tier, service: Service) -> None:
    processes = [Process(tier, service) for _ in range(4)]
    service.seconds = 7.0  # longer than a lease, which is renewed meanwhile
    answers = await asyncio.gather(*(process.visitors() for process in processes))
    assert answers == [1, 1, 1, 1]
    assert service.requests == 1


@in_virtual_time
async def test_an_answer_keeps_its_age_and_its_time_of_fetching(
    tier: Tier, service: Service
) -> None:
    await Process(tier, service).visitors()
    await asyncio.sleep(20)
    call = a_call()
    response = await Process(tier, service).stage.load(call)
    assert response.fetched_at == EPOCH + dt.timedelta(seconds=1, milliseconds=1)
    assert call.age == pytest.approx(20.001)


@in_virtual_time
async def test_an_answer_is_not_shared_beyond_its_time(tier: Tier, service: Service) -> None:
    await Process(tier, service).visitors()
    await asyncio.sleep(TTL)
    assert await Process(tier, service).visitors() == 2


@in_virtual_time
async def test_a_reader_with_a_shorter_time_to_live_asks_anew(tier: Tier, service: Service) -> None:
    strict = Process(tier, service)
    strict.ttl = 5.0
    await Process(tier, service).visitors()
    await asyncio.sleep(10)
    assert await strict.visitors() == 2


@in_virtual_time
async def test_an_answer_from_the_future_is_a_miss_but_a_little_skew_is_not(
    tier: Tier, service: Service
) -> None:
    await Process(tier, service).visitors()
    assert await Process(tier, service, skew=-0.5).visitors() == 1
    assert await Process(tier, service, skew=-5.0).visitors() == 2


@in_virtual_time
async def test_law_4_another_token_or_project_is_never_given_the_answer(
    tier: Tier, service: Service
) -> None:
    await Process(tier, service).visitors()
    assert await Process(tier, service, token="pat_b").visitors() == 2
    assert await Process(tier, service).visitors("shop") == 3


@in_virtual_time
async def test_an_envelope_moved_to_another_place_is_a_miss(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    await process.visitors("local")
    vault = process.shared.vault
    (moved,) = tier.entries.values()
    query = a_call("shop").query
    tier.entries[vault.place("shop", query.path, query.meant).entry] = moved
    assert await process.visitors("shop") == 2
    assert await Process(tier, service).visitors("shop") == 2  # mended by the new answer


@in_virtual_time
async def test_a_tampered_envelope_is_a_miss_and_replaced(tier: Tier, service: Service) -> None:
    await Process(tier, service).visitors()
    ((entry, (sealed, until)),) = tier.entries.items()
    tier.entries[entry] = (sealed[:-1] + bytes([sealed[-1] ^ 1]), until)
    several = [Process(tier, service) for _ in range(3)]
    assert await asyncio.gather(*(process.visitors() for process in several)) == [2, 2, 2]


@in_virtual_time
async def test_law_2_a_load_from_before_an_invalidation_is_not_stored(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    loading = asyncio.create_task(first.visitors())
    await asyncio.sleep(0.5)
    await second.shared.forget("local")
    assert await loading == 1
    assert tier.entries == {}
    assert await second.visitors() == 2


@in_virtual_time
async def test_who_asks_after_an_invalidation_does_not_wait_for_the_load_before_it(
    tier: Tier, service: Service
) -> None:
    process = Process(tier, service)
    service.seconds = 10.0
    old = asyncio.create_task(process.visitors())
    await asyncio.sleep(0.5)
    await process.shared.forget("local")
    service.seconds = 1.0
    assert await process.visitors() == 2
    assert not old.done()
    assert await old == 1
    assert await Process(tier, service).visitors() == 2  # the older one has not replaced it


@in_virtual_time
async def test_an_invalidation_reaches_the_other_processes(tier: Tier, service: Service) -> None:
    first, second = Process(tier, service), Process(tier, service)
    await first.shared.forget("local")
    await first.shared.forget(None)
    assert second.forgotten == [["local", "local"], ["local", "local", "shop"]]
    assert first.forgotten == []


@in_virtual_time
async def test_an_error_is_not_shared_and_the_next_process_takes_its_turn(
    tier: Tier, service: Service
) -> None:
    service.failures = [QueryFailedError(500)]
    processes = [Process(tier, service) for _ in range(3)]
    answers = await asyncio.gather(
        *(process.visitors() for process in processes), return_exceptions=True
    )
    assert isinstance(answers[0], QueryFailedError)
    assert answers[1:] == [2, 2]


@in_virtual_time
async def test_the_turn_of_a_dead_process_ends_with_its_lease(tier: Tier, service: Service) -> None:
    dead, living = Process(tier, service), Process(tier, service)
    loading = asyncio.create_task(dead.visitors())
    await asyncio.sleep(0.5)
    await dead.shared.link.aclose()  # from now on it renews and stores nothing
    loading.cancel()
    assert await living.visitors() == 2
    assert 3.0 <= asyncio.get_running_loop().time() < 3.2


@in_virtual_time
async def test_law_1_a_load_that_is_stopped_gives_its_turn_back_at_once(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    leaving = asyncio.create_task(first.visitors())
    staying = asyncio.create_task(second.visitors())
    await asyncio.sleep(0.5)
    leaving.cancel()
    assert await staying == 2
    assert service.stopped == 1
    assert asyncio.get_running_loop().time() < 1.6


@in_virtual_time
async def test_who_is_stopped_while_taking_a_turn_leaves_none_behind(
    tier: Tier, service: Service
) -> None:
    process = Process(tier, service)
    looking = asyncio.create_task(process.visitors())
    await asyncio.sleep(0)
    looking.cancel()
    await asyncio.wait({looking})
    assert tier.leases == {}
    assert service.requests == 0


@in_virtual_time
async def test_law_5_waiting_for_another_process_ends_at_the_deadline(
    tier: Tier, service: Service
) -> None:
    service.seconds = 100.0
    loading = asyncio.create_task(Process(tier, service).visitors())
    await asyncio.sleep(0.5)
    with pytest.raises(DeadlineExceededError):
        await Process(tier, service).visitors(timeout=3.0)
    assert asyncio.get_running_loop().time() == pytest.approx(3.5, abs=0.01)
    loading.cancel()


@in_virtual_time
async def test_a_tier_out_of_reach_costs_nothing_but_the_sharing(
    tier: Tier, service: Service
) -> None:
    tier.is_up = False
    assert await Process(tier, service).visitors() == 1
    assert await Process(tier, service).visitors() == 2
    assert tier.entries == {}


@in_virtual_time
async def test_a_tier_lost_while_waiting_lets_the_caller_load_itself(
    tier: Tier, service: Service
) -> None:
    service.seconds = 100.0
    loading = asyncio.create_task(Process(tier, service).visitors(timeout=200.0))
    await asyncio.sleep(0.5)
    service.seconds = 1.0
    waiting = asyncio.create_task(Process(tier, service).visitors())
    await asyncio.sleep(0.5)
    tier.is_up = False
    assert await waiting == 2
    loading.cancel()


@in_virtual_time
async def test_reload_asks_the_service_and_stores_for_all(tier: Tier, service: Service) -> None:
    first, second = Process(tier, service), Process(tier, service)
    await first.visitors()
    assert await first.visitors(mode="reload") == 2
    assert await second.visitors() == 2


@in_virtual_time
async def test_law_2_a_load_from_before_a_reload_does_not_replace_its_answer(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    service.seconds = 10.0
    old = asyncio.create_task(first.visitors())
    await asyncio.sleep(0.5)
    service.seconds = 1.0
    assert await second.visitors(mode="reload") == 2
    assert await old == 1
    assert await second.visitors() == 2


@in_virtual_time
async def test_no_store_passes_the_tier_by(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    assert await process.visitors(mode="no-store") == 1
    assert tier.entries == {}
    assert await process.visitors() == 2
    assert await process.visitors(mode="no-store") == 3


@in_virtual_time
async def test_what_is_not_kept_is_not_shared(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    process.ttl = 0.0
    await process.visitors()
    assert tier.entries == {}


@in_virtual_time
async def test_a_body_above_the_bound_is_not_stored(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    TierLink.max_bytes, before = 10, TierLink.max_bytes
    try:
        await process.visitors()
    finally:
        TierLink.max_bytes = before
    assert tier.entries == {}
    assert tier.leases == {}


@in_virtual_time
async def test_an_answer_that_does_not_decode_here_is_a_miss(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    call = a_call()
    place = process.shared.vault.place("local", call.query.path, call.query.meant)
    other = a_call()
    odd = SecondTier(
        process.shared,
        lambda _call: _answer_with(b"[]"),
        read=read,
        good_for=lambda _call: TTL,
        surroundings=Surroundings(clock=asyncio.get_running_loop().time, now=now),
        counters=Counters(),
    )
    await odd.load(other)
    assert place.entry in tier.entries
    assert await process.visitors() == 1


async def _answer_with(raw: bytes) -> Response:
    response = decode(KPIS, body(99))
    received(response, raw=raw, fetched_at=now(), shape=KPIS.shape)
    return response


@in_virtual_time
async def test_sensitive_answers_never_leave_the_process(tier: Tier, service: Service) -> None:
    process = Process(tier, service)
    deadline = 30.0
    await process.stage.load(
        Call(TOP_LOCATIONS, TOP_LOCATIONS.query("local", ("7d", None, None, None)), deadline)
    )
    await process.stage.load(Call(VISITOR, VISITOR.query("local", ("01HZ",)), deadline))
    assert tier.entries == {}
    assert tier.leases == {}


@in_virtual_time
async def test_law_4_a_401_purges_all_of_the_token_in_all_processes(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    stranger = Process(tier, service, token="pat_b")
    await first.visitors("shop")
    service.failures = [AuthenticationError(401)]
    with pytest.raises(AuthenticationError):
        await first.visitors("local")
    assert second.forgotten == [["local", "local", "shop"]]
    assert await second.visitors("shop") == 3
    assert stranger.forgotten == []


@in_virtual_time
async def test_law_4_a_404_purges_the_project_in_all_processes(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    service.failures = [ProjectNotFoundError(404)]
    with pytest.raises(ProjectNotFoundError):
        await first.visitors("local", mode="no-store")
    assert second.forgotten == [["local", "local"]]


@in_virtual_time
async def test_law_4_a_visitors_404_purges_nothing_in_other_processes(
    tier: Tier, service: Service
) -> None:
    first, second = Process(tier, service), Process(tier, service)
    service.failures = [ProjectNotFoundError(404)]
    with pytest.raises(ProjectNotFoundError):
        await first.stage.load(Call(VISITOR, VISITOR.query("local", ("01HZ",)), 30.0))
    assert second.forgotten == []
