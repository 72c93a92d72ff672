from __future__ import annotations

import math
import sys

import pytest
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline, PubSub

from loguro_async.errors import ConfigurationError
from loguro_async.shared_cache import Place, RedisCache
from loguro_async.shared_cache.driver import Batch, Client, News, Pool
from loguro_async.shared_cache.scripts import Names, done, gone, read_gone

URL = "redis://:password@127.0.0.1:1/0"


def heard(_slug: bytes | None) -> None:
    raise AssertionError("nothing is heard without a server")


def test_without_redis_py_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ImportError, match=r"loguro-async\[redis\]"):
        RedisCache(URL)


@pytest.mark.parametrize("lease_seconds", [0.0, -1.0, math.inf, math.nan])
def test_a_lease_that_cannot_be_right_is_refused(lease_seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="lease_seconds"):
        RedisCache(URL, lease_seconds=lease_seconds)


@pytest.mark.parametrize("patience_seconds", [0.0, -1.0, math.inf, math.nan])
def test_a_patience_that_cannot_be_right_is_refused(patience_seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="patience_seconds"):
        RedisCache(URL, patience_seconds=patience_seconds)


@pytest.mark.parametrize("max_bytes", [0, -1, 2**40])
def test_a_bound_that_cannot_be_right_is_refused(max_bytes: int) -> None:
    with pytest.raises(ConfigurationError, match="max_bytes"):
        RedisCache(URL, max_bytes=max_bytes)


@pytest.mark.parametrize("url", ["", "cache.example", "https://cache.example", "redis://h:port"])
def test_a_url_of_no_server_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="redis://") as refused:
        RedisCache(url)
    assert "port" not in str(refused.value)


async def test_a_client_that_decodes_is_refused() -> None:
    client = Redis(host="127.0.0.1", port=1, decode_responses=True)
    with pytest.raises(ConfigurationError, match="decode_responses"):
        RedisCache(client)
    await client.aclose()


def test_its_repr_does_not_show_the_password() -> None:
    assert repr(RedisCache(URL, prefix="site")) == "<RedisCache 'site'>"


async def test_a_link_that_was_never_used_opens_nothing() -> None:
    link = RedisCache(URL, lease_seconds=1.5, max_bytes=1000).link(b"scope", heard)
    assert (link.lease_seconds, link.max_bytes) == (1.5, 1000)
    await link.aclose()
    await link.aclose()
    await link.forget(b"slug")  # after the end it does nothing, at once


@pytest.mark.parametrize(
    ("used", "there"), [(Batch, Pipeline), (Client, Redis), (News, PubSub), (Pool, ConnectionPool)]
)
def test_redis_py_has_all_that_is_used_of_it(used: type, there: type) -> None:
    names = [name for name in vars(used) if not name.startswith("_")]
    built = vars(there(connection_pool=None)) if there is Redis else {}
    assert names
    assert [name for name in names if not hasattr(there, name) and name not in built] == []


def test_an_invalidation_is_read_as_it_was_written() -> None:
    assert read_gone(gone(b"s" * 16, b"x" * 16)) == (b"s" * 16, b"x" * 16)
    assert read_gone(gone(b"s" * 16, None)) == (b"s" * 16, None)


@pytest.mark.parametrize(
    "message", [b"", b"gone" + b"s" * 17, b"other" * 7, gone(b"s" * 16, b"short")]
)
def test_a_message_that_says_something_else_is_no_invalidation(message: bytes) -> None:
    assert read_gone(message) is None


def test_all_keys_of_a_token_lie_on_one_node_of_a_cluster() -> None:
    names = Names.of("site", b"\x01" * 16)
    place = Place(b"e" * 16, b"s" * 16)
    tag = "{" + "01" * 16 + "}"
    keys = [*names.keys(place), names.channel]
    assert all(key.startswith(f"site:1:{tag}:") for key in keys)
    assert len(set(keys)) == 5
    assert done(place) == b"done" + place.entry
