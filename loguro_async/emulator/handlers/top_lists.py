"""The top lists: events, pageviews or sessions grouped by a value that they share.

Source: "Top lists".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from loguro_async.emulator.change_percent import change_percent
from loguro_async.emulator.event_selection import TIME, TIME_ORDER
from loguro_async.emulator.request_context import RequestContext
from loguro_async.emulator.store import Row

MIN_DEPTH: Final = 2
MAX_DEPTH: Final = 5
DEFAULT_DEPTH: Final = 3

_HOST: Final = r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)"
_REFERRER_HOST: Final = f"""coalesce(
    nullif(lower(regexp_extract(referrer, '{_HOST}', 1, 'i')), ''), nullif(referrer, ''), 'direct'
)"""
_REFERRER_URL: Final = "coalesce(nullif(referrer, ''), 'direct')"
_GROUPED: Final = """
    SELECT
        {grouped_by} AS shared,
        count(*) FILTER (is_current) AS count,
        count(DISTINCT visitor_id) FILTER (is_current) AS visitors,
        count(*) FILTER (NOT is_current) AS prev_count
    FROM {relation}
    GROUP BY shared HAVING count(*) FILTER (is_current) > 0
    ORDER BY count DESC, shared NULLS LAST LIMIT $limit
"""
_PAGEVIEWS: Final = "(SELECT * FROM selected WHERE event_type = 'pageview')"
_END_PAGES: Final = """(
    SELECT is_current, {which}(visitor_id, {order}) AS visitor_id, {which}(path, {order}) AS path
    FROM selected WHERE event_type = 'pageview' GROUP BY is_current, session_id
)"""
_FLOWS: Final = f"""
    , visits AS (
        SELECT
            arg_min(visitor_id, {TIME_ORDER}) AS visitor_id,
            list(path ORDER BY timestamp, id)[1:$depth] AS steps
        FROM selected WHERE is_current AND event_type = 'pageview'
        GROUP BY session_id HAVING count(*) >= $depth
    )
    SELECT steps, count(*) AS count, count(DISTINCT visitor_id) AS visitors
    FROM visits GROUP BY steps ORDER BY count DESC, steps LIMIT $limit
"""
_LOCATIONS: Final = f"""
    , visitors AS (
        SELECT visitor_id, max(timestamp) AS last_seen, count(*) AS events, arg_max({{
            'country_code': country_code, 'region': region, 'city': city, 'path': path,
            'browser_family': browser_family, 'os_family': os_family, 'device_type': device_type
        }}, {TIME_ORDER}) AS latest
        FROM selected WHERE is_current
        GROUP BY visitor_id ORDER BY last_seen DESC, visitor_id LIMIT $limit
    )
    SELECT
        visitor_id, latest.country_code AS country_code, latest.region AS region,
        latest.city AS city, strftime(visitors.last_seen, {TIME}) AS last_seen,
        latest.path AS last_path, latest.browser_family AS browser_family,
        latest.os_family AS os_family, latest.device_type AS device_type, events
    FROM visitors ORDER BY visitors.last_seen DESC, visitor_id
"""

Handler = Callable[[RequestContext], Awaitable[Row]]


def grouped(name: str, *, by: str | None = None, relation: str = "selected") -> Handler:
    """Returns a handler that counts the rows of a relation by a shared value.

    Args:
        name: The name of the value in the response.
        by: SQL of the value; by default the column of that name.
        relation: SQL of the relation.
    """
    select = _GROUPED.format(grouped_by=by or name, relation=relation)

    async def handle(context: RequestContext) -> Row:
        window = await context.window()
        compare = context.compare
        rows = await context.filtered(window, select, limit=context.limit)
        return {
            "items": [
                _item(name, row, compare=compare, has_previous=window.has_previous) for row in rows
            ]
        }

    return handle


top_pages: Final = grouped("path", relation=_PAGEVIEWS)
top_countries: Final = grouped("country_code")
top_browsers: Final = grouped("browser_family")
top_os: Final = grouped("os_family")
top_devices: Final = grouped("device_type")
top_entry_pages: Final = grouped(
    "path", relation=_END_PAGES.format(which="arg_min", order=TIME_ORDER)
)
top_exit_pages: Final = grouped(
    "path", relation=_END_PAGES.format(which="arg_max", order=TIME_ORDER)
)


_top_referrer_hosts: Final = grouped("referrer", by=_REFERRER_HOST)
_top_referrer_urls: Final = grouped("referrer", by=_REFERRER_URL)


async def top_referrers(context: RequestContext) -> Row:
    """Returns the hosts or URLs that events come from, by `Behaviour.referrers`.

    Source: "Top lists": "Empty referrers are returned as direct traffic."
    """
    by_url = context.behaviour.referrers == "url"
    return await (_top_referrer_urls if by_url else _top_referrer_hosts)(context)


async def top_flows(context: RequestContext) -> Row:
    """Returns the most common first pages of sessions, in order.

    Source: "Top lists": "Common first N page paths per session."
    """
    depth = context.number("depth", DEFAULT_DEPTH, minimum=MIN_DEPTH, maximum=MAX_DEPTH)
    window = await context.window()
    return {"items": await context.filtered(window, _FLOWS, depth=depth, limit=context.limit)}


async def top_locations(context: RequestContext) -> Row:
    """Returns the latest location of each visitor, the latest visitor first.

    Source: "Top lists": "Per-visitor location and latest metadata for map-style UIs."
    """
    window = await context.window()
    return {"items": await context.filtered(window, _LOCATIONS, limit=context.limit)}


def _item(name: str, row: Row, *, compare: bool, has_previous: bool) -> Row:
    """Returns a row of a list, with the previous period if the request compares."""
    item: Row = {name: row["shared"], "count": row["count"], "visitors": row["visitors"]}
    if compare:
        count, previous = row["count"], row["prev_count"]
        item["prev_count"] = previous if has_previous else None
        item["delta_pct"] = change_percent(count, previous) if has_previous else None
    return item
