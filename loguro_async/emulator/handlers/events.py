"""Single events: the raw listing and recent activity.

Source: "Raw event listing" and "Recent activity".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from loguro_async.emulator.event_selection import TIME
from loguro_async.emulator.ranges import recent_window

if TYPE_CHECKING:
    from loguro_async.emulator.request_context import RequestContext
    from loguro_async.emulator.store import Row

DEFAULT_WINDOW_MS: Final = 300_000
MIN_WINDOW_MS: Final = 60_000
MAX_WINDOW_MS: Final = 3_600_000

_NEWEST: Final = """
    , newest AS (
        SELECT * FROM selected WHERE is_current ORDER BY timestamp DESC, id DESC LIMIT $limit
    )
"""
_EVENTS: Final = f"""
    {_NEWEST}
    SELECT
        id, event_type, path, url, title, referrer, visitor_id, session_id, user_id,
        country_code, region, city, browser_family, os_family, device_type,
        custom_event_name, custom_props, strftime(newest.timestamp, {TIME}) AS timestamp
    FROM newest ORDER BY newest.timestamp DESC, id DESC
"""
_RECENT: Final = f"""
    {_NEWEST}
    SELECT
        id, event_type, path, visitor_id, session_id, country_code, device_type,
        custom_event_name, strftime(newest.timestamp, {TIME}) AS timestamp
    FROM newest ORDER BY newest.timestamp DESC, id DESC
"""


async def events(context: RequestContext) -> Row:
    """Returns the events of the window, newest first.

    Source: "Raw event listing".
    """
    window = await context.window()
    items = await context.filtered(window, _EVENTS, limit=context.limit)
    for item in items:
        item["custom_props"] = _props(item["custom_props"])
    return {"items": items, "count": len(items)}


async def recent_events(context: RequestContext) -> Row:
    """Returns the events of the last minutes, newest first, in a compact shape.

    Source: "Recent activity".
    """
    length_ms = context.number(
        "windowMs", DEFAULT_WINDOW_MS, minimum=MIN_WINDOW_MS, maximum=MAX_WINDOW_MS
    )
    window = recent_window(length_ms, context.now_ms, context.behaviour)
    return {"items": await context.filtered(window, _RECENT, limit=context.limit)}


def _props(stored: object) -> object:
    """Returns the properties of a custom event, decoded; text that is no JSON stays text."""
    if not isinstance(stored, str):
        return None
    try:
        return msgspec.json.decode(stored)
    except msgspec.DecodeError:
        return stored
