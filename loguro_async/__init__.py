"""The async client for the Loguro Web Analytics Query API."""

from loguro_async.client import LoguroClient
from loguro_async.errors import (
    AttemptTimeoutError,
    AuthenticationError,
    BadRequestError,
    CacheMissError,
    CircuitOpenError,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    DeadlineExceededError,
    DecodeError,
    IncompleteAnswerError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    QueryFailedError,
    RateLimitedError,
    RedirectError,
    ResponseError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
)
from loguro_async.hooks import Hooks, RequestSent, ResponseReceived, RetryPlanned
from loguro_async.models.events import (
    Count,
    CustomEvent,
    CustomEvents,
    Event,
    EventList,
    RecentEvent,
    RecentEvents,
)
from loguro_async.models.kpis import Kpis, KpiValues, RangeInfo, Timeseries, TimeseriesPoint
from loguro_async.models.overview import Overview
from loguro_async.models.responses import Response, TopList
from loguro_async.models.rows import Row
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
from loguro_async.models.visitors import Session, SessionEvent, Visitor, VisitorSessions
from loguro_async.pipeline.stats import ClientStats
from loguro_async.policies import BreakerPolicy, CacheMode, CachePolicy, Limits, RetryPolicy
from loguro_async.project import Project
from loguro_async.query.filters import F, Filter
from loguro_async.query.ranges import Between
from loguro_async.streams.events import EventCheckpoint, EventStream
from loguro_async.streams.fan_out import FanOutResult
from loguro_async.streams.live import LiveStream
from loguro_async.version import __version__

__all__ = [
    "AttemptTimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "Between",
    "BreakerPolicy",
    "CacheMissError",
    "CacheMode",
    "CachePolicy",
    "CircuitOpenError",
    "ClientClosedError",
    "ClientStats",
    "ConfigurationError",
    "ConnectError",
    "Count",
    "CustomEvent",
    "CustomEvents",
    "DeadlineExceededError",
    "DecodeError",
    "Event",
    "EventCheckpoint",
    "EventList",
    "EventStream",
    "F",
    "FanOutResult",
    "Filter",
    "Hooks",
    "IncompleteAnswerError",
    "InvalidQueryError",
    "KpiValues",
    "Kpis",
    "Limits",
    "LiveStream",
    "LoguroClient",
    "LoguroError",
    "Overview",
    "Project",
    "ProjectNotFoundError",
    "QueryFailedError",
    "RangeInfo",
    "RateLimitedError",
    "RecentEvent",
    "RecentEvents",
    "RedirectError",
    "RequestSent",
    "Response",
    "ResponseError",
    "ResponseReceived",
    "ResponseTooLargeError",
    "RetryPlanned",
    "RetryPolicy",
    "Row",
    "Session",
    "SessionEvent",
    "StatusError",
    "Timeseries",
    "TimeseriesPoint",
    "TopBrowser",
    "TopCountry",
    "TopDevice",
    "TopEntryPage",
    "TopExitPage",
    "TopFlow",
    "TopList",
    "TopLocation",
    "TopOs",
    "TopPage",
    "TopReferrer",
    "TransportError",
    "Visitor",
    "VisitorSessions",
    "__version__",
]
