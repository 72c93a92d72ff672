from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ReadOnlyError, ResponseError

from loguro_async import ConfigurationError
from loguro_async.shared.connection import Connection
from loguro_async.shared.script_pipeline import Script
from tests.unit.shared.redis_in_memory import RedisInMemory, Subscription
from tests.virtual_time import run

if TYPE_CHECKING:
    from loguro_async.shared.script_pipeline import Run

PATIENCE_SECONDS = 0.04
SCRIPT = Script.of("return 1")


class User:
    """A connection, and what it told."""

    def __init__(self, server: RedisInMemory) -> None:
        self.messages: list[bytes] = []
        self.ups = self.downs = 0
        self.owed: list[str] = []
        self.connection = Connection(
            server, self, name="shared cache", root="root", patience_seconds=PATIENCE_SECONDS
        )

    def received(self, message: bytes) -> None:
        self.messages.append(message)

    async def flush(self, run: Run) -> None:
        while self.owed:
            await run(SCRIPT, [self.owed[0]], [])
            self.owed.pop(0)

    def connected(self) -> None:
        self.ups += 1

    def disconnected(self) -> None:
        self.downs += 1

    async def call(self, key: str) -> object:
        return await self.connection.call(SCRIPT, [key], [])

    async def seconds_for(self, key: str, reply: object) -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert await self.call(key) == reply
        return loop.time() - begun


Story = Callable[[User, RedisInMemory], Coroutine[Any, Any, None]]


def in_virtual_time(story: Story) -> Callable[[], None]:
    async def begin() -> None:
        server = RedisInMemory()
        user = User(server)
        await story(user, server)
        await user.connection.aclose()
        await user.connection.aclose()
        assert all(subscription.is_closed for subscription in server.subscriptions)
        assert server.closed == bool(server.subscriptions)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    return lambda: run(begin)


@in_virtual_time
async def test_a_script_is_sent_whole_once_and_by_its_digest_then(
    user: User, server: RedisInMemory
) -> None:
    assert await user.call("a") == ("a",)
    assert await user.call("b") == ("b",)
    assert SCRIPT.sha in server.known
    assert server.sent == [("a",), ("b",)]


@in_virtual_time
async def test_commands_that_wait_share_pipelines_and_keep_their_order(
    user: User, server: RedisInMemory
) -> None:
    await user.call("first")
    server.sent.clear()
    server.batches.clear()
    keys = [str(number) for number in range(1000)]
    assert await asyncio.gather(*map(user.call, keys)) == [(key,) for key in keys]
    assert server.sent == [(key,) for key in keys]
    assert max(server.batches) == 16
    assert len(server.batches) <= 64
    assert user.downs == 0  # waiting for the others is no sign of a slow server


@in_virtual_time
async def test_an_error_instead_of_a_reply_counts_as_a_failure(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.reply = lambda _words: ResponseError("refused")
    assert await user.call("b") is None
    assert not user.connection.is_up


@in_virtual_time
async def test_a_server_that_hangs_costs_its_patience_once_and_then_nothing(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.is_hung = True
    costs = await asyncio.gather(*(user.seconds_for(str(n), None) for n in range(50)))
    assert 0 < max(costs) <= PATIENCE_SECONDS
    assert await user.seconds_for("b", None) == 0


@in_virtual_time
async def test_a_server_that_hangs_from_the_start_costs_its_patience_once(
    user: User, server: RedisInMemory
) -> None:
    server.is_hung = True
    costs = await asyncio.gather(*(user.seconds_for(str(n), None) for n in range(50)))
    assert 0 < max(costs) <= PATIENCE_SECONDS
    assert await user.seconds_for("b", None) == 0


@in_virtual_time
async def test_a_server_that_is_gone_costs_nothing(user: User, server: RedisInMemory) -> None:
    server.failure = ConnectionRefusedError()
    server.seconds = 0
    assert await user.seconds_for("a", None) == 0
    assert await user.seconds_for("b", None) == 0


@pytest.mark.parametrize(
    "failure", [ConnectionResetError(), ReadOnlyError("no"), ResponseError("odd"), ValueError()]
)
def test_it_recovers_from_whatever_failed(failure: Exception) -> None:
    @in_virtual_time
    async def story(user: User, server: RedisInMemory) -> None:
        await user.call("a")
        server.failure = failure
        await user.seconds_for("b", None)
        await asyncio.sleep(10)
        server.failure = None
        await asyncio.sleep(1)
        assert await user.call("c") == ("c",)
        assert user.ups == 2

    story()


@in_virtual_time
async def test_a_failure_makes_the_next_connection_a_new_one(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.failure = ReadOnlyError("a replica now")
    await user.call("b")
    await asyncio.sleep(0.01)
    assert server.disconnected >= 1
    server.failure = None


@in_virtual_time
async def test_a_server_that_is_always_slow_is_never_used(
    user: User, server: RedisInMemory
) -> None:
    server.seconds = 0.05
    for _ in range(20):
        assert await user.call("a") is None
        await asyncio.sleep(1)
    assert user.ups == 0
    server.seconds = 0.01
    await asyncio.sleep(2)
    assert await user.call("a") == ("a",)


def test_why_it_is_down_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    @in_virtual_time
    async def story(user: User, server: RedisInMemory) -> None:
        await user.call("a")
        await asyncio.sleep(60)
        server.failure = ReadOnlyError("You can't write against a read only replica.")
        await user.call("b")
        await asyncio.sleep(60)
        server.failure = None
        await asyncio.sleep(60)

    with caplog.at_level(logging.INFO, "loguro_async"):
        story()
    lines = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert [line.split(",")[0] for line in lines] == [
        "shared cache available",
        "shared cache unavailable",
        "shared cache available",
    ]
    assert "ReadOnlyError: You can't write" in lines[1]


@in_virtual_time
async def test_a_new_subscription_of_redis_py_s_own_counts_as_a_loss(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.subscriptions[-1].say("subscribe", 1)
    await asyncio.sleep(1)
    assert (user.downs, user.ups) == (1, 2)


@in_virtual_time
async def test_commands_and_messages_that_reach_different_servers_count_as_a_loss(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    await asyncio.sleep(60)
    assert user.downs == 0
    elsewhere = Subscription(server)
    elsewhere.channels = ("elsewhere",)
    server.subscriptions.append(elsewhere)
    await asyncio.sleep(1.1)
    assert user.downs == 1
    server.subscriptions.remove(elsewhere)


@in_virtual_time
async def test_a_server_that_hangs_between_commands_is_detected(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.is_hung = True
    await asyncio.sleep(1.1)
    assert await user.seconds_for("b", None) == 0


@in_virtual_time
async def test_messages_are_received(user: User, server: RedisInMemory) -> None:
    await user.call("a")
    server.subscriptions[-1].say("message", b"gone")
    await asyncio.sleep(0.01)
    assert user.messages == [b"gone"]


@in_virtual_time
async def test_pending_commands_are_sent_before_anything_else(
    user: User, server: RedisInMemory
) -> None:
    server.failure = ConnectionRefusedError()
    user.owed = ["one", "two"]
    await user.connection.flush()
    await asyncio.sleep(5)
    assert server.sent == []
    server.failure = None
    await asyncio.sleep(2)
    await user.call("a")
    assert server.sent == [("one",), ("two",), ("a",)]
    user.owed = ["three"]
    await user.connection.flush()
    assert server.sent[-1] == ("three",)


@in_virtual_time
async def test_a_caller_that_leaves_lets_its_command_end(user: User, server: RedisInMemory) -> None:
    await user.call("a")
    leaving = asyncio.create_task(user.call("b"))
    staying = asyncio.create_task(user.call("c"))
    await asyncio.sleep(0.0005)
    leaving.cancel()
    assert await staying == ("c",)
    assert ("b",) in server.sent
    assert user.downs == 0


@in_virtual_time
async def test_the_end_waits_for_what_is_under_way(user: User, server: RedisInMemory) -> None:
    await user.call("a")
    user.connection.start(SCRIPT, ["b"], [])
    await user.connection.aclose()
    assert server.sent[-1] == ("b",)


@in_virtual_time
async def test_the_end_waits_no_longer_for_a_server_that_hangs_than_a_caller(
    user: User, server: RedisInMemory
) -> None:
    await user.call("a")
    server.is_hung = True
    user.connection.start(SCRIPT, ["b"], [])
    begun = asyncio.get_running_loop().time()
    await user.connection.aclose()
    assert asyncio.get_running_loop().time() - begun <= PATIENCE_SECONDS


@in_virtual_time
async def test_after_the_end_nothing_is_sent(user: User, server: RedisInMemory) -> None:
    await user.connection.aclose()
    assert await user.call("a") is None
    await user.connection.flush()
    assert server.sent == []


def test_a_second_event_loop_is_refused_at_once() -> None:
    server = RedisInMemory()
    user = User(server)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(user.call("a"))
        with pytest.raises(ConfigurationError, match="another event loop"):
            second.run(user.call("b"))
        first.run(user.connection.aclose())


def test_an_event_loop_that_ends_without_a_goodbye_leaves_no_task() -> None:
    server = RedisInMemory()
    user = User(server)
    with asyncio.Runner() as runner:
        runner.run(user.call("a"))
    assert server.subscriptions[-1].is_closed
    assert not user.connection.is_up
