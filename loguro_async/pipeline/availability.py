"""Whether the service can be reached, as seen by the attempts of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.errors import LoguroError, StatusError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

UNAVAILABLE = frozenset({502, 503, 504})


class Availability:
    """Notes since when every attempt has failed because of the service.

    Args:
        clock: Returns seconds; never goes back.
    """

    __slots__ = ("_clock", "_down_since")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._down_since: float | None = None

    @property
    def is_down(self) -> bool:
        """Whether no attempt has succeeded since one failed."""
        return self._down_since is not None

    @property
    def outage_seconds(self) -> float:
        """For how long the service has been unavailable; 0 while it is available."""
        return 0.0 if self._down_since is None else self._clock() - self._down_since

    def succeeded(self) -> None:
        """Notes that the service responded."""
        self._down_since = None

    def failed(self) -> None:
        """Notes that an attempt failed because of the service."""
        if self._down_since is None:
            self._down_since = self._clock()


def is_outage(error: LoguroError) -> bool:
    """Returns whether an error says that the service, not the query, is at fault."""
    if isinstance(error, StatusError):
        return error.status in UNAVAILABLE
    return isinstance(error, TransportError)
