"""Scripts and the pipelines in which they are sent."""

from __future__ import annotations

import asyncio
import hashlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
Argument: TypeAlias = str | bytes | float

# Commands in a pipeline: more gain little, and large responses take long.
_PIPELINE: Final = 16
# Turns of the event loop in which a reply that has arrived gets through, after it was blocked.
_GRACE_TURNS: Final = 8


class Script(NamedTuple):
    """A Lua script and its SHA-1, by which the server knows it after the first use."""

    text: str
    sha: str

    @classmethod
    def of(cls, text: str) -> Script:
        """Returns a script with its SHA-1."""
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


Command: TypeAlias = "tuple[Script, Sequence[str], Sequence[Argument]]"
"""A script with its keys and arguments."""

Run: TypeAlias = "Callable[[Script, Sequence[str], Sequence[Argument]], Awaitable[object]]"
"""Runs a script and returns its reply; raises what redis-py raises."""


class ScriptPipeline:
    """Sends scripts to the server; those that wait for it share a pipeline.

    Args:
        patience_seconds: How long the replies of a pipeline may take.

    Attributes:
        client: The client of redis-py; set before the first script.
        sending: The task that sends scripts; ``None`` before the first one.
    """

    def __init__(self, patience_seconds: float) -> None:
        self.client: Any = None
        self.sending: asyncio.Task[None] | None = None
        self._patience_seconds = patience_seconds
        self._queue: list[tuple[Command, asyncio.Future[object]]] = []

    async def run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> object:
        """Runs a script, in one pipeline with others that wait for the server."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[object] = loop.create_future()
        self._queue.append(((script, keys, arguments), reply))
        if self.sending is None or self.sending.done():
            self.sending = loop.create_task(self._send_queue())
        return await reply

    async def _send_queue(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:_PIPELINE], self._queue[_PIPELINE:]
            replies: list[object]
            try:
                work = self.execute([command for command, _ in batch])
                replies = await within(self._patience_seconds, work)
            except Exception as error:  # noqa: BLE001 - raised for each caller below
                batch, self._queue = batch + self._queue, []
                replies = [error] * len(batch)
            for (_, waiting), reply in zip(batch, replies, strict=True):
                if waiting.done():  # its caller's event loop ends
                    continue
                if isinstance(reply, Exception):
                    waiting.set_exception(reply)
                else:
                    waiting.set_result(reply)

    async def execute(self, commands: Sequence[Command]) -> list[object]:
        """Runs scripts in one pipeline, and returns their replies, which may be errors."""
        no_script = import_module("redis.exceptions").NoScriptError
        pipeline = self.client.pipeline(transaction=False)
        for script, keys, arguments in commands:
            pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
        replies: list[object] = await pipeline.execute(raise_on_error=False)
        for index, (script, keys, arguments) in enumerate(commands):
            if isinstance(replies[index], no_script):
                replies[index] = await self.client.execute_command(
                    "EVAL", script.text, len(keys), *keys, *arguments
                )
        return replies


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Returns the result of some work, with a timeout that allows for a blocked event loop.

    Raises:
        TimeoutError: The work took longer, and not because the event loop was blocked.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        for _ in range(_GRACE_TURNS):
            if not task.done():
                await asyncio.sleep(0)
        if not task.done():
            raise TimeoutError(f"no reply within {seconds:g} s")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
