from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from loguro_async.shared_cache.protocol import Place
from loguro_async.shared_cache.redis import RedisOptions
from loguro_async.shared_cache.redis_link import RedisLink
from tests.virtual_time import run

if TYPE_CHECKING:
    from loguro_async.shared_cache.connection import Command

PLACE = Place(b"e" * 16, b"s" * 16)


class Server:
    """A server that can be out of reach, and stands for redis-py and its parts."""

    def __init__(self) -> None:
        self.is_dead = False
        self.reply: object = None
        self.sent: list[Command] = []
        self._message: dict[str, Any] | None = {"type": "subscribe", "data": 1}

    @property
    def connection_pool(self) -> Server:
        return self

    async def disconnect(self) -> None:
        return None

    async def aclose(self) -> None:
        return None

    def pipeline(self, *, transaction: bool) -> Batch:
        assert not transaction
        return Batch(self)

    def pubsub(self) -> Server:
        self._message = {"type": "subscribe", "data": 1}
        return self

    async def subscribe(self, *channels: str) -> None:
        if self.is_dead:
            raise ConnectionRefusedError(*channels)

    async def get_message(self, *, timeout: float) -> dict[str, Any] | None:
        message, self._message = self._message, None
        if message is None:
            await asyncio.sleep(timeout)
        return message or {"type": "pong", "data": b""}

    async def ping(self) -> None:
        return None


class Batch:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._commands: list[Command] = []

    def execute_command(self, *words: str | bytes | int) -> None:
        self._commands.append(words)

    async def execute(self, *, raise_on_error: bool) -> list[Any]:
        assert not raise_on_error
        self._server.sent += [words for words in self._commands if words != ("PING",)]
        return [self._server.reply for _ in self._commands]


def link_to(server: Server, heard: list[bytes | None]) -> RedisLink:
    return RedisLink(
        server,
        options=RedisOptions("loguro", 2.0, 1000, 0.04),
        scope=b"t" * 16,
        heard=heard.append,
        owns_client=True,
    )


def test_who_waits_for_a_turn_to_end_waits_so_long_and_no_longer() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        link = link_to(Server(), [])
        await asyncio.gather(link.changed(PLACE, 1.0), link.changed(PLACE, 3.0))
        assert loop.time() == 3.0
        await link.aclose()

    run(story)


def test_at_the_end_nobody_is_left_waiting() -> None:
    async def story() -> None:
        link = link_to(Server(), [])
        waiting = asyncio.create_task(link.changed(PLACE, 1000.0))
        await asyncio.sleep(1)
        await link.aclose()
        await waiting
        assert asyncio.get_running_loop().time() < 2

    run(story)


def test_a_reply_of_another_shape_is_none_at_all() -> None:
    async def story() -> None:
        server = Server()
        link = link_to(server, [])
        for reply in (None, [], [b"", b"", b"", "1"], [b"", "", b"", 1], b"OK"):
            server.reply = reply
            assert await link.read(PLACE, b"o" * 16, "if-empty") is None
        server.reply = [b"x", b"y", b"z", 1]
        reading = await link.read(PLACE, b"o" * 16, "if-empty")
        assert reading == (b"x", (b"y", b"z"), True)
        await link.aclose()

    run(story)


def test_invalidations_made_out_of_reach_are_each_sent_once_it_is_there() -> None:
    async def story() -> None:
        server, heard = Server(), list[bytes | None]()
        server.is_dead = True
        link = link_to(server, heard)
        for slug in (b"a" * 16, b"b" * 16, b"a" * 16):
            await link.forget(slug)
        assert server.sent == []
        server.is_dead = False
        await asyncio.sleep(2)
        assert len(server.sent) == 2
        assert heard == [None]  # and what was missed meanwhile is made up for
        await link.forget(b"c" * 16)
        assert len(server.sent) == 3
        await link.aclose()

    run(story)


def test_very_many_invalidations_made_out_of_reach_become_one_of_all() -> None:
    async def story() -> None:
        server = Server()
        server.is_dead = True
        link = link_to(server, [])
        for number in range(1001):
            await link.forget(number.to_bytes(16))
        server.is_dead = False
        await asyncio.sleep(2)
        (command,) = server.sent
        assert command[3] == f"loguro:1:{{{'74' * 16}}}:generation:all"
        await link.aclose()

    run(story)
