"""The effect of single attempts on the adaptive limit; tests/simulation has whole runs."""

from __future__ import annotations

import pytest

from loguro_async.pipeline.adaptive_limit import AdaptiveLimit


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class Client:
    """Makes as many concurrent attempts as the limit allows."""

    def __init__(self, most: int = 64) -> None:
        self.clock = Clock()
        self.limit = AdaptiveLimit(most, self.clock)
        self.in_flight = list[float]()
        self.fill()

    def fill(self) -> None:
        while len(self.in_flight) < self.limit.limit:
            self.in_flight.append(self.limit.started())

    def succeed(self, seconds: float, count: int = 1) -> None:
        """Lets all attempts in progress succeed after `seconds`, and repeats that."""
        for _ in range(count):
            self.clock.time += seconds
            began, self.in_flight = self.in_flight, []
            for moment in began:
                self.limit.succeeded(moment)
                self.fill()

    def fail(self, seconds: float) -> None:
        """Lets all attempts in progress show an overload after `seconds`."""
        self.clock.time += seconds
        began, self.in_flight = self.in_flight, []
        for moment in began:
            self.limit.overloaded(moment)
        self.fill()


@pytest.mark.parametrize(("most", "first"), [(64, 16), (16, 16), (4, 4), (1, 1)])
def test_starts_with_sixteen_or_the_most(most: int, first: int) -> None:
    assert AdaptiveLimit(most, Clock()).limit == first


@pytest.mark.parametrize("most", [1, 20, 64, 300])
def test_grows_to_the_most_while_latency_stays(most: int) -> None:
    client = Client(most)
    client.succeed(0.1, count=30)
    assert client.limit.limit == most


def test_one_window_of_failures_is_one_decrease() -> None:
    client = Client()
    client.fail(1.0)
    assert client.limit.limit == 14  # 16 * 0.9


def test_decreases_in_each_round_of_failures_and_never_below_one() -> None:
    client = Client()
    seen = [client.limit.limit]
    for _ in range(60):
        client.fail(1.0)
        seen.append(client.limit.limit)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 1


def test_recovers_from_failures() -> None:
    client = Client()
    for _ in range(60):
        client.fail(1.0)
    client.succeed(0.1, count=100)
    assert client.limit.limit == 64


def test_grows_slowly_right_after_an_overload() -> None:
    client = Client()
    client.succeed(0.1, count=30)
    client.fail(0.1)
    before = client.limit.limit
    limits = list[int]()
    while len(set(limits)) < 2:
        client.succeed(0.1)
        limits.append(client.limit.limit)
    assert limits[-1] - before <= 3


def test_measures_at_a_third_when_latency_multiplies_and_returns_when_that_does_not_help() -> None:
    client = Client()
    client.succeed(0.1, count=30)
    limits = list[int]()
    for _ in range(30):
        client.succeed(1.0)
        limits.append(client.limit.limit)
    assert min(limits) == 64 // 3
    assert limits[-1] == 64


def test_an_ignored_attempt_changes_nothing() -> None:
    client = Client()
    client.succeed(0.1, count=30)
    for _ in range(200):
        client.clock.time += 30.0
        client.limit.ignored(client.in_flight.pop())
        client.fill()
    assert client.limit.limit == 64


def test_an_attempt_that_began_before_the_limit_changed_does_not_count() -> None:
    client = Client()
    late = client.in_flight.pop()
    client.succeed(0.1, count=30)
    before = client.limit.limit
    client.limit.overloaded(late)
    assert client.limit.limit == before


def test_an_overload_ends_a_measurement_and_lowers_the_limit_from_before_it() -> None:
    client = Client(32)
    client.succeed(0.1, count=30)
    while client.limit.limit != 32 // 3:
        client.succeed(1.0)
    client.fail(0.01)
    assert client.limit.limit == 28  # 32 * 0.9


def test_demand_below_the_limit_changes_nothing_however_latency_is() -> None:
    clock = Clock()
    limit = AdaptiveLimit(64, clock)
    for seconds in (0.1, 5.0, 0.01):
        for _ in range(200):
            began = limit.started()
            clock.time += seconds
            limit.succeeded(began)
    assert limit.limit == 16


def test_a_clock_that_stands_still_is_no_error() -> None:
    client = Client()
    client.succeed(0.0, count=50)
    assert client.limit.limit == 64
