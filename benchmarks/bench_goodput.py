"""Goodput: the share of what a limited service can do that a fan-out over many projects gets.

Beside this package with default options (but where said): aiohttp with tenacity as people write
it, with a semaphore, three attempts and an exponential back-off.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp
import tenacity

from benchmarks.limited_server import Capacity, serving
from benchmarks.tables import Table
from loguro_async import Limits, LoguroClient, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

OURS = "this package"
PEER = "aiohttp and tenacity"
HEADERS = {"Authorization": "Bearer pat_made-up"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A service of known capacity, and the number of projects to query.

    Args:
        title: What the row says.
        capacity: Of the service.
        projects: How many; each needs one request.
        ideal: Seconds that a client needs which wastes nothing.
        options: Makes the client's options, beside the defaults.
        timeout: Seconds for one call, or for one request of the peer.
        at_once: Permits of the peer's semaphore.
        rate: Requests in a second that the peer sends at the most.
    """

    title: str
    capacity: Capacity
    projects: int
    ideal: float
    options: Callable[[], dict[str, Any]] = dict
    timeout: float = 30.0
    at_once: int = 64
    rate: float | None = None

    @property
    def patience(self) -> float:
        """Seconds after which a run is stopped."""
        return 4 * self.ideal + 15


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run."""

    succeeded: int
    failed: int
    seconds: float

    def goodput(self, scenario: Scenario) -> float:
        """The share of what the service could do that became successes.

        A run that gives up early gets no better share for that.
        """
        seconds = max(self.seconds, scenario.ideal)
        return (self.succeeded / seconds) / (scenario.projects / scenario.ideal)

    def note(self, scenario: Scenario) -> str:
        """The run in words."""
        stopped = scenario.projects - self.succeeded - self.failed
        return (
            f"{self.succeeded:,} of {scenario.projects:,} in {self.seconds:.1f} s"
            f" (ideal: {scenario.ideal:.1f} s), {self.failed:,} failed"
            + (f", {stopped:,} had no result when it was stopped" if stopped else "")
        )


# 40 requests in a second; and 800, with a pause in the middle.
QUEUE = Capacity(seconds=0.2, workers=8)
AWAY = Capacity(seconds=0.01, workers=8, away_after=2_500, away_seconds=3.0)
SCENARIOS = (
    Scenario(
        title="responses after 1 s, Limits(8)",
        capacity=Capacity(seconds=1.0),
        projects=120,
        ideal=120 / 8,
        options=lambda: {"limits": Limits(8)},
        timeout=3.0,
        at_once=8,
    ),
    Scenario(
        title="8 workers behind a queue",
        capacity=QUEUE,
        projects=400,
        ideal=400 / 40,
        timeout=2.0,
    ),
    Scenario(
        title="8 workers behind a queue, adaptive",
        capacity=QUEUE,
        projects=400,
        ideal=400 / 40,
        options=lambda: {"limits": Limits(adaptive=True)},
        timeout=2.0,
    ),
    Scenario(
        title="one worker, Limits(4)",
        capacity=Capacity(seconds=0.05, workers=1),
        projects=100,
        ideal=100 / 20,
        options=lambda: {"limits": Limits(4)},
        timeout=1.0,
        at_once=4,
    ),
    Scenario(
        title="Limits(rate=50)",
        capacity=Capacity(seconds=0.01),
        projects=300,
        ideal=300 / 50,
        options=lambda: {"limits": Limits(rate=50)},
        timeout=1.0,
        rate=50,
    ),
    Scenario(
        title="429 above 60/s, token bucket",
        capacity=Capacity(rate=60),
        projects=500,
        ideal=(500 - 60) / 60,  # the bucket is full when it begins
    ),
    Scenario(
        title="429 above 60/s, fixed windows",
        capacity=Capacity(rate=60, window="fixed"),
        projects=500,
        ideal=500 // 60,  # 60 in each window, the last of them in the ninth
    ),
    Scenario(
        title="away for 3 s, 503",
        capacity=AWAY,
        projects=5_000,
        ideal=5_000 / 800 + 3,
    ),
    Scenario(
        title="away for 3 s, refuses connections",
        capacity=replace(AWAY, away_by="refusing"),
        projects=5_000,
        ideal=5_000 / 800 + 3,
    ),
    Scenario(
        title="1 % of requests hang, attempt_timeout",
        capacity=Capacity(seconds=0.02, workers=8, hang_every=100),
        projects=4_000,
        ideal=4_000 / 400,
        options=lambda: {"retry": RetryPolicy(attempt_timeout=0.5)},
        timeout=3.0,
    ),
)


async def with_this_package(origin: str, scenario: Scenario, ends: Counter[bool]) -> None:
    options: dict[str, Any] = {"timeout": scenario.timeout, **scenario.options()}
    async with LoguroClient("pat_made-up", base_url=origin, **options) as client:
        async for result in client.fan_out(
            [f"p{number}" for number in range(scenario.projects)],
            lambda project: project.kpis(range="7d"),
        ):
            ends[result.error is None] += 1


async def with_aiohttp_and_tenacity(origin: str, scenario: Scenario, ends: Counter[bool]) -> None:
    permits = asyncio.Semaphore(scenario.at_once)
    turns = asyncio.Lock()
    timeout = aiohttp.ClientTimeout(total=scenario.timeout)

    @tenacity.retry(
        stop=tenacity.stop_after_attempt(3),
        wait=tenacity.wait_exponential(max=10),
        retry=tenacity.retry_if_exception_type((aiohttp.ClientError, TimeoutError)),
        reraise=True,
    )
    async def fetch(session: aiohttp.ClientSession, number: int) -> object:
        url = f"{origin}/api/web-events/p{number}/kpis"
        if scenario.rate:
            async with turns:
                await asyncio.sleep(1 / scenario.rate)
        async with (
            permits,
            session.get(url, params={"range": "7d"}, headers=HEADERS) as response,
        ):
            response.raise_for_status()
            return await response.json(content_type=None)  # the server sends no type

    async def one(session: aiohttp.ClientSession, number: int) -> None:
        try:
            await fetch(session, number)
        except (aiohttp.ClientError, TimeoutError):
            ends[False] += 1
        else:
            ends[True] += 1

    async with aiohttp.ClientSession(timeout=timeout) as session:
        await asyncio.gather(*(one(session, number) for number in range(scenario.projects)))


RUNS = {OURS: with_this_package, PEER: with_aiohttp_and_tenacity}


def missing_option(scenario: Scenario) -> str | None:
    """Returns why this version of the package cannot run a scenario."""
    try:
        scenario.options()
    except TypeError as error:
        return str(error)
    return None


async def measure(
    run: Callable[[str, Scenario, Counter[bool]], Awaitable[None]], scenario: Scenario
) -> Outcome:
    """One run against a server of its own; stopped where it does not end."""
    ends = Counter[bool]()
    with serving(scenario.capacity) as origin:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(scenario.patience):
                await run(origin, scenario, ends)
        except TimeoutError:  # the runs themselves count theirs as failures
            print(f"  stopped after {scenario.patience:.0f} s: {scenario.title}")
        seconds = time.perf_counter() - began
    return Outcome(ends[True], ends[False], seconds)


def main() -> None:
    table = Table(
        "goodput",
        "goodput of a fan-out over a limited service",
        unit="share of what the service can do",
        reference="ideal",
        method="Projects that succeeded per second, as a share of what the service can do. Once "
        "each, against a server in a process of its own. Default options but where said, and "
        "timeouts of 1 to 3 s where requests wait; 429 comes with `Retry-After: 1`, and "
        "`attempt_timeout` is 0.5 s. aiohttp and tenacity: a semaphore (64 permits, or as said), "
        "three attempts, an exponential back-off.",
        in_order=True,
    )
    for scenario in SCENARIOS:
        for name, run in RUNS.items():
            row = f"{scenario.title}: {name}"
            if name == OURS and (missing := missing_option(scenario)):
                print(f"  {row}: left out: {missing}")
                continue
            outcome = asyncio.run(measure(run, scenario))
            table.rows[row] = outcome.goodput(scenario)
            table.notes[row] = outcome.note(scenario)
            print(f"  {row}: {table.rows[row]:.2f}, {table.notes[row]}", flush=True)
    table.rows["ideal"] = 1.0
    table.show()


if __name__ == "__main__":
    main()
