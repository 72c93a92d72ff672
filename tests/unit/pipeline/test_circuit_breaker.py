from __future__ import annotations

import logging
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async.errors import CircuitOpenError
from loguro_async.pipeline.circuit_breaker import CircuitBreaker
from loguro_async.policies import BreakerPolicy

POLICY = BreakerPolicy(failure_rate=0.5, min_requests=4, window=10.0, open_seconds=5.0, probes=2)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Tried:
    """A circuit, and requests through it."""

    def __init__(self, policy: BreakerPolicy = POLICY) -> None:
        self.clock = Clock()
        self.circuit = CircuitBreaker(policy, self.clock, name="the service", advice="wait")

    def outcome(self, *, failed: bool | None, times: int = 1) -> None:
        for _ in range(times):
            self.circuit.record(self.circuit.admit(), failed=failed)

    def refused_for(self) -> float:
        with pytest.raises(CircuitOpenError) as caught:
            self.circuit.admit()
        return caught.value.retry_after


def test_a_circuit_stays_closed_while_enough_requests_succeed() -> None:
    tried = Tried()
    for _ in range(100):
        tried.outcome(failed=False, times=3)
        tried.outcome(failed=True, times=2)
    tried.circuit.check()


def test_too_few_outcomes_do_not_open_a_circuit() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=3)
    tried.circuit.check()


def test_a_circuit_opens_at_the_failure_rate_and_names_the_next_probe() -> None:
    tried = Tried()
    tried.outcome(failed=False, times=2)
    tried.outcome(failed=True, times=2)
    assert tried.refused_for() == 5.0
    tried.clock.seconds += 4
    assert tried.refused_for() == 1.0
    with pytest.raises(CircuitOpenError, match=r"the next probe is due in 1\.0 s; wait"):
        tried.circuit.check()


def test_an_outcome_that_says_nothing_does_not_count() -> None:
    tried = Tried()
    tried.outcome(failed=None, times=50)
    tried.outcome(failed=True, times=3)
    tried.circuit.check()
    assert not tried.circuit.is_idle


def test_outcomes_are_forgotten_after_the_window() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=3)
    tried.clock.seconds += 10
    assert tried.circuit.is_idle
    tried.outcome(failed=True, times=3)
    tried.circuit.check()


def test_outcomes_of_the_half_window_before_still_count() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=3)
    tried.clock.seconds += 5
    tried.outcome(failed=True)
    assert tried.refused_for() == 5.0


def test_a_half_open_circuit_admits_the_given_number_of_probes() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=4)
    tried.clock.seconds += 5
    probes = [tried.circuit.admit(), tried.circuit.admit()]
    assert tried.refused_for() == 5.0
    for generation in probes:
        tried.circuit.record(generation, failed=False)
    tried.outcome(failed=True, times=3)  # counted anew
    tried.circuit.check()


def test_a_failed_probe_opens_the_circuit_again() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=4)
    tried.clock.seconds += 5
    slow, quick = tried.circuit.admit(), tried.circuit.admit()
    tried.circuit.record(quick, failed=True)
    assert tried.refused_for() == 5.0
    tried.circuit.record(slow, failed=False)  # of an generation that is over
    assert tried.refused_for() == 5.0


def test_a_probe_whose_outcome_says_nothing_is_replaced_by_another() -> None:
    tried = Tried()
    tried.outcome(failed=True, times=4)
    tried.clock.seconds += 5
    for _ in range(10):
        tried.outcome(failed=None)
    tried.outcome(failed=False, times=2)
    assert tried.circuit.is_idle


def test_a_request_sent_before_the_circuit_opened_does_not_count_as_a_probe() -> None:
    tried = Tried()
    early = tried.circuit.admit()
    tried.outcome(failed=True, times=4)
    tried.clock.seconds += 5
    tried.circuit.record(early, failed=False)
    tried.outcome(failed=False)
    tried.circuit.record(tried.circuit.admit(), failed=True)
    assert tried.refused_for() == 5.0


def test_opening_and_recovery_are_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "loguro_async")
    tried = Tried()
    tried.outcome(failed=True, times=4)
    tried.refused_for()
    tried.clock.seconds += 5
    tried.outcome(failed=False, times=2)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "circuit of the service opens (4 of 4 requests failed); next probe in 5.0 s",
        "circuit of the service closes: the probes succeeded",
    ]


@given(
    st.lists(
        st.tuples(st.floats(0, 7), st.sampled_from([True, False, None]), st.booleans()),
        max_size=200,
    )
)
def test_a_circuit_closes_again_after_any_history(
    steps: list[tuple[float, bool | None, bool]],
) -> None:
    tried = Tried()
    admitted: list[int] = []
    for seconds, failed, ends in steps:
        tried.clock.seconds += seconds
        with suppress(CircuitOpenError):
            admitted.append(tried.circuit.admit())
        if ends and admitted:
            tried.circuit.record(admitted.pop(0), failed=failed)
    for generation in admitted:
        tried.circuit.record(generation, failed=None)
    tried.clock.seconds += POLICY.open_seconds
    tried.outcome(failed=False, times=POLICY.probes)
    tried.circuit.check()
