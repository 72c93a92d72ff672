from __future__ import annotations

import math
from typing import Any, TypeAlias

import pytest

from loguro_async.errors import ConfigurationError
from loguro_async.policies import BreakerPolicy, CachePolicy, Limits, RetryPolicy

Odd: TypeAlias = Any  # a value that the signature does not allow

NO_SECONDS: list[object] = [-1, -0.001, math.nan, math.inf, -math.inf, "5", None, True, 1j]
NO_WHOLE: list[object] = [-1, 1.0, "5", None, True, math.nan]


def test_defaults_are_valid_and_options_are_equal_values() -> None:
    assert RetryPolicy() == RetryPolicy(max_attempts=3)
    assert CachePolicy() == CachePolicy(ttl=None)
    assert Limits() == Limits(concurrency=64)


@pytest.mark.parametrize(
    ("options", "name"),
    [(RetryPolicy(), "max_attempts"), (CachePolicy(), "ttl"), (Limits(), "concurrency")],
)
def test_options_are_frozen(options: object, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(options, name, 7)


@pytest.mark.parametrize("value", [*NO_WHOLE, 0])
def test_a_first_attempt_there_must_be(value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\.max_attempts.*1 or greater"):
        RetryPolicy(max_attempts=value)


@pytest.mark.parametrize("value", [value for value in [*NO_SECONDS, 0] if value is not None])
def test_the_time_for_an_attempt_is_seconds_above_zero(value: Odd) -> None:
    assert RetryPolicy().attempt_timeout is None
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\.attempt_timeout must be"):
        RetryPolicy(attempt_timeout=value)


@pytest.mark.parametrize("name", ["initial_backoff", "max_backoff"])
@pytest.mark.parametrize("value", NO_SECONDS)
def test_back_off_is_seconds(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"RetryPolicy\.{name} must be a .*number"):
        RetryPolicy(**{name: value})


@pytest.mark.parametrize(
    "name", ["ttl", "stale_while_revalidate", "stale_if_error", "throttle", "settling", "jitter"]
)
@pytest.mark.parametrize("value", [value for value in NO_SECONDS if value is not None])
def test_times_of_the_cache_are_seconds(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"CachePolicy\.{name} must be a .*number"):
        CachePolicy(**{name: value})


@pytest.mark.parametrize("value", [value for value in NO_SECONDS if value is not None])
def test_slow_is_a_number_of_seconds(value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=r"CachePolicy\.stale_if_slow"):
        CachePolicy(stale_if_slow=value, stale_if_error=60)


@pytest.mark.parametrize("value", NO_WHOLE)
def test_a_budget_is_a_whole_number_of_retries(value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\.budget must be .*0 or greater"):
        RetryPolicy(budget=value)


@pytest.mark.parametrize("name", ["hedge", "split_on_failure"])
@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_what_is_on_or_off_is_a_bool(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"RetryPolicy\.{name} must be True or False"):
        RetryPolicy(**{name: value})


@pytest.mark.parametrize("name", ["failure_rate", "window", "open_seconds", "slow_seconds"])
@pytest.mark.parametrize("value", NO_SECONDS)
def test_a_breaker_s_shares_and_times_are_numbers(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"BreakerPolicy\.{name} must be a .*number"):
        BreakerPolicy(**{name: value})


@pytest.mark.parametrize("name", ["min_requests", "probes"])
@pytest.mark.parametrize("value", [*NO_WHOLE, 0])
def test_a_breaker_s_counts_are_whole(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"BreakerPolicy\.{name} must be .*1 or greater"):
        BreakerPolicy(**{name: value})


@pytest.mark.parametrize("name", ["failure_rate", "window"])
def test_a_breaker_that_could_not_count_is_refused(name: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"BreakerPolicy\.{name} must be .*greater than 0"
    ):
        BreakerPolicy(**{name: 0})


def test_a_failure_rate_is_a_share() -> None:
    assert BreakerPolicy(failure_rate=1).failure_rate == 1
    with pytest.raises(
        ConfigurationError, match="0 or greater, at most 1|greater than 0, at most 1"
    ):
        BreakerPolicy(failure_rate=1.01)


def test_jitter_is_a_share() -> None:
    assert CachePolicy(jitter=1).jitter == 1
    with pytest.raises(
        ConfigurationError, match="0 or greater, at most 1|greater than 0, at most 1"
    ):
        CachePolicy(jitter=1.01)


@pytest.mark.parametrize("name", ["max_bytes", "max_entries"])
@pytest.mark.parametrize("value", NO_WHOLE)
def test_sizes_of_the_cache_are_whole(name: str, value: Odd) -> None:
    assert getattr(CachePolicy(**{name: 0}), name) == 0
    with pytest.raises(ConfigurationError, match=rf"CachePolicy\.{name} must be .*0 or greater"):
        CachePolicy(**{name: value})


def test_time_to_live_can_follow_the_query() -> None:
    def ttl(_query: object) -> float:
        return 5.0

    assert CachePolicy(ttl=ttl).ttl is ttl
    assert CachePolicy(ttl=0).ttl == 0


def test_a_stale_answer_in_place_of_a_slow_one_needs_an_age() -> None:
    with pytest.raises(ConfigurationError, match="needs stale_if_error or stale_while_revalidate"):
        CachePolicy(stale_if_slow=1)
    assert CachePolicy(stale_if_slow=1, stale_if_error=60).stale_window == 60


def test_the_longer_of_both_windows_counts() -> None:
    assert CachePolicy().stale_window == 0
    assert CachePolicy(stale_while_revalidate=90, stale_if_error=60).stale_window == 90


@pytest.mark.parametrize("name", ["concurrency", "max_body_bytes"])
@pytest.mark.parametrize("value", [*NO_WHOLE, 0])
def test_limits_are_whole_and_leave_room_for_one(name: str, value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=rf"Limits\.{name} must be .*1 or greater"):
        Limits(**{name: value})


def test_there_is_no_limit_of_the_rate_unless_one_is_asked_for() -> None:
    assert Limits().rate is None
    assert Limits().adaptive is False
    assert Limits(rate=0.5).rate == 0.5


@pytest.mark.parametrize("value", [*(odd for odd in NO_SECONDS if odd is not None), 0, 0.0])
def test_a_rate_lets_something_through(value: Odd) -> None:
    with pytest.raises(ConfigurationError, match=r"Limits\.rate must be"):
        Limits(rate=value)


@pytest.mark.parametrize("value", [1, 0, None, "yes"])
def test_adaptive_is_yes_or_no(value: Odd) -> None:
    with pytest.raises(ConfigurationError, match="must be True or False"):
        Limits(adaptive=value)
