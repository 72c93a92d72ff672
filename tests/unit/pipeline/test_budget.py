from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loguro_async.pipeline.budget import RetryBudget


def test_each_retry_takes_one_token() -> None:
    budget = RetryBudget(2)
    assert [budget.take() for _ in range(4)] == [True, True, False, False]


def test_without_tokens_there_is_no_retry() -> None:
    assert not RetryBudget(0).take()


def test_ten_successes_pay_for_one_retry() -> None:
    budget = RetryBudget(1)
    assert budget.take()
    for _ in range(9):
        budget.succeeded()
    assert not budget.take()
    budget.succeeded()
    assert budget.take()


@given(st.integers(0, 50), st.lists(st.booleans(), max_size=300))
def test_retries_never_exceed_the_tokens_and_a_tenth_of_the_successes(
    most: int, outcomes: list[bool]
) -> None:
    budget = RetryBudget(most)
    retries = 0
    for is_success in outcomes:
        if is_success:
            budget.succeeded()
        else:
            retries += budget.take()
    assert retries <= most + sum(outcomes) / 10
