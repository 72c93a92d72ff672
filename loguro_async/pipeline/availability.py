"""Whether the service can be reached, as seen by the attempts of one client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.errors import LoguroError, StatusError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

UNAVAILABLE = frozenset({502, 503, 504})
# Of the latest attempts, about 32: more failures than this share are not one project's fault.
_ONE_PROJECT_SHARE = 0.2
_SMOOTHING = 1 / 32


class Availability:
    """Notes since when every attempt has failed because of the service, and for which projects.

    Args:
        clock: Returns seconds; never goes back.

    Attributes:
        responses: Attempts to which the service responded.
    """

    __slots__ = (
        "_clock",
        "_down_since",
        "_failing_slug",
        "_failure_share",
        "_is_one_project",
        "responses",
    )

    def __init__(self, clock: Callable[[], float]) -> None:
        self.responses = 0
        self._clock = clock
        self._down_since: float | None = None
        # The project of the first failure, and whether all failures since were of that one.
        self._failing_slug = ""
        self._is_one_project = True
        # An exponential moving average: 1 where all attempts fail.
        self._failure_share = 0.0

    @property
    def outage_seconds(self) -> float:
        """For how long the service has been unavailable; 0 while it is available."""
        return 0.0 if self._down_since is None else self._clock() - self._down_since

    def outage_after(self, moment: float) -> float:
        """Returns for how long the service has been unavailable, after a moment by the clock.

        A failure may be old: it lasts until the next attempt, which may be hours later.
        """
        return min(self.outage_seconds, self._clock() - moment)

    def fails_only_for(self, slug: str, responses: int) -> bool:
        """Returns whether the service responds to others, and fails for one project alone.

        Args:
            slug: The project.
            responses: What ``responses`` was when the project's attempt failed first.
        """
        is_alone = self._down_since is None or (self._is_one_project and self._failing_slug == slug)
        return is_alone and self.responses > responses and self._failure_share < _ONE_PROJECT_SHARE

    def succeeded(self) -> None:
        """Notes that the service responded."""
        self.responses += 1
        self._down_since = None
        self._failure_share -= _SMOOTHING * self._failure_share

    def failed(self, slug: str) -> None:
        """Notes that an attempt for a project failed because of the service."""
        self._failure_share += _SMOOTHING * (1.0 - self._failure_share)
        if self._down_since is None:
            self._down_since = self._clock()
            self._failing_slug, self._is_one_project = slug, True
        elif slug != self._failing_slug:
            self._is_one_project = False


def is_outage(error: LoguroError) -> bool:
    """Returns whether an error says that the service, not the query, is at fault."""
    if isinstance(error, StatusError):
        return error.status in UNAVAILABLE
    return isinstance(error, TransportError)
