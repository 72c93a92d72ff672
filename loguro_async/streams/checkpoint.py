"""The checkpoint of a stream of events, from which another stream resumes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from loguro_async.query.ranges import Between

if TYPE_CHECKING:
    from loguro_async.streams.segments import Position


class EventCheckpoint(Struct, frozen=True):
    """The point that a stream of events has reached. Can be pickled, and stored as JSON by msgspec.

    Attributes:
        start: The window's beginning.
        end: The window's end.
        filter: The filter's canonical text.
        reached: The timestamp of the last event that was given.
        given: The ids of all events given that have this timestamp.
    """

    start: dt.datetime
    end: dt.datetime
    filter: str = ""
    reached: dt.datetime | None = None
    given: tuple[str, ...] = ()

    @classmethod
    def at(cls, window: Between, filter: str, position: Position) -> Self:
        """Returns the checkpoint of a position in a window."""
        given = tuple(sorted(position.given))
        return cls(window.start, window.end, filter, position.reached, given)

    @property
    def window(self) -> Between:
        """The whole window."""
        return Between(self.start, self.end)
