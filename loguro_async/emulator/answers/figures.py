"""Key figures, their course over time, and the plain number of events.

Source: "KPIs", "Timeseries" and "Raw event listing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.answers.buckets import bucket_parameters, starts_within_reason
from loguro_async.emulator.ranges import moment

if TYPE_CHECKING:
    from loguro_async.emulator.question import Question
    from loguro_async.emulator.store import Row

_KPIS: Final = """
    , visits AS (
        SELECT is_current, session_id,
            count(*) FILTER (event_type = 'pageview') AS pageviews,
            epoch_ms(max(timestamp)) - epoch_ms(min(timestamp)) AS duration_ms
        FROM seen GROUP BY is_current, session_id
    ), by_event AS (
        SELECT is_current, count(DISTINCT visitor_id) AS visitors,
            count(*) FILTER (event_type = 'pageview') AS pageviews
        FROM seen GROUP BY is_current
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
        (epoch_ms(timestamp) + if(is_current, 0, $shift_ms) - $grid_ms) // $step_ms AS place,
        count(*) FILTER (event_type = 'pageview') AS pageviews,
        count(DISTINCT visitor_id) AS visitors,
        count(DISTINCT session_id) AS sessions
    FROM seen GROUP BY ALL
"""
_NOTHING: Final[Row] = {"pageviews": 0, "visitors": 0, "sessions": 0}


async def kpis(question: Question) -> Row:
    """The key figures of the window and of the period before.

    Source: "KPIs".
    """
    window = await question.window()
    rows = {row["is_current"]: row for row in await question.filtered(window, _KPIS)}
    return {
        "current": _figures(rows.get(True)),
        "previous": _figures(rows.get(False)) if window.has_previous else None,
        "range": window.describe(),
    }


async def timeseries(question: Question) -> Row:
    """Pageviews, visitors and sessions of each bucket, and of its counterpart before.

    Source: "Timeseries".
    """
    window = await question.window()
    starts = starts_within_reason(window)
    rows = await question.filtered(
        window, _TIMESERIES, shift_ms=window.length_ms, **bucket_parameters(window)
    )
    found = {(row["is_current"], row["place"]): row for row in rows}
    items: list[Row] = []
    for place, start_ms in enumerate(starts):
        now = found.get((True, place), _NOTHING)
        before = found.get((False, place), _NOTHING) if window.has_previous else {}
        items.append(
            {
                "bucket": moment(start_ms),
                "pageviews": now["pageviews"],
                "visitors": now["visitors"],
                "sessions": now["sessions"],
                "previousPageviews": before.get("pageviews"),
                "previousVisitors": before.get("visitors"),
                "previousSessions": before.get("sessions"),
            }
        )
    return {"items": items, "bucket": window.bucket}


async def count(question: Question) -> Row:
    """The number of events in the window.

    Source: "Raw event listing": "For just the count".
    """
    window = await question.window()
    rows = await question.filtered(window, "SELECT count(*) FILTER (is_current) AS count FROM seen")
    return {"count": rows[0]["count"]}


def _figures(row: Row | None) -> Row:
    """The key figures under their public names; zeros where nothing happened."""
    found = row or {}
    return {
        "visitors": found.get("visitors", 0),
        "pageviews": found.get("pageviews", 0),
        "sessions": found.get("sessions", 0),
        "bounceRate": found.get("bounce_rate", 0.0),
        "avgDurationSec": found.get("avg_duration_s", 0.0),
    }
