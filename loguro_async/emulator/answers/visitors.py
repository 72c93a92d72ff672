"""One visitor, and the visits of that visitor.

Source: "Visitor detail".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loguro_async.emulator.refusals import not_found
from loguro_async.emulator.sql import HAPPENED, MOMENT

if TYPE_CHECKING:
    from loguro_async.emulator.question import Question
    from loguro_async.emulator.store import Row

_VISITOR: Final = f"""
    , visitor AS (
        SELECT
            visitor_id, min(timestamp) AS first_seen, max(timestamp) AS last_seen,
            count(DISTINCT session_id) AS sessions,
            count(*) FILTER (event_type = 'pageview') AS pageviews,
            count(*) AS events,
            arg_max({{
                'country_code': country_code, 'region': region, 'city': city,
                'browser_family': browser_family, 'os_family': os_family,
                'device_type': device_type
            }}, {HAPPENED}) AS latest,
            arg_max(user_id, {HAPPENED}) AS user_id
        FROM seen WHERE visitor_id = $visitor_id GROUP BY visitor_id
    )
    SELECT
        visitor_id, strftime(visitor.first_seen, {MOMENT}) AS first_seen,
        strftime(visitor.last_seen, {MOMENT}) AS last_seen, sessions, pageviews, events,
        latest.country_code AS country_code, latest.region AS region, latest.city AS city,
        latest.browser_family AS browser_family, latest.os_family AS os_family,
        latest.device_type AS device_type, user_id
    FROM visitor
"""
_SESSIONS: Final = f"""
    SELECT
        session_id, strftime(min(timestamp), {MOMENT}) AS start,
        strftime(max(timestamp), {MOMENT}) AS "end",
        epoch_ms(max(timestamp)) - epoch_ms(min(timestamp)) AS duration_ms,
        count(*) FILTER (event_type = 'pageview') AS page_count,
        arg_min(path, {HAPPENED}) FILTER (event_type = 'pageview') AS entry_page,
        arg_max(path, {HAPPENED}) FILTER (event_type = 'pageview') AS exit_page,
        list({{
            'path': path, 'url': url, 'event_type': event_type,
            'custom_event_name': custom_event_name, 'timestamp': strftime(timestamp, {MOMENT})
        }} ORDER BY timestamp, id) AS events
    FROM seen WHERE visitor_id = $visitor_id
    GROUP BY session_id ORDER BY max(timestamp) DESC, session_id
"""


async def visitor(question: Question) -> Row:
    """What is known of a visitor, over all time.

    Source: "Visitor detail".
    """
    return (await _rows(question, _VISITOR))[0]


async def visitor_sessions(question: Question) -> Row:
    """A visitor's visits, the latest first; the events of each in order.

    Source: "Visitor detail": "returns a grouped visit history".
    """
    return {"sessions": await _rows(question, _SESSIONS)}


async def _rows(question: Question, select: str) -> list[Row]:
    """Query all that a visitor ever did.

    Raises:
        RefusalError: 404, because there is no such visitor.
    """
    window = await question.lifetime()
    rows = await question.unfiltered(window, select, visitor_id=question.visitor_id)
    if not rows:
        raise not_found("Visitor not found")
    return rows
