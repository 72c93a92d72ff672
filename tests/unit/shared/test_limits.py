from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from loguro_async import ConfigurationError
from loguro_async.shared_limits import RedisLimits

URL = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"concurrency": 0},
        {"concurrency": True},
        {"concurrency": 1.5},
        {"rate": 0},
        {"rate": math.inf},
        {"rate": math.nan},
        {"rate": 1.0, "lease_seconds": 0},
        {"rate": "5"},
        {"rate": True},
        {"concurrency": "5"},
        {"rate": 5, "name": 5},
    ],
)
def test_an_invalid_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="RedisLimits"):
        RedisLimits(URL, **options)


@pytest.mark.parametrize("url", ["", "cache.example", "https://s3cret@cache.example"])
def test_a_url_of_no_server_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"redis://cache\.example") as refused:
        RedisLimits(url, rate=1.0)
    assert "s3cret" not in str(refused.value)


def test_without_redis_py_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"loguro-async\[redis\]"):
        RedisLimits(URL, rate=1.0)


async def test_a_server_that_is_down_is_logged_once_and_delays_no_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = RedisLimits(URL, concurrency=1)
    for _ in range(3):
        async with limits.permit():
            pass
    await limits.aclose()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "shared limits unavailable, requests go on without it" in caplog.text
