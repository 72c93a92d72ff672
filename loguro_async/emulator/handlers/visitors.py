"""One visitor, and the sessions of that visitor.

Source: "Visitor detail".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.errors import not_found
from loguro_async.emulator.event_selection import TIME, TIME_ORDER

if TYPE_CHECKING:
    from loguro_async.emulator.request_context import RequestContext
    from loguro_async.emulator.store import Row

_VISITOR: Final = f"""
    , visitor AS (
        SELECT
            min(timestamp) AS first_seen, max(timestamp) AS last_seen,
            count(DISTINCT session_id) AS sessions,
            count(*) FILTER (event_type = 'pageview') AS pageviews,
            count(*) AS events,
            arg_max({{
                'country_code': country_code, 'region': region, 'city': city,
                'browser_family': browser_family, 'os_family': os_family,
                'device_type': device_type
            }}, {TIME_ORDER}) AS latest,
            arg_max(user_id, {TIME_ORDER}) AS user_id
        FROM selected WHERE is_current AND visitor_id = $visitor_id
    )
    SELECT
        $visitor_id AS visitor_id, strftime(visitor.first_seen, {TIME}) AS first_seen,
        strftime(visitor.last_seen, {TIME}) AS last_seen, sessions, pageviews, events,
        latest.country_code AS country_code, latest.region AS region, latest.city AS city,
        latest.browser_family AS browser_family, latest.os_family AS os_family,
        latest.device_type AS device_type, user_id
    FROM visitor
"""
_SESSIONS: Final = f"""
    SELECT
        session_id, strftime(min(timestamp), {TIME}) AS start,
        strftime(max(timestamp), {TIME}) AS "end",
        epoch_ms(max(timestamp)) - epoch_ms(min(timestamp)) AS duration_ms,
        count(*) FILTER (event_type = 'pageview') AS page_count,
        arg_min(path, {TIME_ORDER}) FILTER (event_type = 'pageview') AS entry_page,
        arg_max(path, {TIME_ORDER}) FILTER (event_type = 'pageview') AS exit_page,
        list({{
            'path': path, 'url': url, 'event_type': event_type,
            'custom_event_name': custom_event_name, 'timestamp': strftime(timestamp, {TIME})
        }} ORDER BY timestamp, id) AS events
    FROM selected WHERE is_current AND visitor_id = $visitor_id
    GROUP BY session_id ORDER BY max(timestamp) DESC, session_id
"""
_EXISTS: Final = "SELECT 1 FROM selected WHERE visitor_id = $visitor_id LIMIT 1"


async def visitor(context: RequestContext) -> Row:
    """Returns what is known of a visitor; over all time, unless the request names a range.

    Source: "Visitor detail".

    Raises:
        ApiError: 404, if there is no such visitor.
    """
    row = (await _rows(context, _VISITOR))[0]
    if not row["events"]:
        await _check_exists(context)
    return row


async def visitor_sessions(context: RequestContext) -> Row:
    """Returns a visitor's sessions, the latest first; the events of each in order.

    Source: "Visitor detail": "returns a grouped visit history".

    Raises:
        ApiError: 404, if there is no such visitor.
    """
    sessions = await _rows(context, _SESSIONS)
    if not sessions:
        await _check_exists(context)
    return {"sessions": sessions}


async def _rows(context: RequestContext, select: str) -> list[Row]:
    """Queries the events of the visitor that the request selects."""
    window = await (context.window() if context.has_range else context.lifetime())
    return await context.filtered(window, select, visitor_id=context.visitor_id)


async def _check_exists(context: RequestContext) -> None:
    """Checks that the visitor has events at any time, whatever the range and the filter.

    Raises:
        ApiError: 404, because there are none.
    """
    window = await context.lifetime()
    if not await context.unfiltered(window, _EXISTS, visitor_id=context.visitor_id):
        raise not_found("Visitor not found")
