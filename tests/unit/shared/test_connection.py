from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from loguro_async.shared_cache.connection import Command, Connection
from tests.virtual_time import run

PATIENCE_SECONDS = 0.04


class Server:
    """Stands for the server and for redis-py: its replies are the commands themselves."""

    def __init__(self) -> None:
        self.is_hung = False
        self.failure: Exception | None = None
        self.refused: set[Command] = set()
        self.seconds = 0.001
        self.batches: list[list[Command]] = []
        self.subscriptions: list[Subscription] = []
        self.closed = 0

    @property
    def connection_pool(self) -> Server:
        return self

    async def disconnect(self) -> None:
        return None

    async def aclose(self) -> None:
        self.closed += 1

    def pipeline(self, *, transaction: bool) -> Sent:
        assert not transaction
        return Sent(self)

    def pubsub(self) -> Subscription:
        self.subscriptions.append(Subscription(self))
        return self.subscriptions[-1]

    async def trip(self) -> None:
        await asyncio.sleep(3600 if self.is_hung else self.seconds)
        if self.failure is not None:
            raise self.failure


class Sent:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._commands: list[Command] = []

    def execute_command(self, *words: str | bytes | int) -> None:
        self._commands.append(words)

    async def execute(self, *, raise_on_error: bool) -> list[Any]:
        assert not raise_on_error
        await self._server.trip()
        self._server.batches.append(self._commands)
        return [
            ValueError("refused") if command in self._server.refused else command
            for command in self._commands
        ]


class Subscription:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_closed = False

    def say(self, kind: str, data: object = None) -> None:
        self._messages.put_nowait({"type": kind, "data": data})

    async def subscribe(self, *channels: str) -> None:
        await self._server.trip()
        self.say("subscribe", channels)

    async def get_message(self, *, timeout: float) -> dict[str, Any] | None:
        try:
            return await asyncio.wait_for(self._messages.get(), timeout)
        except TimeoutError:
            return None

    async def ping(self) -> None:
        if not self._server.is_hung:
            self.say("pong", b"")

    async def aclose(self) -> None:
        self.is_closed = True


class Desk:
    """A connection, and what it told."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.heard: list[bytes] = []
        self.lapses = 0
        self.losses = 0
        self.first: dict[Command, Callable[[], None]] = {}
        self.connection = Connection(
            server,
            "news",
            first=lambda: dict(self.first),
            heard=self.heard.append,
            changed=self._changed,
            patience_seconds=PATIENCE_SECONDS,
            owns_client=True,
        )

    def _changed(self, is_up: bool) -> None:  # noqa: FBT001 - as the connection calls it
        self.lapses += is_up
        self.losses += not is_up

    def must_send(self, command: Command) -> None:
        self.first[command] = self.first.clear

    async def seconds_for(self, command: Command, reply: Command | None) -> float:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        assert await self.connection.ask(command) == reply
        return loop.time() - begin


Story = Callable[[Desk, Server], Coroutine[Any, Any, None]]


def in_virtual_time(story: Story) -> Callable[[], None]:
    async def begin() -> None:
        server = Server()
        desk = Desk(server)
        await story(desk, server)
        await desk.connection.aclose()
        assert all(news.is_closed for news in server.subscriptions)
        assert server.closed == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    return lambda: run(begin)


@in_virtual_time
async def test_all_who_ask_at_once_share_a_batch(desk: Desk, server: Server) -> None:
    asked: list[Command] = [("GET", number) for number in range(30)]
    assert await asyncio.gather(*(desk.connection.ask(command) for command in asked)) == asked
    assert server.batches == [[("PING",)], asked]


@in_virtual_time
async def test_very_many_go_in_several_batches_each_in_its_order(
    desk: Desk, server: Server
) -> None:
    asked: list[Command] = [("GET", number) for number in range(1000)]
    assert await asyncio.gather(*(desk.connection.ask(command) for command in asked)) == asked
    assert [command for batch in server.batches[1:] for command in batch] == asked
    assert max(len(batch) for batch in server.batches) <= 100
    assert desk.losses == 0


@in_virtual_time
async def test_who_leaves_before_the_first_connection_can_still_take_back(
    desk: Desk, server: Server
) -> None:
    leaving = asyncio.create_task(desk.connection.ask(("CLAIM",)))
    await asyncio.sleep(0)
    leaving.cancel()
    desk.connection.tell(("RELEASE",))
    await desk.connection.ask(("GET", 1))
    assert server.batches[1:] == [[("CLAIM",), ("RELEASE",), ("GET", 1)]]


@in_virtual_time
async def test_a_server_that_hangs_costs_its_patience_once_and_then_nothing(
    desk: Desk, server: Server
) -> None:
    await desk.connection.ask(("GET", 1))
    server.is_hung = True
    costs = await asyncio.gather(*(desk.seconds_for(("GET", n), None) for n in range(50)))
    assert 0 < max(costs) <= PATIENCE_SECONDS
    assert await desk.seconds_for(("GET", 2), None) == 0
    assert desk.losses == 1


@in_virtual_time
async def test_a_server_that_hangs_from_the_start_costs_its_patience_once(
    desk: Desk, server: Server
) -> None:
    server.is_hung = True
    costs = await asyncio.gather(*(desk.seconds_for(("GET", n), None) for n in range(50)))
    assert 0 < max(costs) <= PATIENCE_SECONDS
    assert await desk.seconds_for(("GET", 2), None) == 0


@in_virtual_time
async def test_a_dead_server_costs_nothing(desk: Desk, server: Server) -> None:
    server.failure = ConnectionRefusedError()
    server.seconds = 0
    assert await desk.seconds_for(("GET", 1), None) == 0
    assert await desk.seconds_for(("GET", 2), None) == 0


@pytest.mark.parametrize("failure", [ConnectionResetError(), ValueError("odd reply")])
def test_it_recovers_by_itself(failure: Exception) -> None:
    @in_virtual_time
    async def story(desk: Desk, server: Server) -> None:
        await desk.connection.ask(("GET", 1))
        server.failure = failure
        await desk.seconds_for(("GET", 2), None)
        await asyncio.sleep(10)
        server.failure = None
        await asyncio.sleep(1)
        await desk.seconds_for(("GET", 3), ("GET", 3))

    story()


@in_virtual_time
async def test_a_slow_first_connection_is_not_waited_for_but_used(
    desk: Desk, server: Server
) -> None:
    server.seconds = 0.5
    assert await desk.seconds_for(("GET", 1), None) <= PATIENCE_SECONDS
    await asyncio.sleep(1.1)
    server.seconds = 0.01
    await desk.seconds_for(("GET", 2), ("GET", 2))
    assert desk.lapses == 1  # what was answered meanwhile heard of no invalidation


@in_virtual_time
async def test_after_a_loss_it_tells_that_messages_may_have_been_missed(
    desk: Desk, server: Server
) -> None:
    await desk.connection.ask(("GET", 1))
    assert desk.lapses == 0
    server.failure = ConnectionResetError()
    await desk.connection.ask(("GET", 2))
    server.failure = None
    await asyncio.sleep(1)
    assert desk.lapses == 1


@in_virtual_time
async def test_a_silent_new_subscription_counts_as_a_loss(desk: Desk, server: Server) -> None:
    await desk.connection.ask(("GET", 1))
    server.subscriptions[-1].say("subscribe", b"news")
    await asyncio.sleep(1)
    assert (desk.losses, desk.lapses) == (1, 1)


@in_virtual_time
async def test_a_channel_without_a_sign_of_life_counts_as_a_loss(
    desk: Desk, server: Server
) -> None:
    await desk.connection.ask(("GET", 1))
    await asyncio.sleep(60)
    assert desk.losses == 0
    server.is_hung = True
    await asyncio.sleep(3)
    assert desk.losses > 0
    assert await desk.seconds_for(("GET", 2), None) == 0


@in_virtual_time
async def test_messages_are_heard(desk: Desk, server: Server) -> None:
    await desk.connection.ask(("GET", 1))
    server.subscriptions[-1].say("message", b"gone")
    await asyncio.sleep(0.01)
    assert desk.heard == [b"gone"]


@in_virtual_time
async def test_what_must_be_sent_first_waits_for_the_server_and_goes_first(
    desk: Desk, server: Server
) -> None:
    server.failure = ConnectionRefusedError()
    desk.must_send(("FORGET",))
    await desk.connection.nudge()
    await asyncio.sleep(5)
    assert server.batches == []
    server.failure = None
    await asyncio.sleep(1)
    assert server.batches == [[("PING",), ("FORGET",)]]
    desk.must_send(("FORGET", 2))
    await desk.connection.ask(("GET", 1))
    assert server.batches[1:] == [[("FORGET", 2), ("GET", 1)]]


@in_virtual_time
async def test_a_refused_command_has_no_reply_and_harms_no_other(
    desk: Desk, server: Server
) -> None:
    server.refused = {("BAD",), ("FORGET",)}
    desk.must_send(("FORGET",))
    replies = await asyncio.gather(desk.connection.ask(("BAD",)), desk.connection.ask(("GET", 1)))
    assert list(replies) == [None, ("GET", 1)]
    assert desk.first.keys() == {("FORGET",)}
    assert desk.losses == 0
    desk.first.clear()


@in_virtual_time
async def test_a_server_that_refuses_to_talk_is_left_alone(desk: Desk, server: Server) -> None:
    server.refused = {("PING",)}
    await desk.seconds_for(("GET", 1), None)
    assert await desk.seconds_for(("GET", 2), None) == 0


@in_virtual_time
async def test_one_callers_cancellation_does_not_touch_the_others(
    desk: Desk, server: Server
) -> None:
    await desk.connection.ask(("GET", 0))
    leaving = asyncio.create_task(desk.connection.ask(("GET", 1)))
    staying = asyncio.create_task(desk.connection.ask(("GET", 2)))
    await asyncio.sleep(0.0005)
    leaving.cancel()
    assert await staying == ("GET", 2)
    assert desk.losses == 0


@in_virtual_time
async def test_at_the_end_what_was_told_is_still_sent(desk: Desk, server: Server) -> None:
    await desk.connection.ask(("GET", 0))
    desk.connection.tell(("SET", 1))
    await desk.connection.aclose()
    server.closed = 0
    assert server.batches[-1] == [("SET", 1)]


@in_virtual_time
async def test_the_end_waits_for_what_is_under_way(desk: Desk, server: Server) -> None:
    await desk.connection.ask(("GET", 0))
    desk.connection.tell(("SET", 1))
    await asyncio.sleep(0.0005)  # the batch was sent, its reply is not there yet
    await desk.connection.aclose()
    server.closed = 0
    assert server.batches[-1] == [("SET", 1)]


@in_virtual_time
async def test_the_end_waits_no_longer_for_a_server_that_hangs_than_a_caller(
    desk: Desk, server: Server
) -> None:
    await desk.connection.ask(("GET", 0))
    server.is_hung = True
    desk.connection.tell(("SET", 1))
    begin = asyncio.get_running_loop().time()
    await desk.connection.aclose()
    server.closed = 0
    assert asyncio.get_running_loop().time() - begin <= PATIENCE_SECONDS


@in_virtual_time
async def test_after_the_end_nothing_is_sent(desk: Desk, server: Server) -> None:
    await desk.connection.aclose()
    server.closed = 0
    desk.connection.tell(("SET", 1))
    assert await desk.connection.ask(("GET", 1)) is None
    assert server.batches == []
