"""Buckets of time in queries."""

from __future__ import annotations

from typing import Final

from loguro_async.emulator.errors import query_failed
from loguro_async.emulator.ranges import BUCKET_MS, Window

# A century of days. A longer series could use up the memory of the server and its caller.
MOST_BUCKETS: Final = 36_525


def bucket_starts(window: Window) -> range:
    """Returns the start of each bucket of a window, in milliseconds since 1970.

    Raises:
        ApiError: 500, if there are too many.
    """
    starts = window.bucket_starts()
    if len(starts) > MOST_BUCKETS:
        raise query_failed()
    return starts


def bucket_parameters(window: Window) -> dict[str, object]:
    """Returns the parameters of a query that computes the index of an event's bucket."""
    return {"grid_ms": window.bucket_starts().start, "step_ms": BUCKET_MS[window.bucket]}
