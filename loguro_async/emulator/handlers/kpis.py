"""KPIs, the timeseries and the number of events.

Source: "KPIs", "Timeseries" and "Raw event listing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.bucket_grid import bucket_parameters, bucket_starts
from loguro_async.emulator.ranges import time_text

if TYPE_CHECKING:
    from loguro_async.emulator.request_context import RequestContext
    from loguro_async.emulator.store import Row

_KPIS: Final = """
    , visits AS (
        SELECT is_current, session_id,
            count(*) FILTER (event_type = 'pageview') AS pageviews,
            epoch_ms(max(timestamp)) - epoch_ms(min(timestamp)) AS duration_ms
        FROM selected GROUP BY is_current, session_id
    ), by_event AS (
        SELECT is_current, count(DISTINCT visitor_id) AS visitors,
            count(*) FILTER (event_type = 'pageview') AS pageviews
        FROM selected GROUP BY is_current
    ), by_visit AS (
        SELECT is_current, count(*) AS sessions,
            count(*) FILTER (pageviews = 1)
                / nullif(count(*) FILTER (pageviews > 0), 0) AS bounce_rate,
            avg(duration_ms) / 1000 AS avg_duration_s
        FROM visits GROUP BY is_current
    )
    SELECT
        is_current, visitors, by_event.pageviews AS pageviews, sessions,
        round(coalesce(bounce_rate, 0), 4) AS bounce_rate,
        round(avg_duration_s, 1) AS avg_duration_s
    FROM by_event JOIN by_visit USING (is_current)
"""
_TIMESERIES: Final = """
    SELECT
        is_current,
        (epoch_ms(timestamp) + if(is_current, 0, $shift_ms) - $grid_ms) // $step_ms AS bucket,
        count(*) FILTER (event_type = 'pageview') AS pageviews,
        count(DISTINCT visitor_id) AS visitors,
        count(DISTINCT session_id) AS sessions
    FROM selected GROUP BY ALL
"""
_COUNT: Final = "SELECT count(*) FILTER (is_current) AS count FROM selected"
_ZEROS: Final[Row] = {"pageviews": 0, "visitors": 0, "sessions": 0}


async def kpis(context: RequestContext) -> Row:
    """Returns the KPIs of the window and of the previous period.

    Source: "KPIs".
    """
    window = await context.window()
    rows = {row["is_current"]: row for row in await context.filtered(window, _KPIS)}
    return {
        "current": _values(rows.get(True)),
        "previous": _values(rows.get(False)) if window.has_previous else None,
        "range": window.describe(),
    }


async def timeseries(context: RequestContext) -> Row:
    """Returns pageviews, visitors and sessions of each bucket and of its previous one.

    Source: "Timeseries".
    """
    window = await context.window()
    starts = bucket_starts(window)
    rows = await context.filtered(
        window, _TIMESERIES, shift_ms=window.length_ms, **bucket_parameters(window)
    )
    found = {(row["is_current"], row["bucket"]): row for row in rows}
    items: list[Row] = []
    for bucket, start_ms in enumerate(starts):
        current = found.get((True, bucket), _ZEROS)
        previous = found.get((False, bucket), _ZEROS) if window.has_previous else {}
        items.append(
            {
                "bucket": time_text(start_ms),
                "pageviews": current["pageviews"],
                "visitors": current["visitors"],
                "sessions": current["sessions"],
                "previousPageviews": previous.get("pageviews"),
                "previousVisitors": previous.get("visitors"),
                "previousSessions": previous.get("sessions"),
            }
        )
    return {"items": items, "bucket": window.bucket}


async def count(context: RequestContext) -> Row:
    """Returns the number of events in the window.

    Source: "Raw event listing": "For just the count".
    """
    window = await context.window()
    rows = await context.filtered(
        window, "SELECT count(*) FILTER (is_current) AS count FROM selected"
    )
    return {"count": rows[0]["count"]}


def _values(row: Row | None) -> Row:
    """Returns the KPIs under their public names; zeros without any events."""
    found = row or {}
    return {
        "visitors": found.get("visitors", 0),
        "pageviews": found.get("pageviews", 0),
        "sessions": found.get("sessions", 0),
        "bounceRate": found.get("bounce_rate", 0.0),
        "avgDurationSec": found.get("avg_duration_s", 0.0),
    }
