"""Reads ``Retry-After``, and adds jitter: all calls at once would overload the service."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_PAUSE_SECONDS: Final = 600.0
"""The longest wait after a ``Retry-After``: else one wrong header would stop a client."""

_MOST_SECONDS: Final = 1e9  # a number of any length is finite
_SHARE_OF_WAIT: Final = 0.05
_LEAST_SECONDS: Final = 0.1


def seconds_to_wait(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Returns the seconds of a ``Retry-After``; ``None`` where it is neither a number nor a date.

    Args:
        headers: Those of the response.
        now: The current time, for a date in a response that has no ``Date``.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        seconds = float(text)
    else:
        moment = _moment(text)
        if moment is None:
            return None
        # The clocks of the service and of this machine may differ.
        present = _moment(headers.get("Date", "")) or now
        seconds = max(0.0, (moment - present).total_seconds())
    return min(seconds, _MOST_SECONDS)


def _moment(date: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def max_jitter(seconds: float) -> float:
    """Returns the longest jitter, in seconds, for calls that waited for ``seconds``."""
    return max(_LEAST_SECONDS, _SHARE_OF_WAIT * seconds)


def with_jitter(seconds: float, random: Callable[[], float]) -> float:
    """Returns a wait of ``seconds`` and a random jitter."""
    return seconds + max_jitter(seconds) * random()
