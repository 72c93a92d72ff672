"""A connection to the server for one event loop: runs scripts, receives messages, reconnects.

A connection is up or down. After a command that fails or takes too long it is down, and calls
continue at once without the server. A background task reconnects; the connection is up again when a
check shows that commands and messages reach the same server and that it accepts writes.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from loguro_async.errors import ConfigurationError
from loguro_async.gather import gather
from loguro_async.shared.script_pipeline import Argument, Run, Script, ScriptPipeline, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from loguro_async.shared.server_address import Server

T = TypeVar("T")

_LOG: Final = logging.getLogger("loguro_async")
_CONNECT_SECONDS: Final = 5.0
_HEARTBEAT_SECONDS: Final = 1.0
_SHORTEST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 0.8
# After a connection that was up for this long, pauses are short again and the failure is logged.
_STEADY_SECONDS: Final = 10.0
_CHANNELS: Final = 2


# KEYS: a key of its own. ARGV: a channel, a random value. SET is refused by a server that is
# read-only, full or of another part of a cluster.
_CHECK: Final = Script.of("""
redis.call('SET', KEYS[1], '', 'PX', 10000)
return redis.call('PUBLISH', ARGV[1], ARGV[2])
""")


class Subscriber(Protocol):
    """The callbacks of a connection."""

    def received(self, message: bytes) -> None:
        """Receives a message of the channel."""
        ...

    async def flush(self, run: Run) -> None:
        """Sends pending commands; called when the connection is up, and then every second."""
        ...

    def connected(self) -> None:
        """Called when the connection is up. Messages may have been missed before."""
        ...

    def disconnected(self) -> None:
        """Called when the connection is down."""
        ...


class Connection:
    """Runs scripts on the server and receives the messages of a channel.

    Args:
        server: The server.
        subscriber: The callbacks.
        name: The purpose of the connection, for the log.
        root: The prefix of all keys.
        patience_seconds: How long a reply may take.
    """

    def __init__(
        self,
        server: Server,
        subscriber: Subscriber,
        *,
        name: str,
        root: str,
        patience_seconds: float,
    ) -> None:
        self.is_up = False
        self.channel = f"{root}:news"
        self._server = server
        self._subscriber = subscriber
        self._name = name
        self._check_key = f"{root}:check"
        # Made at first use: forked processes must differ.
        self._echo_channel = ""
        self._patience_seconds = patience_seconds
        self._pipeline = ScriptPipeline(patience_seconds)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self._is_tried: asyncio.Future[None]
        self._broken: asyncio.Future[Exception]
        self._echo: asyncio.Future[None]

    async def call(
        self, script: Script, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> object:
        """Runs a script and returns its reply; ``None`` if it fails or the connection is down.

        If the caller is cancelled, the command continues.
        """
        return await asyncio.shield(self.start(script, keys, arguments))

    def start(
        self, script: Script, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> asyncio.Task[object]:
        """Runs a script in the background."""
        return self._spawn(self._guarded(lambda: self._pipeline.run(script, keys, arguments)))

    def flush(self) -> Awaitable[None]:
        """Calls the subscriber's ``flush``; done after that, or when the connection is down."""
        work = self._guarded(lambda: self._subscriber.flush(self._pipeline.run))
        return asyncio.shield(self._spawn(work))

    async def aclose(self) -> None:
        """Waits briefly for commands in progress, and closes. Can be called again."""
        self._is_closed = True
        reconnecting, self._reconnecting = self._reconnecting, None
        if reconnecting is None or self._loop is not asyncio.get_running_loop():
            return
        if self._tasks and self.is_up:
            await asyncio.wait(self._tasks, timeout=self._patience_seconds)
        rest = {reconnecting, *self._tasks}
        if self._pipeline.sending is not None:
            rest.add(self._pipeline.sending)
        for task in rest:
            task.cancel()
        await asyncio.wait(rest)
        if self._server.is_owned and self._pipeline.client is not None:
            await self._pipeline.client.aclose()

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        try:
            self._begin()
        except ConfigurationError:
            work.close()
            raise
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop not in {None, loop}:
            raise ConfigurationError(
                f"the {self._name} is connected in another event loop; use one client for each loop"
            )
        if self._loop is None and not self._is_closed:
            self._loop = loop
            self._echo_channel = f"{self.channel}:{secrets.token_hex(8)}"
            self._is_tried = loop.create_future()
            self._broken = loop.create_future()
            self._reconnecting = loop.create_task(self._reconnect())

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T | None:
        if self._loop is None or not await self._is_usable():  # None if closed before its first use
            return None
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the call goes on without it
            self._fail(error)
            return None

    async def _is_usable(self) -> bool:
        """Returns whether the connection is up; the first call waits until it was tried."""
        if not self._is_tried.done():
            with suppress(TimeoutError):
                await within(self._patience_seconds, asyncio.shield(self._is_tried))
            self._note_tried()
        return self.is_up

    def _note_tried(self) -> None:
        if not self._is_tried.done():
            self._is_tried.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self.is_up and not self._broken.done():
            self.is_up = False
            self._broken.set_result(error)

    async def _reconnect(self) -> None:
        backoff: Any = import_module("redis.backoff").EqualJitterBackoff(
            cap=_LONGEST_PAUSE_SECONDS, base=_SHORTEST_PAUSE_SECONDS
        )
        loop, this_task = asyncio.get_running_loop(), asyncio.current_task()
        failures = 0
        try:
            while True:
                begun = loop.time()
                try:
                    await self._session()
                except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                    if this_task is None or this_task.cancelling():  # gather raised another error
                        return
                    failures = 1 if loop.time() - begun > _STEADY_SECONDS else failures + 1
                    _LOG.log(
                        logging.WARNING if failures == 1 else logging.DEBUG,
                        "%s unavailable, requests go on without it: %s",
                        self._name,
                        self._server.reason(error),
                    )
                self._set_down()
                await asyncio.sleep(backoff.compute(failures))
        finally:
            self._set_down()

    async def _session(self) -> None:
        """Connects, and handles messages until the connection fails."""
        self._broken = asyncio.get_running_loop().create_future()
        if self._pipeline.client is None:
            self._pipeline.client = self._server.client()
        pubsub = self._pipeline.client.pubsub()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._pipeline.client.initialize()  # a RedisCluster learns its nodes
                await pubsub.subscribe(self.channel, self._echo_channel)
            await gather(self._listen(pubsub), self._watch())
        finally:
            # Closing a socket does not wait.
            with suppress(Exception):
                await pubsub.aclose()
            with suppress(Exception):
                await self._server.disconnect(self._pipeline.client)

    async def _listen(self, pubsub: Any) -> None:  # noqa: ANN401 - redis-py's types are incomplete
        confirmations = 0
        while True:
            message = await pubsub.get_message(timeout=None)
            kind = message["type"] if message else ""
            if message and kind == "message":
                if message["channel"] == self._echo_channel.encode():
                    self._echoed()
                else:
                    self._subscriber.received(message["data"])
            elif kind == "subscribe":
                confirmations += 1
                if confirmations > _CHANNELS:  # redis-py reconnected by itself
                    raise ConnectionResetError("messages may have been missed")

    async def _watch(self) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await self._check()
        await within(self._patience_seconds, self._check())  # now that it is connected
        await self._subscriber.flush(self._pipeline.run)
        self._set_up()
        while not self._broken.done():
            await asyncio.wait({self._broken}, timeout=_HEARTBEAT_SECONDS)
            if not self._broken.done():
                await within(self._patience_seconds, self._check())
                await self._subscriber.flush(self._pipeline.run)
        raise self._broken.result()

    async def _check(self) -> None:
        """Checks that the server accepts writes, and that a published message arrives."""
        self._echo = asyncio.get_running_loop().create_future()
        arguments = (self._echo_channel, b"")
        (reply,) = await self._pipeline.execute([(_CHECK, (self._check_key,), arguments)])
        if isinstance(reply, Exception):
            raise reply
        await self._echo

    def _echoed(self) -> None:
        if not self._echo.done():
            self._echo.set_result(None)

    def _set_up(self) -> None:
        self.is_up = True
        self._subscriber.connected()
        self._note_tried()
        _LOG.info("%s available", self._name)

    def _set_down(self) -> None:
        self.is_up = False
        if not self._broken.done():
            self._broken.set_result(ConnectionResetError("the connection ended"))
        self._note_tried()
        self._subscriber.disconnected()
