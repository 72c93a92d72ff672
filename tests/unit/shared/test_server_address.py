from __future__ import annotations

import math
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
from redis.exceptions import AuthenticationError, ClusterDownError

from loguro_async import ConfigurationError
from loguro_async.shared.server_address import Server, check_number, check_text

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cretpw"
URL = f"redis://app:{SECRET}@127.0.0.1:1/0"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache.example",
        f"https://{SECRET}@cache.example",
        f"redis://h:{SECRET}",
        f"redis://:{SECRET}/x@h:6379/0",
        f"redis://:{SECRET}?x@h:6379/0",
        f"redis://:{SECRET}#x@h:6379/0",
        f"redis://{SECRET}#x@h:6379/0",
        f"redis://{SECRET}/x@h",
        f"redis://h:6379/0?no_such_option={SECRET}",
        f"redis://h:6379/0?socket_connect_timeout={SECRET}",
    ],
)
def test_a_url_that_is_not_valid_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"redis://cache\.example") as refused:
        Server(url, owner="RedisCache")
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "rediss://:p%2Fw@h:6380/2",
        "unix:///tmp/redis.sock",
        "redis://h?decode_responses=True&max_connections=1&socket_timeout=1",
    ],
)
def test_a_url_of_a_server_is_taken(url: str) -> None:
    server = Server(url, owner="RedisCache")
    client = server.client()
    assert not client.get_encoder().decode_responses
    assert client.connection_pool.max_connections == 100
    assert server.is_owned


@pytest.mark.parametrize(
    "make",
    [
        lambda: 5,
        lambda: None,
        URL.encode,
        redis.Redis,
        lambda: redis.asyncio.Redis,
        redis.asyncio.ConnectionPool,
        lambda: redis.asyncio.Redis(port=1, decode_responses=True),
        lambda: redis.asyncio.RedisCluster(host="127.0.0.1", port=1, decode_responses=True),
    ],
)
async def test_what_is_no_server_or_cannot_be_used_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ConfigurationError, match="RedisCache needs a") as refused:
        Server(make(), owner="RedisCache")
    assert SECRET not in str(refused.value)


async def test_a_client_of_the_user_s_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.asyncio.RedisCluster, "pubsub", object(), raising=False)
    client = redis.asyncio.Redis(port=1)
    server = Server(client, owner="RedisCache")
    assert server.client() is client
    assert not server.is_owned
    cluster = redis.asyncio.RedisCluster(host="127.0.0.1", port=1)
    await Server(cluster, owner="RedisCache").disconnect(cluster)


async def test_a_redis_py_without_messages_in_clusters_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(redis.asyncio.RedisCluster, "pubsub", raising=False)
    cluster = redis.asyncio.RedisCluster(host="127.0.0.1", port=1)
    with pytest.raises(ConfigurationError, match="newer redis-py"):
        Server(cluster, owner="RedisCache")


def test_a_reason_is_one_line_without_the_password() -> None:
    server = Server(URL, owner="RedisCache")
    text = server.reason(AuthenticationError(f"wrong\npair app {SECRET}"))
    assert text == "AuthenticationError: wrong pair app ***"
    for error in (ClusterDownError("Hash slot"), ValueError("CLUSTERDOWN Hash slot not served")):
        assert "RedisCluster" in server.reason(error)
    assert server.reason(TimeoutError()) == "TimeoutError"
    assert len(server.reason(ValueError("x" * 10_000))) < 300


def test_without_redis_py_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"RedisLimits .*loguro-async\[redis\]"):
        Server(URL, owner="RedisLimits")


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "2", None, True, b"2"])
def test_a_number_out_of_bounds_or_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="x must be"):
        check_number("x", value)


def test_numbers_in_their_bounds_are_taken() -> None:
    check_number("x", 0.001)
    check_number("x", 5, least=5, most=5, whole=True)
    for value in (4, 6, 5.0):
        with pytest.raises(ConfigurationError):
            check_number("x", value, least=5, most=5, whole=True)


def test_a_text_is_a_text() -> None:
    check_text("x", "a")
    with pytest.raises(ConfigurationError, match="x must be a str, got int"):
        check_text("x", 5)
