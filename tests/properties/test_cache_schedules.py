"""The cache against a model, over random schedules, in virtual time.

A schedule is a list of steps: call, cancel, let time pass, let the service fail or slow down,
invalidate. A ledger notes when each load began and ended, and with that decides which responses and
errors a caller may get.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loguro_async import (
    AuthenticationError,
    CacheMissError,
    CachePolicy,
    Count,
    DeadlineExceededError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    TransportError,
)
from loguro_async.endpoints import COUNT
from loguro_async.models.response_base import Response, note_received
from loguro_async.pipeline.cache import CacheStage
from loguro_async.pipeline.cache.memory_level import MemoryLevel
from loguro_async.pipeline.loop_guard import LoopGuard
from loguro_async.pipeline.stats import Counters
from loguro_async.pipeline.view_options import ViewOptions
from loguro_async.request import Query
from loguro_async.runtime import Runtime
from tests.unit.wire import NOW
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.pipeline.call import Call
    from loguro_async.policies import CacheMode

# Many in CI, to find rare schedules; few elsewhere, because a developer waits for them.
SCHEDULES: Final = 10_000 if os.environ.get("CI") else 200
FRESH_SECONDS: Final = 10.0
WINDOW_SECONDS: Final = 20.0
TOKENS: Final = (b"one token", b"another token")
POLICIES: Final = (
    CachePolicy(ttl=FRESH_SECONDS),
    CachePolicy(ttl=FRESH_SECONDS, stale_while_revalidate=WINDOW_SECONDS),
    CachePolicy(ttl=FRESH_SECONDS, stale_if_error=WINDOW_SECONDS, throttle=3.0),
    CachePolicy(ttl=FRESH_SECONDS, stale_if_error=WINDOW_SECONDS, stale_if_slow=0.3),
    CachePolicy(ttl=FRESH_SECONDS, max_entries=1),
)
FAILURES: Final[dict[str, Callable[[], LoguroError] | None]] = {
    "none": None,
    "500": lambda: QueryFailedError(500),
    "401": lambda: AuthenticationError(401),
    "404": lambda: ProjectNotFoundError(404),
    "reset": lambda: TransportError("the connection was reset"),
}


@dataclass(frozen=True)
class Start:
    token: Literal[0, 1]
    slug: Literal["local", "shop"]
    mode: CacheMode
    timeout: float
    background: bool


@dataclass(frozen=True)
class Cancel:
    position: int


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Fail:
    how: str


@dataclass(frozen=True)
class Take:
    seconds: float


@dataclass(frozen=True)
class Invalidate:
    slug: str | None


Step: TypeAlias = Start | Cancel | Wait | Fail | Take | Invalidate

slugs = st.sampled_from(("local", "shop"))
starts = st.builds(
    Start,
    token=st.sampled_from((0, 0, 0, 1)),
    slug=slugs,
    mode=st.sampled_from(("default", "default", "default", "reload", "no-store", "only-if-cached")),
    timeout=st.sampled_from((0.5, 3.0, 30.0)),
    background=st.booleans(),
)
steps = st.one_of(
    starts,
    starts,
    st.builds(Cancel, st.integers(0, 5)),
    st.builds(Wait, st.sampled_from((0.0, 0.1, 0.5, 1.0, 5.0, 12.0))),
    st.builds(Fail, st.sampled_from(tuple(FAILURES))),
    st.builds(Take, st.sampled_from((0.0, 0.2, 1.0, 4.0))),
    st.builds(Invalidate, st.none() | slugs),
)


@dataclass(eq=False)
class Load:
    """One load, as the service saw it; ``began`` is the number of an event, not a time."""

    token: bytes
    slug: str
    mode: CacheMode
    began: int
    ended_at: float = float("inf")


@dataclass
class StartedCall:
    """One call, and when it was started."""

    step: Start
    task: asyncio.Task[Count]
    began: int
    deadline: float
    must_be_after: int
    was_cancelled: bool = False


@dataclass
class Ledger:
    """Notes the events in their order, and what callers may get because of them."""

    events: int = 0
    loads: list[Load] = field(default_factory=list[Load])
    forgotten: dict[tuple[bytes, str], int] = field(default_factory=dict[tuple[bytes, str], int])

    def next_event(self) -> int:
        self.events += 1
        return self.events

    def forget(self, matches: Callable[[bytes, str], bool]) -> None:
        """Notes that from now on nothing that began before may be returned for what matches."""
        moment = self.next_event()
        for token in TOKENS:
            for slug in ("local", "shop"):
                if matches(token, slug):
                    self.forgotten[token, slug] = moment


class World:
    """The caches of two tokens over one store, a service, and a ledger of both."""

    def __init__(self, policy: CachePolicy) -> None:
        loop = asyncio.get_running_loop()
        self.clock = loop.time
        self.policy = policy
        self.ledger = Ledger()
        self.seconds = 0.2
        self.failure = "none"
        self.in_flight: list[Load] = []
        self.lookups = 0
        self.calls: list[StartedCall] = []
        self.errors: list[BaseException] = []
        self.violations: list[AssertionError] = []
        self.counters = Counters()
        numbers = iter(range(10**6))
        runtime = Runtime(clock=loop.time, now=lambda: NOW, random=lambda: next(numbers) % 10 / 10)
        bounds = CachePolicy(
            max_bytes=10**6, max_entries=policy.max_entries, stale_if_error=WINDOW_SECONDS
        )
        self.memory_levels = [MemoryLevel(bounds, loop.time) for _ in TOKENS]
        self.views = [
            [
                CacheStage(
                    memory,
                    ViewOptions(30.0, None, policy, max_outage),
                    self._service_for(token),
                    guard=LoopGuard(),
                    runtime=runtime,
                    counters=self.counters,
                    context=lambda: None,
                )
                for max_outage in (None, 300.0)
            ]
            for memory, token in zip(self.memory_levels, TOKENS, strict=True)
        ]

    def _service_for(self, token: bytes) -> Callable[[Call], Coroutine[Any, Any, Response]]:
        async def load(call: Call) -> Response:
            return await self._load(token, call)

        return load

    async def _load(self, token: bytes, call: Call) -> Response:
        load = Load(token, call.request.slug, call.mode, self.ledger.next_event())
        self.ledger.loads.append(load)
        number = len(self.ledger.loads) - 1
        fail = FAILURES[self.failure]
        call.attempts += 1
        self.in_flight.append(load)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.in_flight.remove(load)
        if fail is not None:
            error = fail()
            if isinstance(error, AuthenticationError):
                self.ledger.forget(lambda other, _slug: other == token)
            elif isinstance(error, ProjectNotFoundError):
                self.ledger.forget(lambda other, slug: (other, slug) == (token, load.slug))
            raise error
        load.ended_at = self.clock()
        response = Count(number)
        note_received(response, raw=b"{}", fetched_at=NOW, shape=Count)
        return response

    async def take(self, step: Step) -> None:
        match step:
            case Start():
                self._start(step)
            case Cancel(position):
                self._cancel(position)
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Fail(how):
                self.failure = how
            case Take(seconds):
                self.seconds = seconds
            case Invalidate(slug):
                self.ledger.forget(lambda _token, other: slug in {None, other})
                for memory in self.memory_levels:
                    memory.drop(slug)
        await pass_the_loop()
        self._check_loads()

    @property
    def is_refreshing(self) -> bool:
        return any(memory.single_flight.refreshes for memory in self.memory_levels)

    def _check_loads(self) -> None:
        """No load without waiters is in progress, and no two loads for one query."""
        if all(call.task.done() for call in self.calls) and not self.is_refreshing:
            assert not self.in_flight, "a load without waiters is in progress"
        for token, slug in {(load.token, load.slug) for load in self.in_flight}:
            loads = [
                load
                for load in self.ledger.loads
                if (load.token, load.slug) == (token, slug) and load.mode != "no-store"
            ]
            reloads = [load.began for load in loads if load.mode == "reload"]
            since = max([self.ledger.forgotten.get((token, slug), 0), *reloads])
            current = [load for load in loads if load in self.in_flight and load.began >= since]
            assert len(current) <= 1, "two loads for one query at once"

    def _start(self, step: Start) -> None:
        query: Query[Count] = Query(COUNT, step.slug, range="7d")
        token = TOKENS[step.token]
        self.lookups += step.mode in {"default", "only-if-cached"}
        view = self.views[step.token][step.background]
        began = self.ledger.next_event()
        must_be_after = self.ledger.forgotten.get((token, step.slug), 0)
        deadline = self.clock() + step.timeout
        task = asyncio.create_task(view.get(query, step.mode, step.timeout))
        self.calls.append(StartedCall(step, task, began, deadline, must_be_after))
        task.add_done_callback(self._check_time(self.calls[-1]))

    def _check_time(self, call: StartedCall) -> Callable[[asyncio.Task[Response]], None]:
        def check(_task: asyncio.Task[Response]) -> None:
            self.check(call)

        return check

    def _cancel(self, position: int) -> None:
        calls = [call for call in self.calls if not call.task.done()]
        if position < len(calls):
            calls[position].was_cancelled = True
            calls[position].task.cancel()

    def check(self, call: StartedCall) -> None:
        """Checks what a call that has just ended got."""
        now, task = self.clock(), call.task
        try:
            if not call.step.background:
                assert now <= call.deadline + 1e-6, "ended after its deadline"
            if task.cancelled():
                assert call.was_cancelled, "a caller that was not cancelled got a cancellation"
            elif (error := task.exception()) is not None:
                self._check_error(call, error, now)
            else:
                self._check_response(call, task.result(), now)
        except AssertionError as violation:
            self.violations.append(violation)

    def _check_error(self, call: StartedCall, error: BaseException, now: float) -> None:
        assert isinstance(error, LoguroError), repr(error)
        assert all(error is not other for other in self.errors), "two callers, one exception"
        self.errors.append(error)
        if isinstance(error, DeadlineExceededError):
            assert now >= call.deadline - 1e-6, "a DeadlineExceededError before the deadline"
        if isinstance(error, CacheMissError):
            assert call.step.mode == "only-if-cached"

    def _check_response(self, call: StartedCall, response: Response, now: float) -> None:
        assert isinstance(response, Count)
        load = self.ledger.loads[response.count]
        step = call.step
        assert (load.token, load.slug) == (TOKENS[step.token], step.slug), (
            "the response of another token or project"
        )
        assert load.began > call.must_be_after, "a response from before an invalidation"
        if step.mode in {"reload", "no-store"}:
            assert load.began > call.began, "no new request"
            assert not response.stale
        age = now - load.ended_at
        most = FRESH_SECONDS + (self.policy.stale_window if response.stale else 0.0)
        assert age <= most + 1e-6, "older than the policy allows"

    async def end(self) -> None:
        for memory in self.memory_levels:
            await memory.single_flight.drain(2.0)
            memory.drop(None)
        await pass_the_loop()
        counters = self.counters
        counted = counters.hits + counters.misses + counters.coalesced
        assert counted <= self.lookups <= counted + counters.stale
        assert all(call.task.done() for call in self.calls)
        assert not self.in_flight
        for memory in self.memory_levels:
            assert memory.single_flight.get("local", COUNT.name) is None
            assert len(memory.store) == 0
            assert not memory.store.fast_path(self.policy)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        if self.violations:
            raise self.violations[0]


async def pass_the_loop() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def run_through(policy: CachePolicy, schedule: list[Step]) -> None:
    world = World(policy)
    for step in schedule:
        await world.take(step)
    await world.end()


@pytest.mark.timeout(300)
@settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(
    # The deadline of a background load comes as the client is closed; another call has joined it.
    policy=POLICIES[0],
    schedule=[
        Take(4.0),
        Start(0, "shop", "default", 3.0, background=True),
        Wait(1.0),
        Start(0, "shop", "default", 3.0, background=False),
    ],
)
@given(policy=st.sampled_from(POLICIES), schedule=st.lists(steps, min_size=1, max_size=14))
def test_no_schedule_breaks_a_law(policy: CachePolicy, schedule: list[Step]) -> None:
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(run_through(policy, schedule))
    finally:
        loop.close()
