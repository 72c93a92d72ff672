from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from loguro_async import ConfigurationError, LoguroClient
from loguro_async.shared.cache import Options, RedisCacheConnection
from loguro_async.shared.cache_entry import Location
from loguro_async.shared_cache import RedisCache
from tests.unit.shared.redis_in_memory import RedisInMemory
from tests.virtual_time import in_virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "redis://:password@127.0.0.1:1/0"
LOCATION = Location(b"e" * 16, b"p" * 16)
OWNER = b"o" * 16


@pytest.mark.parametrize("module", ["redis.asyncio", "cryptography"])
def test_without_its_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"RedisCache .*loguro-async\[redis\]"):
        RedisCache(URL)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("lease_seconds", [0.0, 0.09, -1.0, math.inf, math.nan, "2", None]),
        ("patience_seconds", [0.0, -1.0, math.inf, math.nan, "1"]),
        ("max_bytes", [0, -1, 2**40, 1.5, "1", True]),
        ("prefix", [5, None, b"p"]),
    ],
)
def test_an_option_that_is_not_valid_is_refused(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigurationError, match=f"RedisCache.{name} must be"):
            RedisCache(URL, **{name: value})


@pytest.mark.parametrize("wrong", [5, "redis://127.0.0.1:1/0", RedisCache, object(), 0])
def test_what_is_no_shared_cache_is_refused_by_the_client(wrong: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigurationError, match="shared_cache must be a RedisCache") as refused:
        LoguroClient("pat_made-up", shared_cache=wrong)
    assert "127.0.0.1" not in str(refused.value)


def test_its_repr_does_not_show_the_password() -> None:
    assert repr(RedisCache(URL, prefix="site")) == "<RedisCache 'site'>"


async def test_a_link_that_was_never_used_opens_nothing() -> None:
    connection = RedisCache(URL, lease_seconds=1.5, max_bytes=1000).connection(b"scope", Mock())
    assert (connection.lease_seconds, connection.max_bytes) == (1.5, 1000)
    await connection.aclose()
    await connection.aclose()
    await connection.invalidate(b"slug")  # after the end it does nothing, at once


def connection_to(server: RedisInMemory, listener: Mock | None = None) -> RedisCacheConnection:
    return RedisCacheConnection(
        server, Options("loguro", 2.0, 1000, 0.04), b"t" * 16, listener or Mock()
    )


@in_virtual_time
async def test_a_reply_of_another_shape_is_none_at_all() -> None:
    server = RedisInMemory()
    connection = connection_to(server)
    odd: list[object] = [None, [], [b"", b"", b"", "1", 0], [b"", "", b"", b"", 0], b"OK"]
    for reply in odd:
        server.reply = Mock(return_value=reply)
        assert await connection.read(LOCATION, OWNER, "if-missing", 2.0) is None
        assert await connection.generations(b"p" * 16) is None
    server.reply = lambda _words: [b"x", b"y", b"z", OWNER, 1500]
    reading = await connection.read(LOCATION, OWNER, "if-missing", 2.0)
    assert reading == (b"x", (b"y", b"z"), OWNER, 1.5)
    await connection.aclose()


@in_virtual_time
async def test_who_waits_for_a_load_waits_so_long_and_no_longer() -> None:
    connection = connection_to(RedisInMemory())
    loop = asyncio.get_running_loop()
    with connection.watch(LOCATION) as one, connection.watch(LOCATION) as other:
        assert not any(await asyncio.gather(one.ended(OWNER, 1.0), other.ended(OWNER, 3.0)))
    assert loop.time() == 3.0
    await connection.aclose()


@in_virtual_time
async def test_an_end_that_came_before_anybody_waited_is_not_missed() -> None:
    server = RedisInMemory()
    connection = connection_to(server)
    with connection.watch(LOCATION) as watch:
        await connection.generations(LOCATION.project)
        message = b"done" + LOCATION.entry + OWNER + b"why"
        server.subscriptions[-1].say("message", message)
        await asyncio.sleep(0.01)
        assert await watch.ended(OWNER, 5.0) == b"why"
        assert asyncio.get_running_loop().time() < 1.0
    await connection.aclose()


@in_virtual_time
async def test_a_lost_connection_wakes_all_who_wait() -> None:
    server = RedisInMemory()
    connection = connection_to(server)
    await connection.generations(LOCATION.project)
    with connection.watch(LOCATION) as watch:
        waiting = asyncio.create_task(watch.ended(OWNER, 1000.0))
        await asyncio.sleep(0.01)
        server.failure = ConnectionResetError()
        await waiting
    assert asyncio.get_running_loop().time() < 2.0
    await connection.aclose()


@in_virtual_time
async def test_a_read_that_is_cancelled_leaves_no_lease_behind() -> None:
    server = RedisInMemory()
    connection = connection_to(server)
    await connection.generations(LOCATION.project)
    reading = asyncio.create_task(connection.read(LOCATION, OWNER, "if-missing", 2.0))
    await asyncio.sleep(0.0005)
    reading.cancel()
    await asyncio.sleep(0.1)
    took, gave_back = server.sent[-2:]
    assert took[4] == gave_back[4] == OWNER
    assert gave_back[6].startswith(b"done")
    await connection.aclose()


def of_invalidations(server: RedisInMemory) -> list[tuple[Any, ...]]:
    return [words for words in server.sent if "generation" in words[0]]


@in_virtual_time
async def test_invalidations_made_while_it_is_down_are_sent_once_it_is_up() -> None:
    server = RedisInMemory()
    server.failure = ConnectionRefusedError()
    connection = connection_to(server)
    for project in (b"a" * 16, b"b" * 16, b"a" * 16):
        await connection.invalidate(project)
    assert server.sent == []
    server.failure = None
    await asyncio.sleep(2)
    (words,) = of_invalidations(server)
    assert [key.rpartition(":")[2] for key in words[:2]] == ["61" * 16, "62" * 16]
    await connection.invalidate(b"c" * 16)
    assert len(of_invalidations(server)) == 2
    await connection.aclose()


@in_virtual_time
async def test_very_many_invalidations_made_while_it_is_down_become_one_of_all() -> None:
    server = RedisInMemory()
    server.failure = ConnectionRefusedError()
    connection = connection_to(server)
    for number in range(1001):
        await connection.invalidate(number.to_bytes(16))
    server.failure = None
    await asyncio.sleep(2)
    (words,) = of_invalidations(server)
    assert words[0] == f"loguro:1:{{{'74' * 16}}}:generation:all"
    await connection.aclose()


@in_virtual_time
async def test_nothing_is_read_before_what_is_owed_was_sent() -> None:
    server = RedisInMemory()
    connection = connection_to(server)
    await connection.generations(LOCATION.project)
    server.sent.clear()
    invalidating = asyncio.ensure_future(connection.invalidate(LOCATION.project))
    await connection.read(LOCATION, OWNER, "if-missing", 2.0)
    await invalidating
    assert "generation" in server.sent[0][0]
    assert ":entry:" in server.sent[-1][0]
    await connection.aclose()


@in_virtual_time
async def test_it_hears_others_and_not_itself() -> None:
    server, listener = RedisInMemory(), Mock()
    connection = connection_to(server, listener)
    await connection.invalidate(LOCATION.project)
    own = of_invalidations(server)[0][-1]
    say: Callable[[str, object], None] = server.subscriptions[-1].say
    say("message", own)
    say("message", b"gone" + b"x" * 16 + LOCATION.project)
    say("message", b"gone" + b"x" * 16)
    say("message", b"of another version")
    await asyncio.sleep(0.01)
    heard = [call.args[0] for call in listener.invalidated.call_args_list]
    assert heard == [LOCATION.project, None]
    listener.continued.assert_called_once()
    await connection.aclose()
