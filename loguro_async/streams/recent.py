"""Finds new events in polls of recent activity, and gaps of which a poll showed no events.

Source: "Recent activity".
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import astuple

from loguro_async.models.events import Event, RecentEvent
from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Hashable

    from loguro_async.models.events import RecentEvents

# An event that is missing from three polls does not come again.
_REMEMBERED_POLLS: Final = 3
# A poll of fewer rows was not truncated.
_SMALLEST_POLL: Final = 10
_TICK: Final = dt.timedelta(milliseconds=1)
_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


class Gap(Struct, frozen=True):
    """A window of time whose events a poll did not show.

    Attributes:
        window: The window; ``None`` if the rows have no ids or timestamps to find it by.
    """

    window: Between | None


class NewEvents(Struct, frozen=True):
    """The new events of a poll, oldest first, and the gap that it may have left."""

    events: Sequence[RecentEvent]
    gap: Gap | None = None


class RecentTracker:
    """Remembers the events of the last polls.

    Events are remembered by poll and not by timestamp, because a visitor's clock may be wrong.

    Args:
        window: How far back a poll looks.
    """

    def __init__(self, window: dt.timedelta) -> None:
        self._window = window
        self._polls: deque[Counter[Hashable]] = deque(maxlen=_REMEMBERED_POLLS)
        self._moments: deque[list[dt.datetime]] = deque(maxlen=_REMEMBERED_POLLS)

    def update(self, recent: RecentEvents, *, unseen_seconds: float = 0.0) -> NewEvents:
        """Returns the new events of a poll; none for the first poll.

        Args:
            recent: The response of the poll.
            unseen_seconds: Seconds since the previous poll.
        """
        is_first = not self._polls
        counts: Counter[Hashable] = Counter()
        new: list[RecentEvent] = []
        for event in recent.items:
            name = _identity(event)
            counts[name] += 1
            if counts[name] > self._seen(name) and (counts[name] == 1 or event.id is None):
                new.append(event)
        gap = None
        if new and not is_first:
            gap = self._gap(recent.items, new, was_away=unseen_seconds > self._window_seconds)
        self._polls.append(counts)
        self._moments.append([event.timestamp for event in recent.items if event.timestamp])
        return NewEvents([] if is_first else sorted(new, key=moment_of), gap)

    @property
    def _window_seconds(self) -> float:
        return self._window.total_seconds()

    def _seen(self, name: Hashable) -> int:
        return max((poll[name] for poll in self._polls), default=0)

    def _gap(
        self, rows: Sequence[RecentEvent], new: Sequence[RecentEvent], *, was_away: bool
    ) -> Gap | None:
        oldest = min(rows, key=moment_of)
        # A poll is truncated at its oldest end: where that row is known, none is missing.
        is_truncated = len(rows) >= _SMALLEST_POLL and any(event is oldest for event in new)
        if not (is_truncated or was_away):
            return None
        if oldest.timestamp is None or oldest.id is None:
            return Gap(None)
        before = (one for moments in self._moments for one in moments if one <= oldest.timestamp)
        newest = max(rows, key=moment_of).timestamp or oldest.timestamp
        start = max(before, default=newest - self._window)
        return Gap(Between(start, max(oldest.timestamp, start) + _TICK))

    def add(self, event: Event) -> RecentEvent | None:
        """Adds an event of a gap; returns it as a ``RecentEvent`` if it is new."""
        fields = RecentEvent.__struct_fields__
        recent = RecentEvent(**{name: getattr(event, name) for name in fields})
        name = _identity(recent)
        if self._seen(name):
            return None
        self._polls[-1][name] += 1
        return recent


def moment_of(event: RecentEvent) -> dt.datetime:
    """Returns an event's timestamp, for sorting; an event without one is the oldest."""
    return event.timestamp or _NEVER


def _identity(event: RecentEvent) -> Hashable:
    # Without an id, only the known fields: others may change from poll to poll, such as the
    # seconds since the event.
    return event.id if event.id is not None else astuple(event)
