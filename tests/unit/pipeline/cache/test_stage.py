"""The promises of the cache, in virtual time."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import (
    AuthenticationError,
    Between,
    CacheMissError,
    CachePolicy,
    ConfigurationError,
    Count,
    DeadlineExceededError,
    DecodeError,
    LoguroClient,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
)
from loguro_async.endpoints import COUNT, VISITOR, VISITOR_SESSIONS, Endpoint
from loguro_async.models.response_base import Response, note_received
from loguro_async.pipeline.cache import CacheStage
from loguro_async.pipeline.cache.memory_level import MemoryLevel
from loguro_async.pipeline.loop_guard import LoopGuard
from loguro_async.pipeline.stats import Counters
from loguro_async.pipeline.view_options import ViewOptions
from loguro_async.request import Query
from loguro_async.runtime import Runtime
from tests.unit.wire import NOW
from tests.virtual_time import EAGER_TASKS, in_virtual_time

if TYPE_CHECKING:
    from loguro_async.pipeline.call import Call
    from loguro_async.policies import CacheMode
    from tests.unit.wire import Wire

FRESH_SECONDS = 10.0
PLAIN = CachePolicy(ttl=FRESH_SECONDS, jitter=0.0)
CONTEXT: contextvars.ContextVar[str] = contextvars.ContextVar("context", default="empty")


class Scene:
    """The cache over a service that takes a second for each response and counts them."""

    def __init__(self, policy: CachePolicy | None = PLAIN) -> None:
        loop = asyncio.get_running_loop()
        self.loads = 0
        self.in_flight = 0
        self.seconds = 1.0
        self.failure: LoguroError | None = None
        self.contexts: list[str] = []
        self.counters = Counters()
        self.guard = LoopGuard()
        self.runtime = Runtime(clock=loop.time, now=lambda: NOW, random=lambda: 0.0)
        self.memory = MemoryLevel(
            CachePolicy(max_bytes=10**6, max_entries=1000, stale_if_error=10_000.0), loop.time
        )
        self.cache = self.view(policy)

    def view(
        self,
        policy: CachePolicy | None = PLAIN,
        *,
        timeout: float = 30.0,
        max_outage: float | None = None,
    ) -> CacheStage:
        return CacheStage(
            self.memory,
            ViewOptions(timeout, None, policy, max_outage),
            self.load,
            guard=self.guard,
            runtime=self.runtime,
            counters=self.counters,
            context=lambda: None,
        )

    async def load(self, _call: Call) -> Response:
        self.loads += 1
        number = self.loads
        self.contexts.append(CONTEXT.get())
        self.in_flight += 1
        failure = self.failure
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.in_flight -= 1
        if failure is not None:
            raise failure
        response = Count(number)
        note_received(response, raw=b'{"count":1}', fetched_at=NOW, shape=Count)
        return response

    async def get(
        self,
        slug: str = "local",
        *,
        mode: CacheMode = "default",
        timeout: float | None = None,
        endpoint: Endpoint[Any] = COUNT,
        view: CacheStage | None = None,
    ) -> Response:
        visitor_id = "visitor" if endpoint.needs_visitor else None
        query: Query[Any] = Query(endpoint, slug, range="7d", visitor_id=visitor_id)
        response: Response = await (view or self.cache).get(query, mode, timeout)
        return response

    async def number(
        self, slug: str = "local", *, mode: CacheMode = "default", view: CacheStage | None = None
    ) -> int:
        response = await self.get(slug, mode=mode, view=view)
        assert isinstance(response, Count)
        return int(response)

    def assert_nothing_left(self) -> None:
        assert self.in_flight == 0
        assert self.memory.single_flight.get("local", "any") is None
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def pass_the_loop() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# --- one load for all callers ---------------------------------------------------------------------


@in_virtual_time
async def test_a_thousand_callers_share_one_load() -> None:
    scene = Scene()
    responses = await asyncio.gather(*(scene.get() for _ in range(1000)))
    assert scene.loads == 1
    assert all(response is responses[0] for response in responses)
    assert (scene.counters.misses, scene.counters.coalesced) == (1, 999)
    scene.assert_nothing_left()


@in_virtual_time
async def test_any_callers_but_the_last_may_be_cancelled_the_first_one_included() -> None:
    scene = Scene()
    tasks = [asyncio.create_task(scene.get()) for _ in range(1000)]
    await pass_the_loop()
    for task in tasks[:-1]:
        task.cancel()
    assert await tasks[-1] == Count(1)
    assert all(task.cancelled() for task in tasks[:-1])
    assert scene.loads == 1
    scene.assert_nothing_left()


@in_virtual_time
async def test_the_last_waiter_leaving_cancels_the_load_at_once() -> None:
    scene = Scene()
    tasks = [asyncio.create_task(scene.get()) for _ in range(10)]
    await pass_the_loop()
    began = asyncio.get_running_loop().time()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await pass_the_loop()
    assert asyncio.get_running_loop().time() == began
    assert len(scene.memory.store) == 0
    scene.assert_nothing_left()


@in_virtual_time
async def test_a_caller_that_comes_while_a_load_is_being_cancelled_gets_a_response() -> None:
    scene = Scene()
    task = asyncio.create_task(scene.get())
    await pass_the_loop()
    task.cancel()
    later = [asyncio.create_task(scene.get()) for _ in range(3)]
    responses = set(await asyncio.gather(*later))
    # Tasks that start eagerly join the load before the cancelled caller has left it.
    assert responses == ({Count(1)} if EAGER_TASKS else {Count(2)})
    assert task.cancelled()
    scene.assert_nothing_left()


@in_virtual_time
async def test_a_deadline_ends_the_wait_of_its_caller_alone() -> None:
    scene = Scene()
    scene.seconds = 5.0
    patient = asyncio.create_task(scene.get(timeout=20.0))
    hurried = asyncio.create_task(scene.get(timeout=2.0))
    with pytest.raises(DeadlineExceededError):
        await hurried
    assert asyncio.get_running_loop().time() == 2.0
    assert await patient == Count(1)
    assert scene.loads == 1


@in_virtual_time
async def test_a_load_does_not_see_context_variables_of_its_first_caller() -> None:
    scene = Scene()
    CONTEXT.set("of the first caller")
    await scene.get()
    assert scene.contexts == ["empty"]


# --- loads that started before an invalidation ----------------------------------------------------


@in_virtual_time
async def test_a_load_that_started_before_an_invalidation_is_returned_and_not_cached() -> None:
    scene = Scene()
    before = asyncio.create_task(scene.get())
    await pass_the_loop()
    scene.memory.drop("local")
    after = asyncio.create_task(scene.get())
    assert list(await asyncio.gather(before, after)) == [Count(1), Count(2)]
    assert await scene.number() == 2


@in_virtual_time
async def test_an_older_load_does_not_replace_the_entry_of_a_newer_one() -> None:
    scene = Scene()
    scene.seconds = 5.0
    older = asyncio.create_task(scene.get())
    await pass_the_loop()
    scene.seconds = 1.0
    assert await scene.number(mode="reload") == 2
    assert await older == Count(1)
    assert await scene.number() == 2


@in_virtual_time
async def test_an_older_load_that_ends_does_not_remove_a_newer_one() -> None:
    scene = Scene()
    older = asyncio.create_task(scene.get())
    await pass_the_loop()
    scene.memory.drop(None)
    scene.seconds = 5.0
    newer = asyncio.create_task(scene.get())
    assert await older == Count(1)
    joined = asyncio.create_task(scene.get())
    assert list(await asyncio.gather(newer, joined)) == [Count(2), Count(2)]
    assert scene.loads == 2


@in_virtual_time
async def test_a_load_that_started_before_a_purge_is_not_cached() -> None:
    scene = Scene()
    scene.seconds = 5.0
    slow = asyncio.create_task(scene.get())
    await pass_the_loop()
    scene.seconds, scene.failure = 1.0, AuthenticationError(401)
    with pytest.raises(AuthenticationError):
        await scene.get("other")
    scene.failure = None
    assert await slow == Count(1)
    assert len(scene.memory.store) == 0


# --- errors --------------------------------------------------------------------------------------


@in_virtual_time
async def test_errors_are_shared_each_caller_with_an_exception_of_its_own() -> None:
    scene = Scene()
    scene.failure = DecodeError("not what was promised", path="$.count", body=b"?")
    errors = await asyncio.gather(*(scene.get() for _ in range(10)), return_exceptions=True)
    assert scene.loads == 1
    assert len({id(error) for error in errors}) == 10
    assert {(type(error), str(error)) for error in errors} == {
        (DecodeError, "count of 'local': not what was promised")
    }


@in_virtual_time
async def test_errors_are_never_cached() -> None:
    scene = Scene()
    scene.failure = QueryFailedError(500)
    with pytest.raises(QueryFailedError):
        await scene.get()
    scene.failure = None
    assert await scene.number() == 2
    assert await scene.number() == 2


# --- isolation -----------------------------------------------------------------------------------


@in_virtual_time
async def test_a_401_drops_everything() -> None:
    scene = Scene()
    await asyncio.gather(scene.get("one"), scene.get("two"))
    scene.failure = AuthenticationError(401)
    with pytest.raises(AuthenticationError):
        await scene.get("three")
    scene.failure = None
    for slug in ("one", "two"):
        with pytest.raises(CacheMissError):
            await scene.get(slug, mode="only-if-cached")


@in_virtual_time
async def test_a_404_drops_the_entries_of_that_project_alone() -> None:
    scene = Scene()
    await asyncio.gather(scene.get("one"), scene.get("two"))
    scene.failure = ProjectNotFoundError(404)
    with pytest.raises(ProjectNotFoundError):
        await scene.get("one", mode="reload")
    with pytest.raises(CacheMissError):
        await scene.get("one", mode="only-if-cached")
    await scene.get("two", mode="only-if-cached")


@pytest.mark.parametrize("endpoint", [VISITOR, VISITOR_SESSIONS], ids=lambda each: each.name)
def test_a_404_of_a_visitor_drops_that_query_alone(endpoint: Endpoint[Response]) -> None:
    @in_virtual_time
    async def visitors_404() -> None:
        scene = Scene()
        await scene.get()
        await scene.get(endpoint=endpoint)
        scene.failure = ProjectNotFoundError(404)
        with pytest.raises(ProjectNotFoundError):
            await scene.get(endpoint=endpoint, mode="reload")
        with pytest.raises(CacheMissError):
            await scene.get(endpoint=endpoint, mode="only-if-cached")
        await scene.get(mode="only-if-cached")

    visitors_404()


@pytest.mark.parametrize("error", [AuthenticationError(401), ProjectNotFoundError(404)])
def test_a_401_or_404_is_never_covered_by_a_stale_response(error: LoguroError) -> None:
    @in_virtual_time
    async def raises() -> None:
        scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0))
        await scene.get()
        await asyncio.sleep(FRESH_SECONDS)
        scene.failure = error
        with pytest.raises(type(error)):
            await scene.get()

    raises()


# --- every wait counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["default", "reload", "no-store"])
def test_every_wait_counts_against_the_deadline_of_the_caller(mode: CacheMode) -> None:
    @in_virtual_time
    async def wait() -> None:
        scene = Scene()
        scene.seconds = 100.0
        with pytest.raises(DeadlineExceededError):
            await scene.get(mode=mode, timeout=3.0)
        assert asyncio.get_running_loop().time() == 3.0
        await pass_the_loop()
        scene.assert_nothing_left()

    wait()


# --- stale responses -----------------------------------------------------------------------------


@in_virtual_time
async def test_a_response_is_fresh_for_its_time_to_live_and_no_longer() -> None:
    scene = Scene()
    assert await scene.number() == 1
    await asyncio.sleep(FRESH_SECONDS - 0.001)
    assert await scene.number() == 1
    await asyncio.sleep(0.001)
    assert await scene.number() == 2
    assert scene.counters.hits == 1


@in_virtual_time
async def test_stale_while_revalidate_returns_at_once_and_refreshes_in_the_background() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_while_revalidate=5.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    began = asyncio.get_running_loop().time()
    responses = await asyncio.gather(*(scene.get() for _ in range(10)))
    assert asyncio.get_running_loop().time() == began
    assert {(response == Count(1), response.stale) for response in responses} == {(True, True)}
    await asyncio.sleep(2.0)
    fresh = await scene.get()
    assert (fresh, fresh.stale, scene.loads) == (Count(2), False, 2)
    scene.assert_nothing_left()


@in_virtual_time
async def test_a_response_older_than_the_policy_allows_is_not_returned() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=5.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS + 5.0)
    scene.failure = QueryFailedError(500)
    with pytest.raises(QueryFailedError):
        await scene.get()


@in_virtual_time
async def test_a_stale_response_covers_a_failure_and_is_marked_stale() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    old = await scene.get()
    assert (old, old.stale, old.raw) == (Count(1), True, b'{"count":1}')
    assert scene.counters.stale == 1


@in_virtual_time
async def test_while_the_service_is_down_a_query_is_sent_once_in_each_throttle_period() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0, throttle=30.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    for _ in range(100):
        assert (await scene.get()).stale
        await asyncio.sleep(1.0)
    assert scene.loads == 1 + 4


@in_virtual_time
async def test_a_stale_response_is_returned_while_a_slow_load_continues() -> None:
    scene = Scene(
        CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0, stale_if_slow=0.5)
    )
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.seconds = 3.0
    began = asyncio.get_running_loop().time()
    old = await scene.get()
    assert (old, old.stale) == (Count(1), True)
    assert asyncio.get_running_loop().time() == began + 0.5
    await asyncio.sleep(3.0)
    assert await scene.number() == 2
    scene.assert_nothing_left()


@in_virtual_time
async def test_a_stale_response_that_was_invalidated_meanwhile_is_not_returned() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    asking = asyncio.create_task(scene.get())
    await pass_the_loop()
    scene.memory.drop(None)
    with pytest.raises(QueryFailedError):
        await asking


@in_virtual_time
async def test_an_invalid_time_to_live_is_refused_before_anything_is_sent() -> None:
    scene = Scene(CachePolicy(ttl=lambda _query: -1.0))
    with pytest.raises(ConfigurationError, match=r"CachePolicy\.ttl"):
        await scene.get()
    assert scene.loads == 0
    scene.assert_nothing_left()


# --- modes ---------------------------------------------------------------------------------------


@in_virtual_time
async def test_reload_sends_a_request_and_stores_the_response() -> None:
    scene = Scene()
    assert await scene.number() == 1
    assert await scene.number(mode="reload") == 2
    assert await scene.number() == 2


@in_virtual_time
async def test_no_store_neither_reads_nor_stores() -> None:
    scene = Scene()
    assert await scene.number(mode="no-store") == 1
    with pytest.raises(CacheMissError):
        await scene.get(mode="only-if-cached")
    await scene.get()
    assert await scene.number(mode="no-store") == 3
    assert await scene.number() == 2


@in_virtual_time
async def test_without_a_policy_nothing_is_cached_or_shared() -> None:
    scene = Scene(None)
    assert list(await asyncio.gather(scene.get(), scene.get())) == [Count(1), Count(2)]
    assert await scene.number() == 3
    assert len(scene.memory.store) == 0


# --- the end -------------------------------------------------------------------------------------


@in_virtual_time
async def test_draining_waits_for_loads_and_cancels_those_that_take_longer() -> None:
    scene = Scene()
    quick = asyncio.create_task(scene.get("quick"))
    await pass_the_loop()
    scene.seconds = 60.0
    slow = asyncio.create_task(scene.get("slow"))
    await pass_the_loop()
    await scene.memory.single_flight.drain(5.0)
    assert asyncio.get_running_loop().time() == 5.0
    assert await quick == Count(1)
    with pytest.raises(LoguroError, match="client was closed"):
        await slow
    scene.assert_nothing_left()


DAY_OF_JUNE = Between.day(dt.date(2026, 6, 11))


class Calendar:
    """A clock and a date that advance by the same time."""

    def __init__(self, moment: dt.datetime) -> None:
        self.seconds = 1000.0
        self.moment = moment

    def go(self, seconds: float) -> None:
        self.seconds += seconds
        self.moment += dt.timedelta(seconds=seconds)

    def runtime(self) -> Runtime:
        return Runtime(clock=lambda: self.seconds, now=lambda: self.moment, random=lambda: 0.0)


async def test_a_response_for_a_day_fetched_before_its_end_is_not_fresh_after_it(
    wire: Wire,
) -> None:
    calendar = Calendar(dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC))
    cache = CachePolicy(stale_if_error=86_400.0)
    async with LoguroClient("pat_t", cache=cache, _runtime=calendar.runtime()) as client:
        await client.project("local").count(range=DAY_OF_JUNE)
        calendar.go(13 * 3600 + 120)
        await client.project("local").count(range=DAY_OF_JUNE)
        assert len(wire.requests) == 2


async def test_a_read_just_before_the_end_of_a_window_does_not_extend_freshness(
    wire: Wire,
) -> None:
    calendar = Calendar(dt.datetime(2026, 6, 12, 0, 59, 30, tzinfo=dt.UTC))
    async with LoguroClient("pat_t", _runtime=calendar.runtime()) as client:
        project = client.project("local")
        for seconds in (0, 40, 6 * 3600):
            calendar.go(seconds)
            await project.count(range=DAY_OF_JUNE)
        assert len(wire.requests) == 2


# --- a load has a life of its own, and it ends ----------------------------------------------------


@in_virtual_time
async def test_a_load_ends_at_the_deadline_it_was_started_with() -> None:
    scene = Scene()
    scene.seconds = 1000.0
    first = asyncio.create_task(scene.get(timeout=2.0))
    await pass_the_loop()
    scene.seconds = 1.0  # what is sent from now on gets a response
    later = asyncio.create_task(scene.get(timeout=10.0))
    with pytest.raises(DeadlineExceededError):
        await first
    assert await later == Count(2)
    assert asyncio.get_running_loop().time() == 3.0
    scene.assert_nothing_left()


@in_virtual_time
async def test_a_hung_request_does_not_block_its_query() -> None:
    scene = Scene()
    scene.cache = scene.view(timeout=1.0)
    scene.seconds = 1000.0
    begun = [asyncio.create_task(scene.get())]
    await pass_the_loop()
    scene.seconds = 0.1
    for _ in range(20):
        await asyncio.sleep(0.2)
        begun.append(asyncio.create_task(scene.get()))
    outcomes = await asyncio.gather(*begun, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "DeadlineExceededError",
        *["Count"] * 20,
    ]


@in_virtual_time
async def test_the_next_load_lasts_as_long_as_any_of_those_who_waited() -> None:
    """Else each would get the moment that one caller has left, and a slow query never ends."""
    scene = Scene()
    scene.seconds = 1000.0
    first = asyncio.create_task(scene.get(timeout=1.0))
    await pass_the_loop()
    scene.seconds = 3.0
    waiting = [asyncio.create_task(scene.get(timeout=1.0 + left)) for left in (0.5, 1.0, 8.0)]
    outcomes = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [isinstance(outcome, DeadlineExceededError) for outcome in outcomes[:3]] == [True] * 3
    assert outcomes[3] == Count(2)
    assert scene.loads == 2


@in_virtual_time
async def test_a_refresh_runs_on_the_timeout_of_the_client() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_while_revalidate=60.0))
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.seconds = 5.0
    assert (await scene.get(timeout=0.1)).stale
    await asyncio.sleep(5.5)
    assert await scene.number() == 2


@in_virtual_time
async def test_a_slow_load_behind_a_stale_response_runs_on_the_timeout_of_the_client() -> None:
    policy = CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0, stale_if_slow=0.1)
    scene = Scene(policy)
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.seconds = 5.0
    assert (await scene.get(timeout=0.2)).stale
    await asyncio.sleep(5.0)
    assert await scene.number() == 2


@in_virtual_time
async def test_a_hung_refresh_ends() -> None:
    policy = CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_while_revalidate=1000.0, throttle=0.0)
    scene = Scene(policy)
    await scene.get()
    await asyncio.sleep(FRESH_SECONDS)
    scene.seconds = 1000.0
    assert (await scene.get()).stale
    await asyncio.sleep(29.0)
    assert scene.in_flight == 1
    await asyncio.sleep(2.0)
    assert scene.in_flight == 0
    scene.seconds = 1.0
    assert (await scene.get()).stale
    await asyncio.sleep(1.5)
    assert await scene.number() == 3


@in_virtual_time
async def test_interactive_calls_do_not_wait_behind_background_work_that_was_not_sent() -> None:
    scene = Scene()
    background = asyncio.create_task(scene.get(view=scene.view(max_outage=300.0)))
    await pass_the_loop()
    assert await scene.number() == 2
    assert await background == Count(1)


@in_virtual_time
async def test_interactive_calls_do_not_wait_behind_background_work_that_waits() -> None:
    scene = Scene()

    async def load(call: Call) -> Response:
        call.attempts += 1
        with call.waiting("the service to be available"):
            await asyncio.sleep(100.0)
        return Count(9)

    view = scene.view(max_outage=300.0)
    view._load = load
    background = asyncio.create_task(scene.get(view=view))
    await pass_the_loop()
    assert await scene.number() == 1
    assert await background == Count(9)


@pytest.mark.parametrize("timeout", [5.0, 30.0])
def test_background_work_outlasts_the_interactive_load_that_it_joined(timeout: float) -> None:
    @in_virtual_time
    async def join() -> None:
        scene = Scene()
        scene.seconds, scene.failure = 4.0, QueryFailedError(503)
        interactive = asyncio.create_task(scene.get())
        await pass_the_loop()
        background = asyncio.create_task(
            scene.get(view=scene.view(timeout=timeout, max_outage=300.0))
        )
        await asyncio.sleep(1.0)
        scene.failure = None
        with pytest.raises(QueryFailedError):
            await interactive
        assert await background == Count(2)

    join()


@in_virtual_time
async def test_the_error_of_a_caller_that_joined_has_its_own_waiting_time() -> None:
    scene = Scene()
    scene.seconds = 100.0
    first = asyncio.create_task(scene.get())
    await asyncio.sleep(11.0)
    with pytest.raises(DeadlineExceededError, match=r"within 1\.0 s, to a call that began 12\.0 s"):
        await scene.get(timeout=1.0)
    first.cancel()


# --- freshness belongs to the reader --------------------------------------------------------------


@pytest.mark.parametrize("ttl", [0.0, 1.0])
def test_no_view_shortens_what_another_may_use(ttl: float) -> None:
    @in_virtual_time
    async def views() -> None:
        scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0))
        strict = scene.view(CachePolicy(ttl=ttl, jitter=0.0))
        await scene.get()
        await asyncio.sleep(2.0)
        assert await scene.number(view=strict) == 2
        assert await scene.number() == 2
        await asyncio.sleep(FRESH_SECONDS)
        scene.failure = QueryFailedError(500)
        assert (await scene.get()).stale

    views()


@in_virtual_time
async def test_the_load_of_a_view_that_never_reads_is_cached_for_those_who_do() -> None:
    scene = Scene()
    never_fresh = scene.view(CachePolicy(ttl=0.0))
    await asyncio.gather(scene.get(view=never_fresh), scene.get())
    assert await scene.number() == 1
    assert scene.loads == 1


@in_virtual_time
async def test_only_if_cached_sends_nothing_whatever_the_policy() -> None:
    scene = Scene()
    for view in (scene.cache, scene.view(None), scene.view(CachePolicy(ttl=0.0))):
        with pytest.raises(CacheMissError):
            await scene.get(mode="only-if-cached", view=view)
    assert scene.loads == 0


@in_virtual_time
async def test_views_with_one_policy_share_the_fast_path() -> None:
    scene = Scene()
    await scene.get()
    await scene.get()
    query: Query[Any] = Query(COUNT, "local", range="7d")
    assert query in scene.memory.store.fast_path(scene.view(PLAIN, timeout=5.0)._options.cache)


@in_virtual_time
async def test_entries_of_an_earlier_epoch_are_stale_copies_and_not_fresh() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0))
    await scene.get()
    await scene.get()
    scene.memory.store.epoch += 1
    scene.failure = QueryFailedError(500)
    old = await scene.get()
    assert (old, old.stale) == (Count(1), True)
    scene.failure = None
    await asyncio.sleep(5.0)
    assert await scene.number() == 3
    assert scene.counters.hits == 1
