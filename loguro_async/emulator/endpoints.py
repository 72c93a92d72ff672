"""The table of endpoints: name, path, how many rows, and what answers. A row adds an endpoint.

Source: "Query API"; the modules of the answers name the passages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.answers import custom_events, events, figures, top_lists, visitors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.emulator.question import Question
    from loguro_async.emulator.store import Row

PREFIX: Final = "/api/web-events/{slug}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Attributes:
        name: What it is called in records and faults.
        suffix: Its path behind the project.
        answer: What answers it.
        default_limit: Rows without a `limit`, where it takes one.
        max_limit: The most rows that a `limit` can ask for.
    """

    name: str
    suffix: str
    answer: Callable[[Question], Awaitable[Row]]
    default_limit: int = 10
    max_limit: int = 500


ENDPOINTS: Final = (
    Endpoint("kpis", "/kpis", figures.kpis),
    Endpoint("timeseries", "/timeseries", figures.timeseries),
    Endpoint("events", "", events.events, default_limit=100, max_limit=1000),
    Endpoint("count", "/count", figures.count),
    Endpoint("top-pages", "/top-pages", top_lists.top_pages),
    Endpoint("top-referrers", "/top-referrers", top_lists.top_referrers),
    Endpoint("top-countries", "/top-countries", top_lists.top_countries),
    Endpoint("top-locations", "/top-locations", top_lists.top_locations),
    Endpoint("top-browsers", "/top-browsers", top_lists.top_browsers),
    Endpoint("top-os", "/top-os", top_lists.top_os),
    Endpoint("top-devices", "/top-devices", top_lists.top_devices),
    Endpoint("top-entry-pages", "/top-entry-pages", top_lists.top_entry_pages),
    Endpoint("top-exit-pages", "/top-exit-pages", top_lists.top_exit_pages),
    # Source: "Top lists": "Capped at 300."
    Endpoint("top-flows", "/top-flows", top_lists.top_flows, default_limit=25, max_limit=300),
    Endpoint("custom-events", "/custom-events", custom_events.custom_events),
    # Source: "Recent activity": "Capped at 500."
    Endpoint(
        "recent-events", "/recent-events", events.recent_events, default_limit=200, max_limit=500
    ),
    Endpoint("visitor", "/visitor/{visitor_id}", visitors.visitor),
    Endpoint("visitor-sessions", "/visitor/{visitor_id}/sessions", visitors.visitor_sessions),
)
NAMES: Final = frozenset(endpoint.name for endpoint in ENDPOINTS)
