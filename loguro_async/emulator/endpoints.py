"""The table of endpoints: names, paths, limits and handlers.

Source: "Query API"; the modules of the handlers name the passages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.handlers import custom_events, events, kpis, top_lists, visitors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.emulator.request_context import RequestContext
    from loguro_async.emulator.store import Row

PREFIX: Final = "/api/web-events/{slug}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    Attributes:
        name: Its name in the request log and in faults.
        suffix: Its path after the project.
        handle: Its handler.
        default_limit: The rows without a `limit`.
        max_limit: The most rows.
    """

    name: str
    suffix: str
    handle: Callable[[RequestContext], Awaitable[Row]]
    default_limit: int = 10
    max_limit: int = 500


ENDPOINTS: Final = (
    Endpoint("kpis", "/kpis", kpis.kpis),
    Endpoint("timeseries", "/timeseries", kpis.timeseries),
    Endpoint("events", "", events.events, default_limit=100, max_limit=1000),
    Endpoint("count", "/count", kpis.count),
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
