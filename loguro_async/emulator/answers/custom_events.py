"""Custom events by name.

Source: "Custom events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.answers.buckets import bucket_parameters, starts_within_reason
from loguro_async.emulator.answers.changes import change_percent
from loguro_async.emulator.ranges import moment

if TYPE_CHECKING:
    from loguro_async.emulator.question import Question
    from loguro_async.emulator.store import Row

_BY_NAME: Final = """
    SELECT
        custom_event_name AS name,
        count(*) FILTER (is_current) AS count,
        count(*) FILTER (NOT is_current) AS prev_count,
        histogram((epoch_ms(timestamp) - $grid_ms) // $step_ms) FILTER (is_current) AS places
    FROM seen WHERE event_type = 'custom'
    GROUP BY name HAVING count(*) FILTER (is_current) > 0
    ORDER BY count DESC, name LIMIT $limit
"""


async def custom_events(question: Question) -> Row:
    """How often each custom event came, bucket by bucket, most first.

    Source: "Custom events".
    """
    window = await question.window()
    starts = starts_within_reason(window)
    rows = await question.filtered(
        window, _BY_NAME, limit=question.limit, **bucket_parameters(window)
    )
    return {
        "items": [_item(row, len(starts), has_previous=window.has_previous) for row in rows],
        "buckets": [moment(start_ms) for start_ms in starts],
        "bucket": window.bucket,
    }


def _item(row: Row, buckets: int, *, has_previous: bool) -> Row:
    """One name's figures."""
    count, before, places = row["count"], row["prev_count"], row["places"]
    return {
        "name": row["name"],
        "count": count,
        "prev_count": before if has_previous else None,
        "delta_pct": change_percent(count, before) if has_previous else None,
        "spark": [places.get(place, 0) for place in range(buckets)],
    }
