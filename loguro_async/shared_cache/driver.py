"""What is used of redis-py, whose own types are not whole."""

from __future__ import annotations

from typing import Any, Protocol


class Batch(Protocol):
    """What is used of redis-py's ``Pipeline``."""

    def execute_command(self, *words: str | bytes | int) -> object:
        """Add a command."""
        ...

    async def execute(self, *, raise_on_error: bool) -> list[Any]:
        """Send all; the replies."""
        ...


class News(Protocol):
    """What is used of redis-py's ``PubSub``."""

    async def subscribe(self, *channels: str) -> None:
        """Connect, and ask for the messages of channels."""
        ...

    async def get_message(self, *, timeout: float) -> dict[str, Any] | None:
        """The next message; ``None`` where there is none for so many seconds."""
        ...

    async def ping(self) -> object:
        """Ask for a sign of life, which comes as a message."""
        ...

    async def aclose(self) -> None:
        """Close its socket."""
        ...


class Pool(Protocol):
    """What is used of redis-py's ``ConnectionPool``."""

    async def disconnect(self) -> None:
        """Close all sockets."""
        ...


class Client(Protocol):
    """What is used of redis-py's ``Redis``."""

    @property
    def connection_pool(self) -> Pool:
        """Where its sockets are."""
        ...

    def pipeline(self, *, transaction: bool) -> Batch:
        """A new batch."""
        ...

    def pubsub(self) -> News:
        """A new subscription."""
        ...

    async def aclose(self) -> None:
        """Close all."""
        ...
