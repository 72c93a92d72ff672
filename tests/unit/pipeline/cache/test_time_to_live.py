"""How long responses stay fresh: by the policy, by the endpoint, by the range."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import Between, CachePolicy, ConfigurationError
from loguro_async.endpoints import KPIS, RECENT_EVENTS, VISITOR
from loguro_async.pipeline.cache.time_to_live import time_to_live
from tests.calls import a_request

if TYPE_CHECKING:
    from loguro_async.endpoints import Endpoint
    from loguro_async.request import Request

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def kpis(range_: object) -> Request:
    return a_request(range=range_)


def seconds(
    request: Request, policy: CachePolicy | None = None, endpoint: Endpoint[Any] = KPIS
) -> float:
    return time_to_live(policy or CachePolicy(), endpoint, request, NOW)


def test_the_longer_the_range_the_longer_a_response_stays_fresh() -> None:
    chips = ("1h", "24h", "7d", "30d", "3m", "12m")
    lives = [seconds(kpis(chip)) for chip in chips]
    assert lives == sorted(lives)
    assert lives[0] < 60 < lives[-1]


def test_without_a_range_the_documented_default_decides() -> None:
    assert seconds(kpis(None)) == seconds(kpis("24h"))


def test_a_window_past_its_settling_time_stays_fresh_for_a_day() -> None:
    assert seconds(kpis(Between(NOW - 3 * HOUR, NOW - HOUR))) == 86_400


@pytest.mark.parametrize("end", [NOW - HOUR / 2, NOW, NOW + HOUR])
def test_a_window_that_may_still_change_stays_fresh_briefly(end: dt.datetime) -> None:
    assert seconds(kpis(Between(NOW - 3 * HOUR, end))) == 60


def test_the_settling_time_is_the_policys() -> None:
    call = kpis(Between(NOW - 3 * HOUR, NOW - HOUR))
    assert seconds(call, CachePolicy(settling=7200)) == 60


def test_recent_events_stay_fresh_for_seconds() -> None:
    assert seconds(a_request(RECENT_EVENTS), endpoint=RECENT_EVENTS) == 5


def test_visitors_stay_fresh_briefly() -> None:
    assert seconds(a_request(VISITOR, visitor_id="v"), endpoint=VISITOR) == 30


def test_a_ttl_in_seconds_overrides_everything() -> None:
    assert seconds(kpis("12m"), CachePolicy(ttl=1.5)) == 1.5


def test_a_ttl_function_overrides_everything() -> None:
    policy = CachePolicy(ttl=lambda query: 7.0 if query.range == "7d" else 1.0)
    assert (seconds(kpis("7d"), policy), seconds(kpis("1h"), policy)) == (7.0, 1.0)


@pytest.mark.parametrize("nonsense", [-1.0, float("nan"), float("inf"), "soon", None])
def test_a_ttl_function_that_returns_no_seconds_is_an_error(nonsense: float) -> None:
    with pytest.raises(ConfigurationError, match=r"CachePolicy\.ttl"):
        seconds(kpis("7d"), CachePolicy(ttl=lambda _query: nonsense))
