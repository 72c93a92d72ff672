"""Buckets of time, as queries count in them."""

from __future__ import annotations

from typing import Final

from loguro_async.emulator.ranges import BUCKET_MS, Window
from loguro_async.emulator.refusals import query_failed

# A century of days. A series of more would only make the server, and its caller, run out of memory.
MOST_BUCKETS: Final = 36_525


def starts_within_reason(window: Window) -> range:
    """When each bucket of a window begins, in milliseconds since 1970.

    Raises:
        RefusalError: 500, because there are too many of them.
    """
    starts = window.bucket_starts()
    if len(starts) > MOST_BUCKETS:
        raise query_failed()
    return starts


def bucket_parameters(window: Window) -> dict[str, object]:
    """The values of a query that gives each event the place of its bucket."""
    return {"grid_ms": window.bucket_starts().start, "step_ms": BUCKET_MS[window.bucket]}
