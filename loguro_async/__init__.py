"""The async client for the Loguro Web Analytics Query API.

A name is imported when it is first used: ``loguro-async --help``, and pytest, which loads the
plugin in every run, need none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from loguro_async.version import __version__

if TYPE_CHECKING:
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
    from loguro_async.models.response_base import Response
    from loguro_async.models.row import Row
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
    from loguro_async.models.visitors import Session, SessionEvent, Visitor, VisitorSessions
    from loguro_async.pipeline.stats import ClientStats
    from loguro_async.policies import BreakerPolicy, CacheMode, CachePolicy, Limits, RetryPolicy
    from loguro_async.project import Project
    from loguro_async.query.filters import F, Filter
    from loguro_async.query.ranges import Between
    from loguro_async.streams.checkpoint import EventCheckpoint
    from loguro_async.streams.events import EventStream
    from loguro_async.streams.fan_out import FanOutResult
    from loguro_async.streams.live import LiveStream

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

# Where these names are, the modules that import little first.
_MODULES = (
    "errors",
    "hooks",
    "models.events",
    "models.kpis",
    "models.overview",
    "models.response_base",
    "models.row",
    "models.top_lists",
    "models.visitors",
    "policies",
    "query.filters",
    "query.ranges",
    "client",
    "pipeline.stats",
    "project",
    "streams.checkpoint",
    "streams.events",
    "streams.fan_out",
    "streams.live",
)


if not TYPE_CHECKING:  # else checkers would accept any name

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the name has it
        """Imports a public name.

        Raises:
            AttributeError: There is no such name.
        """
        if name in __all__:
            for module in _MODULES:
                found = vars(import_module(f"{__name__}.{module}"))
                if name in found:
                    globals()[name] = found[name]
                    return found[name]
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
