"""The table of endpoints. One row adds an endpoint.

Source: "Query API"; the passage is named beside each struct.
"""

from __future__ import annotations

from typing import Any, Final, Generic

from msgspec import Struct

from loguro_async.models.events import Count, CustomEvents, EventList, RecentEvents
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.response_base import ResponseT
from loguro_async.models.top_lists import (
    TopBrowser,
    TopCountry,
    TopDevice,
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopList,
    TopLocation,
    TopOs,
    TopPage,
    TopReferrer,
)
from loguro_async.models.untyped_response import Json
from loguro_async.models.visitors import Visitor, VisitorSessions
from loguro_async.query.parameters import Parameters
from loguro_async.query.ranges import DEFAULT_CHIP

VISITOR_ID: Final = "{visitor_id}"
"""Where the visitor's id stands in a suffix."""
_RANGE: Final = (("range", DEFAULT_CHIP),)
_COMMON: Final = ("range", "filter", "compare")
_TOP: Final = ("range", "filter", "limit", "compare")


class Endpoint(Struct, Generic[ResponseT], frozen=True, eq=False):
    """One endpoint of the service.

    Attributes:
        name: The name in errors, statistics and the embedded Loguro.
        suffix: The path below the project.
        takes: The fields of a ``Query`` that the endpoint takes, in the order in which they are
            sent.
        shape: The struct of its responses.
        defaults: What the service uses for parameters that are not sent.
        open: Whether the reference leaves the shape, or part of it, open.
        sensitive: Whether its responses are never shared with other processes.
        ttl: Seconds that a response stays fresh, where they don't follow the range.
        is_about_project: Whether a 404 means the project; else it means a part of it.
    """

    name: str
    suffix: str
    takes: tuple[str, ...]
    shape: type[ResponseT]
    defaults: Parameters = _RANGE
    open: bool = False
    sensitive: bool = False
    ttl: float | None = None
    is_about_project: bool = True

    @property
    def needs_visitor(self) -> bool:
        """Whether the path holds a visitor's id."""
        return VISITOR_ID in self.suffix


KPIS: Final = Endpoint("kpis", "/kpis", _COMMON, Kpis)
TIMESERIES: Final = Endpoint("timeseries", "/timeseries", _COMMON, Timeseries)
EVENTS: Final = Endpoint("events", "", _TOP, EventList, open=True)
COUNT: Final = Endpoint("count", "/count", _COMMON, Count, open=True)
TOP_PAGES: Final = Endpoint("top-pages", "/top-pages", _TOP, TopList[TopPage], open=True)
TOP_REFERRERS: Final = Endpoint(
    "top-referrers", "/top-referrers", _TOP, TopList[TopReferrer], open=True
)
TOP_COUNTRIES: Final = Endpoint(
    "top-countries", "/top-countries", _TOP, TopList[TopCountry], open=True
)
TOP_LOCATIONS: Final = Endpoint(
    "top-locations", "/top-locations", _TOP, TopList[TopLocation], open=True, sensitive=True
)
TOP_BROWSERS: Final = Endpoint(
    "top-browsers", "/top-browsers", _TOP, TopList[TopBrowser], open=True
)
TOP_OS: Final = Endpoint("top-os", "/top-os", _TOP, TopList[TopOs], open=True)
TOP_DEVICES: Final = Endpoint("top-devices", "/top-devices", _TOP, TopList[TopDevice], open=True)
TOP_ENTRY_PAGES: Final = Endpoint(
    "top-entry-pages", "/top-entry-pages", _TOP, TopList[TopEntryPage], open=True
)
TOP_EXIT_PAGES: Final = Endpoint(
    "top-exit-pages", "/top-exit-pages", _TOP, TopList[TopExitPage], open=True
)
TOP_FLOWS: Final = Endpoint(
    "top-flows",
    "/top-flows",
    (*_TOP, "depth"),
    TopList[TopFlow],
    (*_RANGE, ("depth", "3")),
    open=True,
)
CUSTOM_EVENTS: Final = Endpoint("custom-events", "/custom-events", _TOP, CustomEvents)
RECENT_EVENTS: Final = Endpoint(
    "recent-events",
    "/recent-events",
    ("filter", "limit", "window"),
    RecentEvents,
    (("windowMs", "300000"),),
    open=True,
    ttl=5.0,
)
VISITOR: Final = Endpoint(
    "visitor",
    "/visitor/{visitor_id}",
    ("range",),
    Visitor,
    (),
    open=True,
    sensitive=True,
    ttl=30.0,
    is_about_project=False,
)
VISITOR_SESSIONS: Final = Endpoint(
    "visitor-sessions",
    "/visitor/{visitor_id}/sessions",
    ("range",),
    VisitorSessions,
    (),
    sensitive=True,
    ttl=30.0,
    is_about_project=False,
)

ANY: Final = Endpoint(
    "get", "", (), Json, (), open=True, sensitive=True, ttl=60.0, is_about_project=False
)
"""Any path below the project, for ``Project.get``; not one of the reference's endpoints."""

ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    KPIS,
    TIMESERIES,
    EVENTS,
    COUNT,
    TOP_PAGES,
    TOP_REFERRERS,
    TOP_COUNTRIES,
    TOP_LOCATIONS,
    TOP_BROWSERS,
    TOP_OS,
    TOP_DEVICES,
    TOP_ENTRY_PAGES,
    TOP_EXIT_PAGES,
    TOP_FLOWS,
    CUSTOM_EVENTS,
    RECENT_EVENTS,
    VISITOR,
    VISITOR_SESSIONS,
)
"""All of them, in the order of the reference."""
