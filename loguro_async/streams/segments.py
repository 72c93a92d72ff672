"""Segments of a window of time, and the position up to which a segment was read."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loguro_async.models.events import Event

TICK: Final = dt.timedelta(milliseconds=1)
"""The finest step between the edges of windows: the reference writes times in milliseconds."""


def identity(event: Event) -> str:
    """Returns the identity of an event: its id, else a hash of its fields."""
    return event.id or blake2b(event.to_json(), digest_size=16).hexdigest()


class Position:
    """The position of a stream that yields events newest first.

    Attributes:
        reached: The timestamp of the last event; ``None`` before the first one.
        given: The identities of all yielded events with this timestamp.
    """

    __slots__ = ("given", "reached")

    def __init__(self, reached: dt.datetime | None = None, given: Iterable[str] = ()) -> None:
        self.reached = reached
        self.given = set(given)

    def add(self, event: Event) -> bool:
        """Advances to an event; returns whether the event is new."""
        moment, name = event.timestamp, identity(event)
        if self.reached is None or moment < self.reached:
            self.reached, self.given = moment, {name}
            return True
        if moment > self.reached or name in self.given:
            return False
        self.given.add(name)
        return True

    def is_missing_from(self, events: Iterable[Event]) -> bool:
        """Returns whether a yielded event of the last timestamp is missing from other events."""
        return not self.given <= {identity(event) for event in events}

    def copy(self) -> Position:
        """Returns an independent copy."""
        return Position(self.reached, self.given)


class Segment(Struct, frozen=True, eq=False):
    """A segment of the window, which is read from its newest event down.

    Attributes:
        start: Its beginning; inside.
        end: Its end.
        is_first: Whether it begins where the whole window does: there, the service's own bound
            holds.
        position: How far down a page of it, or of a longer segment, went.
        after: How many rows that page had; 0 where there was none.
    """

    start: dt.datetime
    end: dt.datetime
    is_first: bool = True
    position: Position | None = None
    after: int = 0

    @property
    def window(self) -> Between:
        """The window to request: its beginning is inside even where ``from`` is exclusive."""
        return Between(self.start if self.is_first else self.start - TICK, self.end)

    @property
    def ticks(self) -> int:
        """How many steps of the finest kind fit."""
        return (self.end - self.start) // TICK

    def holds(self, position: Position, step: dt.timedelta) -> bool:
        """Returns whether all events that are shown at a position lie in the segment."""
        reached = position.reached
        if reached is None or reached + step > self.end:
            return False
        return self.is_first or self.start <= reached - step

    def after_page(self, rows: int, position: Position) -> Segment:
        """Returns the same segment, of which a page was read."""
        return Segment(self.start, self.end, self.is_first, position, rows)

    def until(self, end: dt.datetime) -> Segment:
        """Returns the older end of the segment."""
        return Segment(self.start, end, self.is_first, self.position, self.after)

    def since(self, start: dt.datetime) -> Segment:
        """Returns the newer end of the segment."""
        if start <= self.start:
            return self
        return Segment(start, self.end, is_first=False, position=self.position, after=self.after)

    def split_at(self, edges: Iterable[dt.datetime]) -> list[Segment]:
        """Returns the pieces between edges, which are given newest first."""
        rest, pieces = self, list[Segment]()
        for edge in edges:
            pieces.append(rest.since(edge))
            rest = self.until(edge)
        return [*pieces, rest]

    def halves(self) -> list[Segment]:
        """Returns both halves, newest first; itself where it is too short."""
        if self.ticks < 2:  # noqa: PLR2004 - what is too short for two
            return [self]
        return self.split_at([self.start + TICK * (self.ticks // 2)])
