"""Refuses calls after the client was closed, and from a second event loop."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop

from loguro_async.errors import ClientClosedError, ConfigurationError


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
        """
        if self.is_closed:
            message = "the client is closed; make a new one"
            raise ClientClosedError(message)
        running = get_running_loop()
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
        """
        loop = self.loop
        if loop is not None and loop is not get_running_loop() and loop.is_running():
            message = "the client is in use in another event loop; close it there"
            raise ConfigurationError(message)
        self.is_closed = True
        self.loop = None
