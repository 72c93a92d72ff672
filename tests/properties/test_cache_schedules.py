"""The cache against a model, over schedules that hypothesis makes up, in virtual time.

A schedule is a list of steps: ask, cancel, let time pass, let the service fail or slow down,
invalidate. A ledger notes when each load began and ended; whatever a caller gets must be allowed by
it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

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
from loguro_async.models.responses import Response, received
from loguro_async.pipeline.cache import Cache
from loguro_async.pipeline.cache.state import CacheState
from loguro_async.pipeline.loop_guard import LoopGuard
from loguro_async.pipeline.options import Options
from loguro_async.pipeline.stats import Counters
from loguro_async.request import Query
from loguro_async.runtime import Runtime
from tests.unit.wire import NOW
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from loguro_async.pipeline.call import Call
    from loguro_async.policies import CacheMode

SCHEDULES: Final = 10_000
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
class Ask:
    token: Literal[0, 1]
    slug: Literal["local", "shop"]
    mode: CacheMode
    timeout: float
    background: bool


@dataclass(frozen=True)
class Cancel:
    place: int


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


Step: TypeAlias = Ask | Cancel | Wait | Fail | Take | Invalidate

slugs = st.sampled_from(("local", "shop"))
asks = st.builds(
    Ask,
    token=st.sampled_from((0, 0, 0, 1)),
    slug=slugs,
    mode=st.sampled_from(("default", "default", "default", "reload", "no-store", "only-if-cached")),
    timeout=st.sampled_from((0.5, 3.0, 30.0)),
    background=st.booleans(),
)
steps = st.one_of(
    asks,
    asks,
    st.builds(Cancel, st.integers(0, 5)),
    st.builds(Wait, st.sampled_from((0.0, 0.1, 0.5, 1.0, 5.0, 12.0))),
    st.builds(Fail, st.sampled_from(tuple(FAILURES))),
    st.builds(Take, st.sampled_from((0.0, 0.2, 1.0, 4.0))),
    st.builds(Invalidate, st.none() | slugs),
)


@dataclass(eq=False)
class Load:
    """One load, as the service saw it; ``began`` counts happenings, not seconds."""

    token: bytes
    slug: str
    mode: CacheMode
    began: int
    ended_at: float = float("inf")


@dataclass
class Asked:
    """One call that is under way."""

    ask: Ask
    task: asyncio.Task[Count]
    began: int
    deadline: float
    must_be_after: int
    was_cancelled: bool = False


@dataclass
class Ledger:
    """What happened, in order, and what follows from it."""

    happenings: int = 0
    loads: list[Load] = field(default_factory=list[Load])
    forgotten: dict[tuple[bytes, str], int] = field(default_factory=dict[tuple[bytes, str], int])

    def happens(self) -> int:
        self.happenings += 1
        return self.happenings

    def forget(self, matches: Callable[[bytes, str], bool]) -> None:
        """From now on, nothing that began before is served to who matches."""
        moment = self.happens()
        for token in TOKENS:
            for slug in ("local", "shop"):
                if matches(token, slug):
                    self.forgotten[token, slug] = moment


class World:
    """The stages of two tokens over one store, a service, and a ledger of both."""

    def __init__(self, policy: CachePolicy) -> None:
        loop = asyncio.get_running_loop()
        self.clock = loop.time
        self.policy = policy
        self.ledger = Ledger()
        self.seconds = 0.2
        self.failure = "none"
        self.under_way: list[Load] = []
        self.lookups = 0
        self.asked: list[Asked] = []
        self.errors: list[BaseException] = []
        self.violations: list[AssertionError] = []
        self.counters = Counters()
        chances = iter(range(10**6))
        runtime = Runtime(clock=loop.time, now=lambda: NOW, random=lambda: next(chances) % 10 / 10)
        bounds = CachePolicy(
            max_bytes=10**6, max_entries=policy.max_entries, stale_if_error=WINDOW_SECONDS
        )
        self.states = [CacheState(bounds, loop.time) for _ in TOKENS]
        self.views = [
            [
                Cache(
                    state,
                    Options(30.0, None, policy, max_outage),
                    self._service_for(token),
                    guard=LoopGuard(),
                    runtime=runtime,
                    counters=self.counters,
                    context=lambda: None,
                )
                for max_outage in (None, 300.0)
            ]
            for state, token in zip(self.states, TOKENS, strict=True)
        ]

    def _service_for(self, token: bytes) -> Callable[[Call], Coroutine[Any, Any, Response]]:
        async def load(call: Call) -> Response:
            return await self._load(token, call)

        return load

    async def _load(self, token: bytes, call: Call) -> Response:
        load = Load(token, call.request.slug, call.mode, self.ledger.happens())
        self.ledger.loads.append(load)
        number = len(self.ledger.loads) - 1
        fail = FAILURES[self.failure]
        call.attempts += 1
        self.under_way.append(load)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way.remove(load)
        if fail is not None:
            error = fail()
            if isinstance(error, AuthenticationError):
                self.ledger.forget(lambda other, _slug: other == token)
            elif isinstance(error, ProjectNotFoundError):
                self.ledger.forget(lambda other, slug: (other, slug) == (token, load.slug))
            raise error
        load.ended_at = self.clock()
        answer = Count(number)
        received(answer, raw=b"{}", fetched_at=NOW, shape=Count)
        return answer

    async def take(self, step: Step) -> None:
        match step:
            case Ask():
                self._ask(step)
            case Cancel(place):
                self._cancel(place)
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Fail(how):
                self.failure = how
            case Take(seconds):
                self.seconds = seconds
            case Invalidate(slug):
                self.ledger.forget(lambda _token, other: slug in {None, other})
                for state in self.states:
                    state.drop(slug)
        await settle()
        self._check_loads()

    @property
    def is_refreshing(self) -> bool:
        return any(state.single_flight.refreshes for state in self.states)

    def _check_loads(self) -> None:
        """Nobody's load goes on, and nothing is asked twice at once."""
        if all(asked.task.done() for asked in self.asked) and not self.is_refreshing:
            assert not self.under_way, "a load goes on that nobody waits for"
        for token, slug in {(load.token, load.slug) for load in self.under_way}:
            loads = [
                load
                for load in self.ledger.loads
                if (load.token, load.slug) == (token, slug) and load.mode != "no-store"
            ]
            reloads = [load.began for load in loads if load.mode == "reload"]
            since = max([self.ledger.forgotten.get((token, slug), 0), *reloads])
            current = [load for load in loads if load in self.under_way and load.began >= since]
            assert len(current) <= 1, "two loads of one question at once"

    def _ask(self, ask: Ask) -> None:
        query: Query[Count] = Query(COUNT, ask.slug, range="7d")
        token = TOKENS[ask.token]
        self.lookups += ask.mode in {"default", "only-if-cached"}
        view = self.views[ask.token][ask.background]
        self.asked.append(
            Asked(
                ask,
                asyncio.create_task(view.get(query, ask.mode, ask.timeout)),
                began=self.ledger.happens(),
                deadline=self.clock() + ask.timeout,
                must_be_after=self.ledger.forgotten.get((token, ask.slug), 0),
            )
        )
        self.asked[-1].task.add_done_callback(self._check_time(self.asked[-1]))

    def _check_time(self, asked: Asked) -> Callable[[asyncio.Task[Response]], None]:
        def check(_task: asyncio.Task[Response]) -> None:
            self.check(asked)

        return check

    def _cancel(self, place: int) -> None:
        under_way = [asked for asked in self.asked if not asked.task.done()]
        if place < len(under_way):
            under_way[place].was_cancelled = True
            under_way[place].task.cancel()

    def check(self, asked: Asked) -> None:
        """Whether a call that has just ended got what it may get."""
        now, task = self.clock(), asked.task
        try:
            if not asked.ask.background:
                assert now <= asked.deadline + 1e-6, "ended after its deadline"
            if task.cancelled():
                assert asked.was_cancelled, "a caller who was not cancelled was told it was"
            elif (error := task.exception()) is not None:
                self._check_error(asked, error, now)
            else:
                self._check_answer(asked, task.result(), now)
        except AssertionError as violation:
            self.violations.append(violation)

    def _check_error(self, asked: Asked, error: BaseException, now: float) -> None:
        assert isinstance(error, LoguroError), repr(error)
        assert all(error is not other for other in self.errors), "two callers, one exception"
        self.errors.append(error)
        if isinstance(error, DeadlineExceededError):
            assert now >= asked.deadline - 1e-6, "told too early that it is too late"
        if isinstance(error, CacheMissError):
            assert asked.ask.mode == "only-if-cached"

    def _check_answer(self, asked: Asked, answer: Response, now: float) -> None:
        load = self.ledger.loads[answer.count]
        ask = asked.ask
        assert (load.token, load.slug) == (TOKENS[ask.token], ask.slug), "a foreign answer"
        assert load.began > asked.must_be_after, "an answer from before it was forgotten"
        if ask.mode in {"reload", "no-store"}:
            assert load.began > asked.began, "not asked anew"
            assert not answer.stale
        age = now - load.ended_at
        most = FRESH_SECONDS + (self.policy.stale_window if answer.stale else 0.0)
        assert age <= most + 1e-6, "older than the policy allows"

    async def end(self) -> None:
        for state in self.states:
            await state.single_flight.drain(2.0)
            state.drop(None)
        await settle()
        counters = self.counters
        counted = counters.hits + counters.misses + counters.coalesced
        assert counted <= self.lookups <= counted + counters.stale
        assert all(asked.task.done() for asked in self.asked)
        assert not self.under_way
        for state in self.states:
            assert state.single_flight.get("local", COUNT.name) is None
            assert len(state.store) == 0
            assert not state.store.fast_path(self.policy)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        if self.violations:
            raise self.violations[0]


async def settle() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def run_through(policy: CachePolicy, schedule: list[Step]) -> None:
    world = World(policy)
    for step in schedule:
        await world.take(step)
    await world.end()


@settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(
    # The deadline of a load in its caller's task comes as the client is closed; another joined it.
    policy=POLICIES[0],
    schedule=[
        Take(4.0),
        Ask(0, "shop", "default", 3.0, background=True),
        Wait(1.0),
        Ask(0, "shop", "default", 3.0, background=False),
    ],
)
@given(policy=st.sampled_from(POLICIES), schedule=st.lists(steps, min_size=1, max_size=14))
def test_no_schedule_breaks_a_law(policy: CachePolicy, schedule: list[Step]) -> None:
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(run_through(policy, schedule))
    finally:
        loop.close()
