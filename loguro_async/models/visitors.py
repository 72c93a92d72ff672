"""One visitor, and the visits of that visitor.

Source: "Visitor detail".
"""

from __future__ import annotations

from loguro_async.models.data import Data
from loguro_async.models.responses import Moment, Response, Row, Whole


class Visitor(Response, Row, frozen=True):
    """What is known of one visitor: a browser, not a person."""

    visitor_id: str | None = None
    user_id: str | None = None
    first_seen: Moment | None = None
    last_seen: Moment | None = None
    sessions: Whole | None = None
    pageviews: Whole | None = None
    events: Whole | None = None
    country_code: str | None = None
    region: str | None = None
    city: str | None = None
    browser_family: str | None = None
    os_family: str | None = None
    device_type: str | None = None


class SessionEvent(Data, frozen=True, gc=False):
    """One event of a visit."""

    path: str
    url: str
    event_type: str
    """``pageview`` or ``custom``."""
    custom_event_name: str | None
    timestamp: Moment


class Session(Data, frozen=True, gc=False):
    """One visit."""

    session_id: str
    start: Moment
    end: Moment
    duration_ms: Whole
    """From the first event to the last, in milliseconds."""
    page_count: Whole
    """Pages viewed."""
    entry_page: str | None
    """The first page."""
    exit_page: str | None
    """The last page."""
    events: tuple[SessionEvent, ...]


class VisitorSessions(Response, frozen=True):
    """The visits of one visitor."""

    sessions: tuple[Session, ...]
