"""How long a client may be used, and where."""

from __future__ import annotations

import asyncio

from loguro_async.errors import ClientClosedError, ConfigurationError


class Lifetime:
    """Whether the client may still be used, and in which event loop."""

    __slots__ = ("is_closed", "loop")

    def __init__(self) -> None:
        self.is_closed = False
        self.loop: asyncio.AbstractEventLoop | None = None

    def close(self) -> None:
        """Refuse all calls from now on.

        Raises:
            ConfigurationError: The client is at work in another event loop.
        """
        loop = self.loop
        if loop is not None and loop is not asyncio.get_running_loop() and loop.is_running():
            message = "the client is at work in another event loop; close it there"
            raise ConfigurationError(message)
        self.is_closed = True
        # Kept answers are given out on a look at the loop alone.
        self.loop = None

    def check(self) -> None:
        """Refuse a call after the end, or from another event loop than the first one's."""
        if self.is_closed:
            message = "the client is closed; make a new one"
            raise ClientClosedError(message)
        running = asyncio.get_running_loop()
        if self.loop is None:
            self.loop = running
        elif self.loop is not running:
            message = (
                "the client belongs to another event loop, the one of its first call; "
                "make a client for each loop"
            )
            raise ConfigurationError(message)
