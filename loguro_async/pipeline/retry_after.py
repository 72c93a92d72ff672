"""How long a call waits after a ``Retry-After`` of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Calls resume spread out, not at one instant, which would overload the service again.
_SPREAD: Final = 0.05
_LEAST_SPREAD_SECONDS: Final = 0.1


def spread(seconds: float) -> float:
    """Returns over how many seconds calls resume that waited for ``seconds``."""
    return max(_LEAST_SPREAD_SECONDS, _SPREAD * seconds)


def spread_out(seconds: float, random: Callable[[], float]) -> float:
    """Returns a wait of at least ``seconds``, drawn at random, so that waits end spread out."""
    return seconds + spread(seconds) * random()
