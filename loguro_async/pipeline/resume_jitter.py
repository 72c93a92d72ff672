"""The wait after a ``Retry-After``, with jitter: all calls at once would overload the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_PAUSE_SECONDS: Final = 600.0
"""The longest wait after a ``Retry-After``, whatever the header says."""

_SHARE_OF_WAIT: Final = 0.05
_LEAST_SECONDS: Final = 0.1


def max_jitter(seconds: float) -> float:
    """Returns the longest jitter, in seconds, for calls that waited for ``seconds``."""
    return max(_LEAST_SECONDS, _SHARE_OF_WAIT * seconds)


def with_jitter(seconds: float, random: Callable[[], float]) -> float:
    """Returns a wait of ``seconds`` and a random jitter."""
    return seconds + max_jitter(seconds) * random()
