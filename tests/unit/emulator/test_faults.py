from __future__ import annotations

from typing import Any

import pytest

from loguro_async.emulator.faults import NO_FAULT, Fault, FaultPlan

DAY_S = 86_400.0


def next_faults(
    plan: FaultPlan, times: int, endpoint: str = "kpis", slug: str = "local"
) -> list[Fault]:
    return [plan.next_fault(endpoint, slug, DAY_S) for _ in range(times)]


def test_without_faults_there_is_none() -> None:
    assert next_faults(FaultPlan(0), 3) == [NO_FAULT] * 3


def test_a_fault_lasts_until_it_is_cleared() -> None:
    plan, fault = FaultPlan(0), Fault(status=500)
    plan.add(fault)
    assert next_faults(plan, 3) == [fault] * 3
    plan.clear()
    assert next_faults(plan, 1) == [NO_FAULT]


def test_a_fault_happens_as_often_as_planned_then_the_next_one_does() -> None:
    plan, first, second = FaultPlan(0), Fault(status=500, times=2), Fault(status=429, times=1)
    plan.add(first)
    plan.add(second)
    assert next_faults(plan, 5) == [first, first, second, NO_FAULT, NO_FAULT]


def test_a_fault_applies_to_its_endpoint_and_project_only() -> None:
    plan, fault = FaultPlan(0), Fault(status=500, times=1, endpoint="kpis", slug="shop")
    plan.add(fault)
    assert next_faults(plan, 1, "kpis", "local") == [NO_FAULT]
    assert next_faults(plan, 1, "count", "shop") == [NO_FAULT]
    assert plan.next_fault(None, None, DAY_S) == NO_FAULT
    assert next_faults(plan, 1, "kpis", "shop") == [fault]


def test_a_fault_of_long_windows_does_not_apply_to_short_ones() -> None:
    plan, fault = FaultPlan(0), Fault(status=500, longer_than=DAY_S)
    plan.add(fault)
    assert plan.next_fault("kpis", "local", DAY_S) == NO_FAULT
    assert plan.next_fault("kpis", "local", DAY_S + 0.001) == fault


def test_a_fault_without_endpoint_applies_to_unknown_paths_too() -> None:
    plan, fault = FaultPlan(0), Fault(reset=True)
    plan.add(fault)
    assert plan.next_fault(None, None, DAY_S) == fault


@pytest.mark.parametrize(("probability", "happened"), [(0.0, 0), (1.0, 400)])
def test_probabilities_of_0_and_1(probability: float, happened: int) -> None:
    plan = FaultPlan(0)
    plan.add(Fault(status=500, probability=probability))
    assert sum(fault is not NO_FAULT for fault in next_faults(plan, 400)) == happened


def test_a_probability_is_met_and_repeats_with_its_seed() -> None:
    runs: list[list[bool]] = []
    for seed in (1, 1, 2):
        plan = FaultPlan(seed)
        plan.add(Fault(status=500, probability=0.25))
        runs.append([fault is not NO_FAULT for fault in next_faults(plan, 400)])
    assert runs[0] == runs[1] != runs[2]
    assert all(60 < sum(run) < 140 for run in runs)


def test_only_faults_that_happened_count_for_times() -> None:
    plan = FaultPlan(3)
    plan.add(Fault(status=500, probability=0.1, times=2))
    assert sum(fault is not NO_FAULT for fault in next_faults(plan, 400)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": 99}, "status must be 200 to 599, got 99"),
        ({"status": 600}, "status must be 200 to 599, got 600"),
        ({"times": 0}, "times must be 1 or greater, got 0"),
        ({"probability": 1.1}, "probability must be 0 to 1, got 1.1"),
        ({"probability": -0.1}, "probability must be 0 to 1, got -0.1"),
        ({"endpoint": "kpi"}, "endpoint must be one of .*, got 'kpi'"),
        ({"latency": -1}, "seconds"),
        ({"drip": -1}, "seconds"),
        ({"longer_than": -1}, "seconds"),
    ],
)
def test_an_invalid_fault_is_an_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fault(**options)
