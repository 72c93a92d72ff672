"""Shared by the tests of all frameworks: a client of the embedded Loguro that records its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async import LoguroClient

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator


class Holding:
    """Makes clients, as ``connect`` of an integration does, and remembers them."""

    def __init__(self, loguro: LoguroEmulator) -> None:
        self._loguro = loguro
        self.made: list[LoguroClient] = []

    def __call__(self) -> LoguroClient:
        self.made.append(LoguroClient(self._loguro.token, base_url=self._loguro.base_url))
        return self.made[-1]

    @property
    def closed(self) -> list[bool]:
        """For each client that was made, whether it was closed."""
        return ["closed" in repr(client) for client in self.made]
