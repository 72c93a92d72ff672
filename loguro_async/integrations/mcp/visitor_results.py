"""Results about single events and single visitors."""

import datetime as dt
from collections.abc import Iterator

from pydantic import Field

from loguro_async.integrations.mcp.results import Model, Result, counted, moment, number
from loguro_async.text import NOTHING


class LiveEvent(Model):
    """One event of the last minutes."""

    timestamp: dt.datetime | None
    label: str | None = Field(description="The path, or the name of a custom event.")
    event_type: str | None
    country_code: str | None
    device_type: str | None
    visitor_id: str | None = Field(
        default=None, description="Only where single visitors are allowed."
    )


class Live(Result):
    """The last minutes, latest first."""

    events: int = Field(description="Events in the window; the service counts 500 at most.")
    visitors: int = Field(description="Unique visitors among them.")
    rows: list[LiveEvent]
    units: dict[str, str] = Field(default={"events": "events", "visitors": "unique visitors"})

    def lines(self) -> Iterator[str]:
        """Yields the counts, then the events."""
        yield f"{counted(self.events, 'event')}, {counted(self.visitors, 'visitor')}"
        for row in self.rows:
            known = (row.event_type, row.label, row.country_code, row.device_type, row.visitor_id)
            yield f"{moment(row.timestamp)}: {', '.join(filter(None, known)) or NOTHING}"


class VisitorRow(Model):
    """Where one visitor was last seen."""

    visitor_id: str | None
    location: str | None
    last_seen: dt.datetime | None
    last_path: str | None
    events: int | None


class Visitors(Result):
    """Single visitors of a window."""

    rows: list[VisitorRow]
    units: dict[str, str] = Field(default={"events": "events"})

    def lines(self) -> Iterator[str]:
        """Yields a line for each visitor."""
        yield "visitor_id: events, last seen, last path, location"
        for row in self.rows:
            known = (number(row.events), moment(row.last_seen), row.last_path, row.location)
            yield f"{row.visitor_id or NOTHING}: {', '.join(one or NOTHING for one in known)}"


class SessionRow(Model):
    """One visit of a visitor."""

    start: dt.datetime | None
    duration_sec: float | None
    pageviews: int | None
    entry_page: str | None
    exit_page: str | None


class OneVisitor(Result):
    """One visitor, a browser and not a person, and the latest visits."""

    visitor_id: str
    first_seen: dt.datetime | None
    last_seen: dt.datetime | None
    location: str | None
    device: str | None
    sessions: int | None
    pageviews: int | None
    rows: list[SessionRow]
    units: dict[str, str] = Field(
        default={
            "sessions": "visits",
            "pageviews": "page views",
            "duration_sec": "seconds",
        }
    )

    def lines(self) -> Iterator[str]:
        """Yields what is known of the visitor, then the visits."""
        yield (
            f"visitor {self.visitor_id}: {counted(self.sessions, 'visit')}, "
            f"{counted(self.pageviews, 'page view')}, {moment(self.first_seen)} to "
            f"{moment(self.last_seen)}, {self.location or NOTHING}, {self.device or NOTHING}"
        )
        for row in self.rows:
            yield (
                f"{moment(row.start)}: {counted(row.duration_sec, 'second')}, "
                f"{counted(row.pageviews, 'page view')}, {row.entry_page or NOTHING} → "
                f"{row.exit_page or NOTHING}"
            )
