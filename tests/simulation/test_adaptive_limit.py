"""The adaptive limit against the best fixed limit, over a grid of simulated services.

Run as a module, it prints the grid: `python -m tests.simulation.test_adaptive_limit`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from statistics import mean
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from loguro_async.pipeline.adaptive_limit import AdaptiveLimit
from tests.simulation.service import SERVICE_TIMES, FixedLimit, Model, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.service import Change, Outcome

MOST: Final = 64
WORKERS: Final = (1, 2, 4, 8, 16, 32, 64)
MODELS: Final = tuple(
    Model(workers, times, refuses=refuses)
    for refuses in (False, True)
    for times in SERVICE_TIMES
    for workers in WORKERS
)
# Workers before, workers after, and how many times as long each request then takes.
STEPS: Final = (
    (8, 64, 1.0),
    (64, 8, 1.0),
    (4, 1, 1.0),
    (1, 16, 1.0),
    (8, 8, 4.0),
    (64, 64, 4.0),
    (8, 8, 0.25),
)
CHANGING_MODELS: Final = tuple(
    (Model(before, times, refuses=refuses), after, slower)
    for refuses in (False, True)
    for times in ("constant", "exponential", "lognormal")
    for before, after, slower in STEPS
)


class Comparison(NamedTuple):
    """The adaptive limit beside the best fixed one, over several seeds."""

    ratios: list[float]  # of their throughputs
    slowdown: float  # the settled latency, in latencies of a request that does not queue
    failed: float  # the largest share of requests that failed


def adaptive(clock: Callable[[], float]) -> AdaptiveLimit:
    return AdaptiveLimit(MOST, clock)


def fixed(limit: int) -> Callable[[object], FixedLimit]:
    return lambda _clock: FixedLimit(limit)


def compare(
    model: Model,
    *,
    requests: int = 4_000,
    seeds: int = 2,
    change: Change | None = None,
) -> Comparison:
    """Runs the adaptive limit and fixed ones; the best of these is as many as there are workers."""
    last = change[1] if change else model
    ratios, slowdowns, failed = list[float](), list[float](), list[float]()
    for seed in range(seeds):

        def run(limit: int | None, seed: int = seed) -> Outcome:
            make = adaptive if limit is None else fixed(limit)
            return simulate(make, model, requests=requests, seed=seed, change=change)

        ours = run(None)
        others = [run(limit) for limit in {model.workers, last.workers}]
        best = max(one.throughput for one in others if one.failed <= 0.02 * requests)
        ratios.append(ours.throughput / best)
        slowdowns.append(ours.settled_latency / last.seconds)
        failed.append(ours.failed / requests)
        assert 1 <= min(ours.limits) <= max(ours.limits) <= MOST
    return Comparison(ratios, max(slowdowns), max(failed))


def compare_change(model: Model, workers: int, slower: float) -> Comparison:
    """A service that becomes another one after half of the requests."""
    after = replace(model, workers=workers, mean=model.mean * slower)
    requests = 6_000
    moment = requests / 2 / model.workers * model.mean
    return compare(model, requests=requests, change=(moment, after))


def named(model: Model) -> str:
    return f"{'refuses' if model.refuses else 'queues'}, {model.times}, workers: {model.workers}"


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_throughput_is_nine_tenths_of_the_best_fixed_limit_and_queues_stay_short(
    model: Model,
) -> None:
    ratios, slowdown, failed = compare(model)
    assert min(ratios) >= 0.9
    assert slowdown <= 5.0
    assert failed <= 0.002


@pytest.mark.parametrize(("model", "workers", "slower"), CHANGING_MODELS)
def test_follows_a_service_that_changes(model: Model, workers: int, slower: float) -> None:
    ratios, slowdown, failed = compare_change(model, workers, slower)
    assert min(ratios) >= 0.85
    assert slowdown <= 10.0
    assert failed <= 0.02


@pytest.mark.parametrize("times", SERVICE_TIMES)
@pytest.mark.parametrize("refuses", [False, True], ids=["queues", "refuses"])
def test_a_batch_of_400_loses_a_tenth_to_the_start_at_most(times: str, *, refuses: bool) -> None:
    ratios = [
        ratio
        for workers in WORKERS
        for ratio in compare(Model(workers, times, refuses=refuses), requests=400, seeds=6).ratios
    ]
    assert mean(ratios) >= 0.9
    assert min(ratios) >= 0.6


@pytest.mark.parametrize("times", SERVICE_TIMES)
def test_latency_that_is_simply_high_does_not_lower_the_limit(times: str) -> None:
    far = Model(MOST, times, mean=0.05, latency=2.0)
    assert min(compare(far).ratios) >= 0.9
    assert simulate(adaptive, far, requests=4_000, seed=1).limits[-1] >= MOST // 2


@pytest.mark.parametrize("times", SERVICE_TIMES)
def test_latency_that_rises_without_our_doing_lowers_the_limit_for_a_moment_only(
    times: str,
) -> None:
    near = Model(MOST, times, latency=0.1)
    far = replace(near, latency=2.0)
    limits = simulate(adaptive, near, requests=8_000, seed=1, change=(10.0, far)).limits
    assert mean(limits[-1_000:]) >= MOST / 2


@pytest.mark.parametrize("times", SERVICE_TIMES)
def test_demand_below_the_limit_neither_raises_nor_lowers_it(times: str) -> None:
    model = Model(MOST, times)
    calm = simulate(adaptive, model, requests=4_000, seed=1, rate=4 / model.seconds)
    assert set(calm.limits) == {16}


def test_requests_that_hang_do_not_lower_the_limit_while_others_succeed() -> None:
    model = Model(MOST, "exponential", hanging=0.01)
    ours = simulate(adaptive, model, requests=8_000, seed=1)
    best = simulate(fixed(MOST), model, requests=8_000, seed=1)
    assert ours.throughput >= 0.9 * best.throughput


def _print_grid() -> None:
    _print("Throughput as a share of the best fixed limit's (least, mean), settled latency as")
    _print("a multiple of an idle service's, requests that failed.")
    for model in MODELS:
        _print_row(named(model), compare(model))
    for model in MODELS:
        _print_row(f"400 requests, {named(model)}", compare(model, requests=400, seeds=6))
    for model, workers, slower in CHANGING_MODELS:
        change = f", then {workers}, {slower:g} times as slow"
        _print_row(named(model) + change, compare_change(model, workers, slower))


def _print_row(name: str, found: Comparison) -> None:
    least, usual = min(found.ratios), mean(found.ratios)
    _print(f"{least:5.2f} {usual:5.2f} {found.slowdown:5.1f} {found.failed:6.2%}  {name}")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    _print_grid()
