"""A discrete-event simulation of a client and a service of limited capacity, in virtual time."""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

MEAN_SECONDS: Final = 0.2
NETWORK_SECONDS: Final = 0.005
MAX_ATTEMPTS: Final = 3
INITIAL_BACKOFF: Final = 0.25


class Limit(Protocol):
    """Decides the maximum of concurrent attempts."""

    @property
    def limit(self) -> int: ...

    def started(self) -> float: ...
    def succeeded(self, began: float) -> None: ...
    def overloaded(self, began: float) -> None: ...


class FixedLimit:
    """A limit that never changes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def started(self) -> float:
        return 0.0

    def succeeded(self, began: float) -> None:
        pass

    def overloaded(self, began: float) -> None:
        pass


# Each has a mean of 1. The last two have tails of which single values are 20 means and more.
SERVICE_TIMES: Final[dict[str, Callable[[random.Random], float]]] = {
    "constant": lambda _: 1.0,
    "exponential": lambda rng: rng.expovariate(1.0),
    "lognormal": lambda rng: math.exp(rng.gauss(-0.72, 1.2)),
    "pareto": lambda rng: rng.paretovariate(1.5) / 3,
}


@dataclass(frozen=True)
class Model:
    """A service.

    Args:
        workers: Requests that it works on at once.
        times: The distribution of its service times, of `SERVICE_TIMES`.
        refuses: Whether it responds to requests beyond these with 429, or else queues them.
        mean: The mean of its service times, in seconds.
        latency: Seconds that are added to each response and do not occupy a worker.
        hanging: The share of requests that never get a response.
        attempt_timeout: Seconds after which the client gives such an attempt up.
    """

    workers: int
    times: str = "constant"
    refuses: bool = False
    mean: float = MEAN_SECONDS
    latency: float = NETWORK_SECONDS
    hanging: float = 0.0
    attempt_timeout: float = 2.0

    @property
    def seconds(self) -> float:
        """The mean latency of a request that does not queue."""
        return self.mean + self.latency


Change: TypeAlias = tuple[float, Model]
"""When a service becomes another one, and which."""


@dataclass
class Outcome:
    """The result of a simulated run."""

    seconds: float = 0.0
    succeeded: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list[float])
    limits: list[int] = field(default_factory=list[int])

    @property
    def throughput(self) -> float:
        """Successes per second."""
        return self.succeeded / self.seconds

    @property
    def settled_latency(self) -> float:
        """The mean latency in the last quarter, in seconds."""
        settled = self.latencies[len(self.latencies) * 3 // 4 :]
        return sum(settled) / len(settled)


def simulate(
    make_limit: Callable[[Callable[[], float]], Limit],
    model: Model,
    *,
    requests: int,
    seed: int,
    rate: float | None = None,
    change: Change | None = None,
) -> Outcome:
    """Sends requests through a limit to a service until each succeeded or failed.

    Args:
        make_limit: Makes the limit from a clock.
        model: The service.
        requests: How many there are.
        seed: Of all that is random. Two runs draw the same service times.
        rate: Requests that arrive in a second, at random; all at once by default.
        change: When the service becomes another one, and which.
    """
    return _Simulation(make_limit, model, requests, seed, rate, change).run()


class _Simulation:
    def __init__(
        self,
        make_limit: Callable[[Callable[[], float]], Limit],
        model: Model,
        requests: int,
        seed: int,
        rate: float | None,
        change: Change | None,
    ) -> None:
        self.now = 0.0
        self.model = model
        self.limit = make_limit(lambda: self.now)
        self.outcome = Outcome()
        self.rng = random.Random(seed)  # noqa: S311 - a simulation
        self.service_chance = random.Random(seed + 1_000)  # noqa: S311 - a simulation
        self.events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.scheduled = 0
        self.waiting: deque[int] = deque()  # the numbers of their next attempts
        self.queue: deque[tuple[int, float, float]] = deque()
        self.in_flight = self.busy = 0
        if change:
            self.at(change[0], self.change_to, change[1])
        if rate is None:
            self.waiting.extend([1] * requests)
        else:
            moment = 0.0
            for _ in range(requests):
                moment += self.rng.expovariate(rate)
                self.at(moment, self.waiting.append, 1)

    def at(self, moment: float, do: Callable[..., None], *args: object) -> None:
        self.scheduled += 1
        heapq.heappush(self.events, (self.now + moment, self.scheduled, do, args))

    def run(self) -> Outcome:
        self.send()
        while self.events:
            self.now, _, do, args = heapq.heappop(self.events)
            do(*args)
            self.send()
            if not (self.waiting or self.in_flight):
                self.outcome.seconds = self.now
        return self.outcome

    def send(self) -> None:
        while self.waiting and self.in_flight < self.limit.limit:
            self.in_flight += 1
            attempt = (self.waiting.popleft(), self.now, self.limit.started())
            if self.model.hanging and self.rng.random() < self.model.hanging:
                self.at(self.model.attempt_timeout, self.fail, attempt)
            elif self.busy < self.model.workers:
                self.busy += 1
                self.serve(attempt)
            elif self.model.refuses:
                self.at(NETWORK_SECONDS, self.fail, attempt)
            else:
                self.queue.append(attempt)

    def serve(self, attempt: tuple[int, float, float]) -> None:
        seconds = self.model.mean * SERVICE_TIMES[self.model.times](self.service_chance)
        self.at(seconds + self.model.latency, self.respond, attempt)

    def respond(self, attempt: tuple[int, float, float]) -> None:
        if self.queue and self.busy <= self.model.workers:
            self.serve(self.queue.popleft())
        else:
            self.busy -= 1
        self.in_flight -= 1
        self.limit.succeeded(attempt[2])
        self.outcome.succeeded += 1
        self.outcome.latencies.append(self.now - attempt[1])
        self.outcome.limits.append(self.limit.limit)

    def fail(self, attempt: tuple[int, float, float]) -> None:
        self.in_flight -= 1
        self.limit.overloaded(attempt[2])
        self.outcome.limits.append(self.limit.limit)
        number = attempt[0]
        if number == MAX_ATTEMPTS:
            self.outcome.failed += 1
        else:
            back_off = self.rng.uniform(0, INITIAL_BACKOFF * 2 ** (number - 1))
            self.at(back_off, self.waiting.appendleft, number + 1)

    def change_to(self, model: Model) -> None:
        self.model = model
        while self.queue and self.busy < model.workers:
            self.busy += 1
            self.serve(self.queue.popleft())
