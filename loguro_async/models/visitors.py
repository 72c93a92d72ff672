"""One visitor, and the visits of that visitor.

Source: "Visitor detail".
"""

from __future__ import annotations

from typing import ClassVar

from loguro_async.models.response_base import Response
from loguro_async.models.row import Moment, Row, Whole


class Visitor(Response, Row, frozen=True):
    """One visitor: a browser, not a person."""

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


class SessionEvent(Row, frozen=True):
    """One event of a visit."""

    path: str | None
    url: str | None
    event_type: str | None
    """``pageview`` or ``custom``."""
    custom_event_name: str | None
    timestamp: Moment

    @property
    def label(self) -> str | None:
        """The custom event's name; of a page view, the path."""
        return self.path if self.custom_event_name is None else self.custom_event_name


class Session(Row, frozen=True):
    """One visit."""

    label_field: ClassVar[str | None] = "entry_page"
    count_field: ClassVar[str] = "page_count"
    counted: ClassVar[str | None] = "pageviews"

    session_id: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    duration_ms: Whole | None = None
    """From the first event to the last, in milliseconds."""
    page_count: Whole | None = None
    """Pages viewed."""
    entry_page: str | None = None
    """The first page."""
    exit_page: str | None = None
    """The last page."""
    events: tuple[SessionEvent, ...] = ()


class VisitorSessions(Response, frozen=True):
    """The visits of one visitor."""

    sessions: tuple[Session, ...]
