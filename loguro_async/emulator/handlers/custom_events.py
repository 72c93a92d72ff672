"""Custom events by name.

Source: "Custom events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.bucket_grid import bucket_parameters, bucket_starts
from loguro_async.emulator.change_percent import change_percent
from loguro_async.emulator.ranges import time_text

if TYPE_CHECKING:
    from loguro_async.emulator.request_context import RequestContext
    from loguro_async.emulator.store import Row

_BY_NAME: Final = """
    SELECT
        custom_event_name AS name,
        count(*) FILTER (is_current) AS count,
        count(*) FILTER (NOT is_current) AS prev_count,
        histogram((epoch_ms(timestamp) - $grid_ms) // $step_ms) FILTER (is_current) AS by_bucket
    FROM selected WHERE event_type = 'custom' AND custom_event_name IS NOT NULL
    GROUP BY name HAVING count(*) FILTER (is_current) > 0
    ORDER BY count DESC, name LIMIT $limit
"""


async def custom_events(context: RequestContext) -> Row:
    """Returns the count of each custom event, in total and by bucket, highest first.

    Source: "Custom events".
    """
    window = await context.window()
    starts = bucket_starts(window)
    rows = await context.filtered(
        window, _BY_NAME, limit=context.limit, **bucket_parameters(window)
    )
    return {
        "items": [_item(row, len(starts), has_previous=window.has_previous) for row in rows],
        "buckets": [time_text(start_ms) for start_ms in starts],
        "bucket": window.bucket,
    }


def _item(row: Row, buckets: int, *, has_previous: bool) -> Row:
    """Returns the counts of one name."""
    count, previous, by_bucket = row["count"], row["prev_count"], row["by_bucket"]
    return {
        "name": row["name"],
        "count": count,
        "prev_count": previous if has_previous else None,
        "delta_pct": change_percent(count, previous) if has_previous else None,
        "spark": [by_bucket.get(bucket, 0) for bucket in range(buckets)],
    }
