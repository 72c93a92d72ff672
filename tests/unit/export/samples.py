"""Events and streams made by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from loguro_async import Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from loguro_async import Between, Filter

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def event(number: int, at: dt.datetime = NOON, **more: Any) -> Event:  # noqa: ANN401 - fields
    fields = {
        "id": f"e{number}",
        "event_type": "pageview",
        "path": f"/{number}",
        "url": f"https://example.com/{number}",
        "visitor_id": "v",
        "session_id": "s",
        "timestamp": at,
        **more,
    }
    return msgspec.convert(fields, Event)


def names(folder: Path) -> list[str]:
    """Returns the names of all files in a folder, hidden ones included."""
    return sorted(path.name for path in folder.iterdir())


async def stream(events: Iterable[Event]) -> AsyncIterator[Event]:
    for one in events:
        yield one


class Source:
    """Gives the events of a window, newest first, and remembers what it was asked.

    Like the service, it does not say whether the window's bounds are inside.
    """

    def __init__(
        self, events: Iterable[Event], slug: str = "shop", *, bounds_are_inside: bool = True
    ) -> None:
        self._bounds_are_inside = bounds_are_inside
        self.slug = slug
        self.events = sorted(events, key=lambda one: one.timestamp, reverse=True)
        self.asked: list[Between] = []
        self.filters: list[Filter] = []

    @property
    def days(self) -> list[int]:
        """The days of the month, in UTC, that it was asked about."""
        return [(window.end - dt.timedelta(hours=12)).day for window in self.asked]

    async def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        self.asked.append(range)
        self.filters.append(filter)
        for one in self.events:
            is_bound = one.timestamp in {range.start, range.end}
            is_inside = range.start < one.timestamp < range.end
            if is_inside or (is_bound and self._bounds_are_inside):
                yield one
