"""Stands for redis-py and a server that can fail, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

from loguro_async.shared.server_address import Server

if TYPE_CHECKING:
    from collections.abc import Callable


class RedisInMemory(Server):
    """Runs no scripts: what a test wants is the reply to each."""

    def __init__(self) -> None:
        super().__init__("redis://127.0.0.1:1/0", owner="RedisCache")
        self.is_hung = False
        self.failure: Exception | None = None
        self.seconds = 0.001
        self.reply: Callable[[tuple[Any, ...]], object] = lambda words: words
        self.known: set[str] = set()
        self.sent: list[tuple[Any, ...]] = []  # the commands but for checks
        self.subscriptions: list[Subscription] = []
        self.batches: list[int] = []
        self.closed = self.disconnected = 0

    def client(self) -> RedisInMemory:
        return self

    async def disconnect(self, client: object) -> None:
        assert client is self
        self.disconnected += 1

    async def initialize(self) -> None:
        await self.trip()

    async def aclose(self) -> None:
        self.closed += 1

    def pubsub(self) -> Subscription:
        self.subscriptions.append(Subscription(self))
        return self.subscriptions[-1]

    async def trip(self) -> None:
        await asyncio.sleep(3600 if self.is_hung else self.seconds)
        if self.failure is not None:
            raise self.failure

    def pipeline(self, *, transaction: bool) -> PipelineInMemory:
        assert not transaction
        return PipelineInMemory(self)

    async def execute_command(self, *words: Any) -> object:  # noqa: ANN401 - as in redis-py
        await self.trip()
        return self.run(*words)

    def run(self, name: str, script: str, count: int, *rest: Any) -> object:  # noqa: ANN401
        if name == "EVALSHA" and script not in self.known:
            self.known.add(script)
            return NoScriptError()
        if str(rest[0]).endswith(":check"):
            self.subscriptions[-1].say("message", rest[count + 1], rest[count])
            return 1
        self.sent.append(rest)
        return self.reply(rest)


class PipelineInMemory:
    def __init__(self, server: RedisInMemory) -> None:
        self._server = server
        self._commands: list[tuple[Any, ...]] = []

    def execute_command(self, *words: Any) -> None:  # noqa: ANN401 - as in redis-py
        self._commands.append(words)

    async def execute(self, *, raise_on_error: bool) -> list[object]:
        assert not raise_on_error
        await self._server.trip()
        self._server.batches.append(len(self._commands))
        return [self._server.run(*words) for words in self._commands]


class Subscription:
    def __init__(self, server: RedisInMemory) -> None:
        self._server = server
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.channels: tuple[str, ...] = ()
        self.is_closed = False

    def say(self, kind: str, data: object = None, channel: str = "") -> None:
        channel = channel or self.channels[0]
        self._messages.put_nowait({"type": kind, "data": data, "channel": channel.encode()})

    async def subscribe(self, *channels: str) -> None:
        await self._server.trip()
        self.channels = channels
        for channel in channels:
            self.say("subscribe", 1, channel)

    async def get_message(self, *, timeout: None) -> dict[str, Any]:
        assert timeout is None
        return await self._messages.get()

    async def aclose(self) -> None:
        self.is_closed = True
