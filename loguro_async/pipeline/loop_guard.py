"""Refuses calls after the client was closed, and from a second event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.errors import ClientClosedError, ConfigurationError
from loguro_async.runtime import running_loop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class LoopGuard:
    """Binds a client to the event loop of its first call, until it is closed.

    Attributes:
        is_closed: Whether the client was closed.
        loop: The event loop of the first call; ``None`` before it and after the end.
    """

    __slots__ = ("is_closed", "loop")

    def __init__(self) -> None:
        self.is_closed = False
        self.loop: AbstractEventLoop | None = None

    def check(self) -> None:
        """Refuses a call on a closed client, or from another event loop.

        Raises:
            ClientClosedError: The client was closed.
            ConfigurationError: The client belongs to another event loop.
            RuntimeError: No event loop is running.
        """
        if self.is_closed:
            message = "the client is closed; make a new one"
            raise ClientClosedError(message)
        running = running_loop()
        if self.loop is None:
            self.loop = running
        elif self.loop is not running:
            message = (
                "the client belongs to another event loop, the one of its first call; "
                "make a client for each loop"
            )
            raise ConfigurationError(message)

    def close(self) -> None:
        """Refuses all calls from now on.

        Raises:
            ConfigurationError: The client is in use in another event loop.
            RuntimeError: The client is in use, and no event loop is running here.
        """
        loop = self.loop
        if loop is not None and loop is not running_loop() and loop.is_running():
            message = "the client is in use in another event loop; close it there"
            raise ConfigurationError(message)
        self.is_closed = True
        self.loop = None
