"""What all retries of a client may cost together, so that they cannot become a storm."""

from __future__ import annotations

from typing import Final

# In tenths of a retry, so that they add up exactly.
_RETRY: Final = 10
_SUCCESS: Final = 1


class RetryBudget:
    """A bucket of tokens: a retry takes one, ten requests that succeed put one back.

    While everything fails, nothing is put back, so that any number of calls makes no more retries
    than there were tokens.

    Args:
        most: The tokens to begin with, and the most there are ever.
    """

    __slots__ = ("_most", "_tenths")

    def __init__(self, most: int) -> None:
        self._most = most * _RETRY
        self._tenths = self._most

    def take(self) -> bool:
        """Pay for one retry. Whether there was enough left."""
        if self._tenths < _RETRY:
            return False
        self._tenths -= _RETRY
        return True

    def succeeded(self) -> None:
        """Put back what one success earns."""
        if self._tenths < self._most:
            self._tenths += _SUCCESS
