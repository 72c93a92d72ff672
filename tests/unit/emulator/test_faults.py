from __future__ import annotations

from typing import Any

import pytest

from loguro_async.emulator.faults import HARMLESS, Fault, FaultPlan

DAY_S = 86_400.0


def drawn(plan: FaultPlan, times: int, endpoint: str = "kpis", slug: str = "local") -> list[Fault]:
    return [plan.draw(endpoint, slug, DAY_S) for _ in range(times)]


def test_without_faults_nothing_happens() -> None:
    assert drawn(FaultPlan(0), 3) == [HARMLESS] * 3


def test_a_fault_lasts_until_it_is_cleared() -> None:
    plan, fault = FaultPlan(0), Fault(status=500)
    plan.add(fault)
    assert drawn(plan, 3) == [fault] * 3
    plan.clear()
    assert drawn(plan, 1) == [HARMLESS]


def test_a_fault_happens_as_often_as_it_says_then_comes_the_next() -> None:
    plan, first, second = FaultPlan(0), Fault(status=500, times=2), Fault(status=429, times=1)
    plan.add(first)
    plan.add(second)
    assert drawn(plan, 5) == [first, first, second, HARMLESS, HARMLESS]


def test_a_fault_hits_its_endpoint_and_project_only() -> None:
    plan, fault = FaultPlan(0), Fault(status=500, times=1, endpoint="kpis", slug="shop")
    plan.add(fault)
    assert drawn(plan, 1, "kpis", "local") == [HARMLESS]
    assert drawn(plan, 1, "count", "shop") == [HARMLESS]
    assert plan.draw(None, None, DAY_S) == HARMLESS
    assert drawn(plan, 1, "kpis", "shop") == [fault]


def test_a_fault_of_long_windows_leaves_short_ones_alone() -> None:
    plan, fault = FaultPlan(0), Fault(status=500, longer_than=DAY_S)
    plan.add(fault)
    assert plan.draw("kpis", "local", DAY_S) == HARMLESS
    assert plan.draw("kpis", "local", DAY_S + 0.001) == fault


def test_a_fault_for_all_hits_unknown_paths_too() -> None:
    plan, fault = FaultPlan(0), Fault(reset=True)
    plan.add(fault)
    assert plan.draw(None, None, DAY_S) == fault


@pytest.mark.parametrize(("probability", "hits"), [(0.0, 0), (1.0, 400)])
def test_certain_dice(probability: float, hits: int) -> None:
    plan = FaultPlan(0)
    plan.add(Fault(status=500, probability=probability))
    assert sum(fault is not HARMLESS for fault in drawn(plan, 400)) == hits


def test_the_dice_are_fair_and_the_same_for_one_seed() -> None:
    runs: list[list[bool]] = []
    for seed in (1, 1, 2):
        plan = FaultPlan(seed)
        plan.add(Fault(status=500, probability=0.25))
        runs.append([fault is not HARMLESS for fault in drawn(plan, 400)])
    assert runs[0] == runs[1] != runs[2]
    assert all(60 < sum(run) < 140 for run in runs)


def test_dice_that_fail_leave_the_fault_unspent() -> None:
    plan = FaultPlan(3)
    plan.add(Fault(status=500, probability=0.1, times=2))
    assert sum(fault is not HARMLESS for fault in drawn(plan, 400)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": 99}, "status is 99"),
        ({"status": 600}, "status is 600"),
        ({"times": 0}, "times is 0"),
        ({"probability": 1.1}, "probability is 1.1"),
        ({"probability": -0.1}, "probability is -0.1"),
        ({"endpoint": "kpi"}, "endpoint is 'kpi': pass one of"),
        ({"latency": -1}, "seconds"),
        ({"drip": -1}, "seconds"),
        ({"longer_than": -1}, "seconds"),
    ],
)
def test_a_fault_that_can_never_happen_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fault(**options)
