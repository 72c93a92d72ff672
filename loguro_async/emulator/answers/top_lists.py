"""The top lists: events, pageviews or sessions grouped by what they have in common.

Source: "Top lists".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from loguro_async.emulator.answers.changes import change_percent
from loguro_async.emulator.question import Question
from loguro_async.emulator.sql import HAPPENED, MOMENT
from loguro_async.emulator.store import Row

MIN_DEPTH: Final = 2
MAX_DEPTH: Final = 5
DEFAULT_DEPTH: Final = 3

_HOST: Final = r"^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)"
_REFERRER: Final = f"""coalesce(
    nullif(lower(regexp_extract(referrer, '{_HOST}', 1, 'i')), ''), nullif(referrer, ''), 'direct'
)"""
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
_PAGEVIEWS: Final = "(SELECT * FROM seen WHERE event_type = 'pageview')"
_END_PAGES: Final = """(
    SELECT is_current, any_value(visitor_id) AS visitor_id, {which}(path, {happened}) AS path
    FROM seen WHERE event_type = 'pageview' GROUP BY is_current, session_id
)"""
_FLOWS: Final = """
    , visits AS (
        SELECT
            any_value(visitor_id) AS visitor_id,
            list(path ORDER BY timestamp, id)[1:$depth] AS steps
        FROM seen WHERE is_current AND event_type = 'pageview'
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
        }}, {HAPPENED}) AS latest
        FROM seen WHERE is_current
        GROUP BY visitor_id ORDER BY last_seen DESC, visitor_id LIMIT $limit
    )
    SELECT
        visitor_id, latest.country_code AS country_code, latest.region AS region,
        latest.city AS city, strftime(visitors.last_seen, {MOMENT}) AS last_seen,
        latest.path AS last_path, latest.browser_family AS browser_family,
        latest.os_family AS os_family, latest.device_type AS device_type, events
    FROM visitors ORDER BY visitors.last_seen DESC, visitor_id
"""

Answer = Callable[[Question], Awaitable[Row]]


def grouped(name: str, *, by: str | None = None, relation: str = "seen") -> Answer:
    """An endpoint that counts the rows of a relation by what they share.

    Args:
        name: What the shared thing is called in the answer.
        by: The SQL that gives it; by default the column of that name.
        relation: The SQL of what is counted.
    """
    select = _GROUPED.format(grouped_by=by or name, relation=relation)

    async def answer(question: Question) -> Row:
        window = await question.window()
        compare = question.compare
        rows = await question.filtered(window, select, limit=question.limit)
        return {
            "items": [
                _item(name, row, compare=compare, has_previous=window.has_previous) for row in rows
            ]
        }

    return answer


top_pages: Final = grouped("path", relation=_PAGEVIEWS)
top_referrers: Final = grouped("referrer", by=_REFERRER)
top_countries: Final = grouped("country_code")
top_browsers: Final = grouped("browser_family")
top_os: Final = grouped("os_family")
top_devices: Final = grouped("device_type")
top_entry_pages: Final = grouped(
    "path", relation=_END_PAGES.format(which="arg_min", happened=HAPPENED)
)
top_exit_pages: Final = grouped(
    "path", relation=_END_PAGES.format(which="arg_max", happened=HAPPENED)
)


async def top_flows(question: Question) -> Row:
    """The first pages that sessions went through, in order.

    Source: "Top lists": "Common first N page paths per session."
    """
    depth = question.number("depth", DEFAULT_DEPTH, minimum=MIN_DEPTH, maximum=MAX_DEPTH)
    window = await question.window()
    return {"items": await question.filtered(window, _FLOWS, depth=depth, limit=question.limit)}


async def top_locations(question: Question) -> Row:
    """Where each visitor was last seen, the latest first.

    Source: "Top lists": "Per-visitor location and latest metadata for map-style UIs."
    """
    window = await question.window()
    return {"items": await question.filtered(window, _LOCATIONS, limit=question.limit)}


def _item(name: str, row: Row, *, compare: bool, has_previous: bool) -> Row:
    """One row of a list, with the period before where that was asked for."""
    item: Row = {name: row["shared"], "count": row["count"], "visitors": row["visitors"]}
    if compare:
        count, before = row["count"], row["prev_count"]
        item["prev_count"] = before if has_previous else None
        item["delta_pct"] = change_percent(count, before) if has_previous else None
    return item
