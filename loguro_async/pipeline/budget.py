"""Limits the retries of all calls of a client, so that they do not overload a failing service.

Source: retry throttling as in gRPC A6.
"""

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
        most: The tokens at the start, which is also the maximum.
    """

    __slots__ = ("_most", "_tenths")

    def __init__(self, most: int) -> None:
        self._most = most * _RETRY
        self._tenths = self._most

    def take(self) -> bool:
        """Takes the token for one retry; returns whether there was one."""
        if self._tenths < _RETRY:
            return False
        self._tenths -= _RETRY
        return True

    def succeeded(self) -> None:
        """Puts back a tenth of a token."""
        if self._tenths < self._most:
            self._tenths += _SUCCESS
