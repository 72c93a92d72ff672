"""What must always hold of the cache, law by law, in virtual time."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
from typing import TYPE_CHECKING

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
from loguro_async.models.responses import Response, received
from loguro_async.pipeline.cache import CacheStage, SharedAnswers
from loguro_async.pipeline.cache.store import Store
from loguro_async.pipeline.call import Call
from loguro_async.pipeline.stats import Counters
from loguro_async.runtime import Runtime
from tests.unit.wire import NOW
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from loguro_async.policies import CacheMode
    from tests.unit.wire import Wire

FRESH_SECONDS = 10.0
PLAIN = CachePolicy(ttl=FRESH_SECONDS, jitter=0.0)
CONTEXT: contextvars.ContextVar[str] = contextvars.ContextVar("context", default="empty")


class Scene:
    """A cache stage over a service that takes a second for each answer and counts them."""

    def __init__(self, policy: CachePolicy | None = PLAIN) -> None:
        loop = asyncio.get_running_loop()
        self.loads = 0
        self.under_way = 0
        self.seconds = 1.0
        self.failure: LoguroError | None = None
        self.contexts: list[str] = []
        self.counters = Counters()
        self.runtime = Runtime(clock=loop.time, now=lambda: NOW, random=lambda: 0.0)
        store = Store(max_bytes=10**6, max_entries=1000, clock=loop.time)
        self.shared = SharedAnswers(store, loop.time)
        self.stage = self.stage_of(b"token", policy)

    def stage_of(self, identity: bytes, policy: CachePolicy | None = PLAIN) -> CacheStage:
        return CacheStage(
            policy,
            self.load,
            self.shared,
            origin="https://logu.ro",
            identity=identity,
            runtime=self.runtime,
            counters=self.counters,
        )

    async def load(self, _call: Call) -> Response:
        self.loads += 1
        number = self.loads
        self.contexts.append(CONTEXT.get())
        self.under_way += 1
        failure = self.failure
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        if failure is not None:
            raise failure
        answer = Count(number)
        received(answer, raw=b'{"count":1}', fetched_at=NOW, shape=Count)
        return answer

    async def ask(
        self,
        slug: str = "local",
        *,
        mode: CacheMode = "default",
        timeout: float = 30.0,
        endpoint: Endpoint[Response] = COUNT,  # type: ignore[assignment]
        stage: CacheStage | None = None,
    ) -> Response:
        given: tuple[object, ...] = ("7d", None) if "range" in endpoint.takes else ("visitor",)
        query = endpoint.query(slug, given)
        call = Call(endpoint, query, self.runtime.clock() + timeout, mode)
        return await (stage or self.stage).answer(call, mode, (endpoint, slug, *given))

    async def number(self, slug: str = "local", *, mode: CacheMode = "default") -> int:
        answer = await self.ask(slug, mode=mode)
        assert isinstance(answer, Count)
        return int(answer)

    def assert_nothing_left(self) -> None:
        assert self.under_way == 0
        assert not self.shared.by_key
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# --- one load for all who ask ---------------------------------------------------------------------


@in_virtual_time
async def test_law_1_a_thousand_callers_make_one_load() -> None:
    scene = Scene()
    answers = await asyncio.gather(*(scene.ask() for _ in range(1000)))
    assert scene.loads == 1
    assert all(answer is answers[0] for answer in answers)
    assert (scene.counters.misses, scene.counters.coalesced) == (1, 999)
    scene.assert_nothing_left()


@in_virtual_time
async def test_law_1_any_but_the_last_may_be_cancelled_the_leader_among_them() -> None:
    scene = Scene()
    tasks = [asyncio.create_task(scene.ask()) for _ in range(1000)]
    await settle()
    for task in tasks[:-1]:
        task.cancel()
    assert await tasks[-1] == Count(1)
    assert all(task.cancelled() for task in tasks[:-1])
    assert scene.loads == 1
    scene.assert_nothing_left()


@in_virtual_time
async def test_law_1_the_last_one_leaving_stops_the_load_at_once() -> None:
    scene = Scene()
    tasks = [asyncio.create_task(scene.ask()) for _ in range(10)]
    await settle()
    began = asyncio.get_running_loop().time()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await settle()
    assert asyncio.get_running_loop().time() == began
    assert len(scene.shared.store) == 0
    scene.assert_nothing_left()


@in_virtual_time
async def test_law_1_a_newcomer_while_a_load_is_being_stopped_gets_an_answer() -> None:
    scene = Scene()
    task = asyncio.create_task(scene.ask())
    await settle()
    task.cancel()
    newcomers = [asyncio.create_task(scene.ask()) for _ in range(3)]
    assert list(await asyncio.gather(*newcomers)) == [Count(2)] * 3
    assert task.cancelled()
    scene.assert_nothing_left()


@in_virtual_time
async def test_law_1_a_deadline_ends_that_callers_wait_alone() -> None:
    scene = Scene()
    scene.seconds = 5.0
    hurried = asyncio.create_task(scene.ask(timeout=2.0))
    patient = asyncio.create_task(scene.ask(timeout=20.0))
    with pytest.raises(DeadlineExceededError):
        await hurried
    assert asyncio.get_running_loop().time() == 2.0
    assert await patient == Count(1)
    assert scene.loads == 1


@in_virtual_time
async def test_law_1_a_load_does_not_see_what_its_first_caller_carries() -> None:
    scene = Scene()
    CONTEXT.set("of the first caller")
    await scene.ask()
    assert scene.contexts == ["empty"]


# --- what began before leaves no trace ----------------------------------------------------------


@in_virtual_time
async def test_law_2_a_load_that_began_before_an_invalidation_is_answered_and_not_kept() -> None:
    scene = Scene()
    before = asyncio.create_task(scene.ask())
    await settle()
    scene.shared.forget(lambda key: key.slug == "local")
    after = asyncio.create_task(scene.ask())
    assert list(await asyncio.gather(before, after)) == [Count(1), Count(2)]
    assert await scene.number() == 2


@in_virtual_time
async def test_law_2_an_older_load_does_not_remove_a_newer_ones_answer() -> None:
    scene = Scene()
    scene.seconds = 5.0
    older = asyncio.create_task(scene.ask())
    await settle()
    scene.seconds = 1.0
    assert await scene.number(mode="reload") == 2
    assert await older == Count(1)
    assert await scene.number() == 2


@in_virtual_time
async def test_law_2_an_older_loads_end_does_not_take_a_newer_ones_place() -> None:
    scene = Scene()
    older = asyncio.create_task(scene.ask())
    await settle()
    scene.shared.forget(lambda _key: True)
    scene.seconds = 5.0
    newer = asyncio.create_task(scene.ask())
    assert await older == Count(1)
    joined = asyncio.create_task(scene.ask())
    assert list(await asyncio.gather(newer, joined)) == [Count(2), Count(2)]
    assert scene.loads == 2


@in_virtual_time
async def test_law_2_a_load_that_began_before_a_purge_is_not_kept() -> None:
    scene = Scene()
    scene.seconds = 5.0
    slow = asyncio.create_task(scene.ask())
    await settle()
    scene.seconds, scene.failure = 1.0, AuthenticationError(401)
    with pytest.raises(AuthenticationError):
        await scene.ask("other")
    scene.failure = None
    assert await slow == Count(1)
    assert len(scene.shared.store) == 0


# --- errors --------------------------------------------------------------------------------------


@in_virtual_time
async def test_law_3_errors_are_shared_each_with_an_exception_of_its_own() -> None:
    scene = Scene()
    scene.failure = DecodeError("not what was promised", path="$.count", body=b"?")
    errors = await asyncio.gather(*(scene.ask() for _ in range(10)), return_exceptions=True)
    assert scene.loads == 1
    assert len({id(error) for error in errors}) == 10
    assert {(type(error), str(error)) for error in errors} == {
        (DecodeError, "not what was promised")
    }


@in_virtual_time
async def test_law_3_errors_are_never_kept() -> None:
    scene = Scene()
    scene.failure = QueryFailedError(500)
    with pytest.raises(QueryFailedError):
        await scene.ask()
    scene.failure = None
    assert await scene.number() == 2
    assert await scene.number() == 2


# --- isolation -----------------------------------------------------------------------------------


@in_virtual_time
async def test_law_4_nobody_reads_what_another_token_fetched() -> None:
    scene = Scene()
    other = scene.stage_of(b"another token")
    assert await scene.ask() == Count(1)
    assert await scene.ask(stage=other) == Count(2)
    assert list(await asyncio.gather(scene.ask(), scene.ask(stage=other))) == [Count(1), Count(2)]


@in_virtual_time
async def test_law_4_a_401_purges_all_of_that_tokens_answers_and_no_other_tokens() -> None:
    scene = Scene()
    other = scene.stage_of(b"another token")
    await asyncio.gather(scene.ask("one"), scene.ask("two"), scene.ask("one", stage=other))
    scene.failure = AuthenticationError(401)
    with pytest.raises(AuthenticationError):
        await scene.ask("three")
    scene.failure = None
    for slug in ("one", "two"):
        with pytest.raises(CacheMissError):
            await scene.ask(slug, mode="only-if-cached")
    await scene.ask("one", mode="only-if-cached", stage=other)


@in_virtual_time
async def test_law_4_a_404_purges_that_slugs_answers_alone() -> None:
    scene = Scene()
    await asyncio.gather(scene.ask("one"), scene.ask("two"))
    scene.failure = ProjectNotFoundError(404)
    with pytest.raises(ProjectNotFoundError):
        await scene.ask("one", mode="reload")
    with pytest.raises(CacheMissError):
        await scene.ask("one", mode="only-if-cached")
    await scene.ask("two", mode="only-if-cached")


@pytest.mark.parametrize("endpoint", [VISITOR, VISITOR_SESSIONS], ids=lambda each: each.name)
def test_law_4_a_visitors_404_purges_that_query_alone(endpoint: Endpoint[Response]) -> None:
    @in_virtual_time
    async def visitors_404() -> None:
        scene = Scene()
        await scene.ask()
        await scene.ask(endpoint=endpoint)
        scene.failure = ProjectNotFoundError(404)
        with pytest.raises(ProjectNotFoundError):
            await scene.ask(endpoint=endpoint, mode="reload")
        with pytest.raises(CacheMissError):
            await scene.ask(endpoint=endpoint, mode="only-if-cached")
        await scene.ask(mode="only-if-cached")

    visitors_404()


@pytest.mark.parametrize("refusal", [AuthenticationError(401), ProjectNotFoundError(404)])
def test_law_4_a_refusal_is_never_covered_by_an_old_answer(refusal: LoguroError) -> None:
    @in_virtual_time
    async def refused() -> None:
        scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0))
        await scene.ask()
        await asyncio.sleep(FRESH_SECONDS)
        scene.failure = refusal
        with pytest.raises(type(refusal)):
            await scene.ask()

    refused()


# --- every wait counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["default", "reload", "no-store"])
def test_law_5_every_wait_counts_against_the_callers_deadline(mode: CacheMode) -> None:
    @in_virtual_time
    async def wait() -> None:
        scene = Scene()
        scene.seconds = 100.0
        with pytest.raises(DeadlineExceededError):
            await scene.ask(mode=mode, timeout=3.0)
        assert asyncio.get_running_loop().time() == 3.0
        await settle()
        scene.assert_nothing_left()

    wait()


# --- old answers ---------------------------------------------------------------------------------


@in_virtual_time
async def test_an_answer_is_fresh_for_its_time_and_not_a_moment_longer() -> None:
    scene = Scene()
    assert await scene.number() == 1
    await asyncio.sleep(FRESH_SECONDS - 0.001)
    assert await scene.number() == 1
    await asyncio.sleep(0.001)
    assert await scene.number() == 2
    assert scene.counters.hits == 1


@in_virtual_time
async def test_stale_while_revalidate_answers_at_once_and_fetches_behind() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_while_revalidate=5.0))
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS)
    began = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(scene.ask() for _ in range(10)))
    assert asyncio.get_running_loop().time() == began
    assert {(answer == Count(1), answer.stale) for answer in answers} == {(True, True)}
    await asyncio.sleep(2.0)
    fresh = await scene.ask()
    assert (fresh, fresh.stale, scene.loads) == (Count(2), False, 2)
    scene.assert_nothing_left()


@in_virtual_time
async def test_an_answer_older_than_the_policy_allows_is_not_served() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=5.0))
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS + 5.0)
    scene.failure = QueryFailedError(500)
    with pytest.raises(QueryFailedError):
        await scene.ask()


@in_virtual_time
async def test_an_old_answer_stands_in_for_a_failure_and_says_so() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0))
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    old = await scene.ask()
    assert (old, old.stale, old.raw) == (Count(1), True, b'{"count":1}')
    assert scene.counters.stale == 1


@in_virtual_time
async def test_while_the_service_is_down_a_key_is_tried_once_in_each_throttle_period() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=1000.0, throttle=30.0))
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    for _ in range(100):
        assert (await scene.ask()).stale
        await asyncio.sleep(1.0)
    assert scene.loads == 1 + 4


@in_virtual_time
async def test_a_slow_load_is_answered_with_the_old_answer_while_it_goes_on() -> None:
    scene = Scene(
        CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0, stale_if_slow=0.5)
    )
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS)
    scene.seconds = 3.0
    began = asyncio.get_running_loop().time()
    old = await scene.ask()
    assert (old, old.stale) == (Count(1), True)
    assert asyncio.get_running_loop().time() == began + 0.5
    await asyncio.sleep(3.0)
    assert await scene.number() == 2
    scene.assert_nothing_left()


@in_virtual_time
async def test_an_old_answer_that_was_invalidated_meanwhile_does_not_stand_in() -> None:
    scene = Scene(CachePolicy(ttl=FRESH_SECONDS, jitter=0.0, stale_if_error=100.0))
    await scene.ask()
    await asyncio.sleep(FRESH_SECONDS)
    scene.failure = QueryFailedError(500)
    asking = asyncio.create_task(scene.ask())
    await settle()
    scene.shared.forget(lambda _key: True)
    with pytest.raises(QueryFailedError):
        await asking


@in_virtual_time
async def test_a_time_to_live_that_cannot_be_right_is_told_before_anything_is_asked() -> None:
    scene = Scene(CachePolicy(ttl=lambda _query: -1.0))
    with pytest.raises(ConfigurationError, match=r"CachePolicy\.ttl"):
        await scene.ask()
    assert scene.loads == 0
    scene.assert_nothing_left()


# --- modes ---------------------------------------------------------------------------------------


@in_virtual_time
async def test_reload_asks_the_service_and_stores_the_answer() -> None:
    scene = Scene()
    assert await scene.number() == 1
    assert await scene.number(mode="reload") == 2
    assert await scene.number() == 2


@in_virtual_time
async def test_no_store_neither_reads_nor_stores() -> None:
    scene = Scene()
    assert await scene.number(mode="no-store") == 1
    with pytest.raises(CacheMissError):
        await scene.ask(mode="only-if-cached")
    await scene.ask()
    assert await scene.number(mode="no-store") == 3
    assert await scene.number() == 2


@in_virtual_time
async def test_without_a_policy_nothing_is_kept_or_shared() -> None:
    scene = Scene(None)
    assert list(await asyncio.gather(scene.ask(), scene.ask())) == [Count(1), Count(2)]
    assert await scene.number() == 3
    assert len(scene.shared.store) == 0


# --- the end -------------------------------------------------------------------------------------


@in_virtual_time
async def test_draining_waits_for_loads_and_stops_those_that_take_longer() -> None:
    scene = Scene()
    quick = asyncio.create_task(scene.ask("quick"))
    await settle()
    scene.seconds = 60.0
    slow = asyncio.create_task(scene.ask("slow"))
    await settle()
    await scene.shared.drain(5.0)
    assert asyncio.get_running_loop().time() == 5.0
    assert await quick == Count(1)
    with pytest.raises(LoguroError, match="client was closed"):
        await slow
    assert len(scene.shared.store) == 0
    scene.assert_nothing_left()


DAY_OF_JUNE = Between.day(dt.date(2026, 6, 11))


class Calendar:
    """Clock and date that move together."""

    def __init__(self, moment: dt.datetime) -> None:
        self.seconds = 1000.0
        self.moment = moment

    def go(self, seconds: float) -> None:
        self.seconds += seconds
        self.moment += dt.timedelta(seconds=seconds)

    def runtime(self) -> Runtime:
        return Runtime(clock=lambda: self.seconds, now=lambda: self.moment, random=lambda: 0.0)


async def test_what_was_told_of_a_day_before_its_end_is_not_fresh_after_it(wire: Wire) -> None:
    calendar = Calendar(dt.datetime(2026, 6, 11, 12, tzinfo=dt.UTC))
    cache = CachePolicy(stale_if_error=86_400.0)
    async with LoguroClient("pat_t", cache=cache, _runtime=calendar.runtime()) as client:
        await client.project("local").count(range=DAY_OF_JUNE)
        calendar.go(13 * 3600 + 120)
        await client.project("local").count(range=DAY_OF_JUNE)
        assert len(wire.asked) == 2


async def test_a_look_just_before_the_end_of_a_window_makes_no_answer_last_longer(
    wire: Wire,
) -> None:
    calendar = Calendar(dt.datetime(2026, 6, 12, 0, 59, 30, tzinfo=dt.UTC))
    async with LoguroClient("pat_t", _runtime=calendar.runtime()) as client:
        project = client.project("local")
        for seconds in (0, 40, 6 * 3600):
            calendar.go(seconds)
            await project.count(range=DAY_OF_JUNE)
        assert len(wire.asked) == 2
