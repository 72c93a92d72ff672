"""Keeps a connection to the server, in the background, for as long as it is of use.

It is either *up*, and what is asked goes out in batches, or *down*, and what is asked is answered
with ``None`` at once. One error, or one answer that takes too long, takes it down; it comes up
again by itself, with growing pauses between the attempts.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from loguro_async.shared_cache.driver import Client, News

T = TypeVar("T")
Command: TypeAlias = tuple[str | bytes | int, ...]

_CONNECT_SECONDS: Final = 5.0
_HEARTBEAT_SECONDS: Final = 1.0
_PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
# More than these in one go would take some of the patience only to be packed and read.
_BATCH: Final = 100
# Turns of the loop in which an answer that has arrived gets through, after the loop was held up.
_GRACE_TURNS: Final = 8
_LOG: Final = logging.getLogger("loguro_async")


class Connection:
    """Sends commands in batches and listens to a channel.

    Args:
        client: Of redis-py.
        channel: Whose messages are heard.
        first: Commands that go out before all others, each with what to call when it has.
        heard: Told every message.
        changed: Told ``False`` when the connection goes down, and ``True`` when it is up again
            and messages may have been missed.
        patience_seconds: How long an answer may take.
        owns_client: Whether the client is closed at the end.
    """

    def __init__(
        self,
        client: Client,
        channel: str,
        *,
        first: Callable[[], Mapping[Command, Callable[[], None]]],
        heard: Callable[[bytes], None],
        changed: Callable[[bool], None],
        patience_seconds: float,
        owns_client: bool,
    ) -> None:
        self._client = client
        self._channel = channel
        self._first = first
        self._heard = heard
        self._changed = changed
        self._patience_seconds = patience_seconds
        self._owns_client = owns_client
        self._queue: list[tuple[Command | None, asyncio.Future[Any] | None]] = []
        self._is_wanted = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_up = False
        self._is_trusted = True  # no message has been missed so far
        self._is_first_try = True
        self._is_closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._patience: asyncio.Task[None] | None = None

    async def ask(self, command: Command) -> Any:  # noqa: ANN401 - whatever the script gives
        """The reply to a command; ``None`` where there is none to be had."""
        return await self._enqueue(command)

    def tell(self, command: Command) -> None:
        """Send a command whose reply is of no interest; where it cannot be sent, let it be."""
        self._push(command, None)

    def nudge(self) -> Awaitable[None]:
        """Have the first commands sent soon; awaiting it waits until that was tried."""
        return self._enqueue(None)

    async def aclose(self) -> None:
        """Send what is queued, briefly, then close all that was opened."""
        self._is_closed = True
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            if self._is_up:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_idle.wait(), self._patience_seconds)
            keeper.cancel()
            await asyncio.wait({keeper})
        if self._patience is not None:
            self._patience.cancel()
            await asyncio.wait({self._patience})
        self._go_down()
        if self._owns_client:
            await self._client.aclose()

    def _enqueue(self, command: Command | None) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        if self._keeper is None and not self._is_closed:
            self._keeper = loop.create_task(self._keep())
            self._patience = loop.create_task(self._wait_for_first_try())
        reply: asyncio.Future[Any] = loop.create_future()
        if not self._push(command, reply):
            reply.set_result(None)
        return reply

    def _push(self, command: Command | None, waiter: asyncio.Future[Any] | None) -> bool:
        """Queue a command, unless it could not be sent soon; whether it was."""
        if self._keeper is None or not (self._is_up or self._is_first_try):
            return False
        self._queue.append((command, waiter))
        self._is_wanted.set()
        self._is_idle.clear()
        return True

    async def _wait_for_first_try(self) -> None:
        """Who asks first waits for the connection, but no longer than for an answer."""
        await asyncio.sleep(self._patience_seconds)
        await _grace()
        if self._is_first_try:
            self._go_down()

    async def _keep(self) -> None:
        attempts = 0
        while True:
            try:
                await self._connected()
            except Exception as error:  # noqa: BLE001 - whatever it is, calls go on without it
                was_up = self._is_up
                self._go_down()
                attempts = 0 if was_up else attempts + 1
                _LOG.log(
                    logging.WARNING if was_up or attempts == 1 else logging.DEBUG,
                    "shared cache out of reach, going on without it: %s",
                    type(error).__name__,
                )
            await asyncio.sleep(_PAUSES_SECONDS[min(attempts, len(_PAUSES_SECONDS) - 1)])

    async def _connected(self) -> None:
        """Connect, and serve until something goes wrong."""
        news = self._client.pubsub()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await news.subscribe(self._channel)
                await _confirmation(news)
                await self._execute([], is_urgent=False)
            self._come_up()
            await _until_one_ends(self._send(), self._listen(news))
        finally:
            # Shielded neither from cancellation nor needed by it: closing a socket does not wait.
            with suppress(Exception):
                await news.aclose()
            if self._owns_client:
                await self._client.connection_pool.disconnect()

    def _come_up(self) -> None:
        if not self._is_trusted:
            self._changed(True)  # noqa: FBT003 - the callback's one argument
            _LOG.warning("shared cache in reach again")
        self._is_trusted = True
        self._is_up = True
        self._is_first_try = False

    def _go_down(self) -> None:
        self._is_up = self._is_first_try = self._is_trusted = False
        queue, self._queue = self._queue, []
        self._is_wanted.clear()
        _answer(queue, [None] * len(queue))
        self._is_idle.set()
        self._changed(False)  # noqa: FBT003 - the callback's one argument

    async def _send(self) -> None:
        while True:
            await self._is_wanted.wait()
            batch, self._queue = self._queue[:_BATCH], self._queue[_BATCH:]
            if not self._queue:
                self._is_wanted.clear()
            try:
                replies = await self._execute(
                    [command for command, _ in batch if command is not None]
                )
            except BaseException:
                _answer(batch, [None] * len(batch))
                raise
            rest = iter(replies)
            _answer(batch, [None if command is None else next(rest) for command, _ in batch])
            if not self._is_wanted.is_set():
                self._is_idle.set()

    async def _execute(self, commands: list[Command], *, is_urgent: bool = True) -> list[Any]:
        """Send the first commands and these in one go; the replies to these."""
        first = dict(islice(self._first().items(), _BATCH if is_urgent else None))
        pipeline = self._client.pipeline(transaction=False)
        for command in (("PING",), *first, *commands) if not is_urgent else (*first, *commands):
            pipeline.execute_command(*command)
        work = pipeline.execute(raise_on_error=False)
        replies = await (_promptly(work, self._patience_seconds) if is_urgent else work)
        if not is_urgent:
            answered = replies.pop(0)
            if isinstance(answered, Exception):
                raise answered
        for reply, sent in zip(replies, first.values(), strict=False):
            if not isinstance(reply, Exception):
                sent()
        for reply in replies:
            if isinstance(reply, Exception):
                _LOG.info("the shared cache's server refused a command: %s", reply)
        return replies[len(first) :]

    async def _listen(self, news: News) -> None:
        is_awaited = False
        while True:
            message = await news.get_message(timeout=_HEARTBEAT_SECONDS)
            if message is None and is_awaited:
                raise TimeoutError("no sign of life on the channel")
            is_awaited = message is None
            if message is None:
                await news.ping()
            elif message["type"] == "message":
                self._heard(message["data"])
            elif message["type"] == "subscribe":
                raise ConnectionError("subscribed anew, so messages may have been missed")


async def _confirmation(news: News) -> None:
    while await news.get_message(timeout=_CONNECT_SECONDS) is None:
        pass


def _answer(
    batch: list[tuple[Command | None, asyncio.Future[Any] | None]], replies: list[Any]
) -> None:
    for (_, waiter), reply in zip(batch, replies, strict=True):
        if waiter is not None and not waiter.done():
            waiter.set_result(None if isinstance(reply, Exception) else reply)


async def _until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until the first one fails, and raise its error."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()


async def _promptly(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The result of what must not take long.

    Raises:
        TimeoutError: It did.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            await _grace()
        if not task.done():
            raise TimeoutError("no answer in time")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _grace() -> None:
    for _ in range(_GRACE_TURNS):
        await asyncio.sleep(0)
