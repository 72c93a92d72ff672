"""The table of endpoints. One row adds an endpoint.

Source: "Query API"; the passage is named beside each struct.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias

from msgspec import Struct

from loguro_async.models.events import Count, CustomEvents, EventList, RecentEvents
from loguro_async.models.kpis import Kpis, Timeseries
from loguro_async.models.responses import ResponseT, TopList
from loguro_async.models.top_lists import (
    TopBrowser,
    TopCountry,
    TopDevice,
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopLocation,
    TopOs,
    TopPage,
    TopReferrer,
)
from loguro_async.models.visitors import Visitor, VisitorSessions
from loguro_async.query.ranges import DEFAULT_CHIP
from loguro_async.query.request import Parameters, Query, build_query

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANGE: Final = (("range", DEFAULT_CHIP),)
_FIGURES: Final = ("range", "filter")
_LIST: Final = ("range", "filter", "limit")
_TOP: Final = ("range", "filter", "limit", "compare")


class Endpoint(Struct, Generic[ResponseT], frozen=True, eq=False):
    """One endpoint of the service.

    Attributes:
        name: What errors, statistics and the embedded Loguro call it.
        suffix: Its path behind the project.
        takes: The parameters that its method takes, in their order.
        shape: The struct of its answers.
        defaults: What the service takes for parameters that are not sent.
        open: Whether the reference leaves the shape, or part of it, open.
        sensitive: Whether its answers must not leave the process.
        ttl: Seconds that an answer stays fresh, where they don't follow the range.
    """

    name: str
    suffix: str
    takes: tuple[str, ...]
    shape: type[ResponseT]
    defaults: Parameters = _RANGE
    open: bool = False
    sensitive: bool = False
    ttl: float | None = None

    def query(self, slug: str, given: Sequence[object]) -> Query:
        """The question that asks this endpoint, checked.

        Args:
            slug: The project.
            given: What the caller gave for each of ``takes``; ``None`` where left out.

        Raises:
            InvalidQueryError: A value cannot be right.
        """
        return build_query(slug, self.name, self.suffix, self.takes, given, self.defaults)


Question: TypeAlias = tuple[Endpoint[ResponseT], str, *tuple[object, ...]]
"""An endpoint, a slug, and what the caller gave for each of the endpoint's parameters."""

KPIS: Final = Endpoint("kpis", "/kpis", _FIGURES, Kpis)
TIMESERIES: Final = Endpoint("timeseries", "/timeseries", _FIGURES, Timeseries)
EVENTS: Final = Endpoint("events", "", _LIST, EventList, open=True)
COUNT: Final = Endpoint("count", "/count", _FIGURES, Count, open=True)
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
    (*_LIST, "depth"),
    TopList[TopFlow],
    (*_RANGE, ("depth", "3")),
    open=True,
)
CUSTOM_EVENTS: Final = Endpoint("custom-events", "/custom-events", _TOP, CustomEvents)
RECENT_EVENTS: Final = Endpoint(
    "recent-events",
    "/recent-events",
    ("limit", "window"),
    RecentEvents,
    (("windowMs", "300000"),),
    open=True,
    ttl=5.0,
)
VISITOR: Final = Endpoint(
    "visitor",
    "/visitor/{visitor_id}",
    ("visitor_id",),
    Visitor,
    (),
    open=True,
    sensitive=True,
    ttl=30.0,
)
VISITOR_SESSIONS: Final = Endpoint(
    "visitor-sessions",
    "/visitor/{visitor_id}/sessions",
    ("visitor_id",),
    VisitorSessions,
    (),
    sensitive=True,
    ttl=30.0,
)

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
