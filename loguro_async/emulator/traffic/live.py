"""Live traffic: generates events as time passes on the clock of the emulator."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loguro_async.emulator.ranges import HOUR_MS
from loguro_async.emulator.traffic.visits import Period
from loguro_async.emulator.traffic.writer import Block, write_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loguro_async.emulator.cancellation import CancellationToken
    from loguro_async.emulator.store import Store

# A clock that was moved by a year gets no year of traffic, which would take minutes to generate.
_MOST_HOURS: Final = 7 * 24


class LiveTraffic:
    """Adds events to a store, an hour ahead of the clock.

    Events become visible when the clock has reached them. The same seed and start give the same
    events.

    Args:
        store: The store.
        projects: The slugs that get events.
        events_per_minute: How many, on average, in each project.
        seed: The seed.
        start_ms: The time of the first events, in milliseconds since 1970.
        cancellation: Stops the work.
    """

    def __init__(
        self,
        store: Store,
        projects: Sequence[str],
        *,
        events_per_minute: float,
        seed: int,
        start_ms: int,
        cancellation: CancellationToken,
    ) -> None:
        self._store = store
        self._projects = projects
        self._events_per_hour = events_per_minute * 60
        self._seed = seed
        self._start_ms = start_ms
        self._cancellation = cancellation
        self._hours = 0

    def covers(self, present_ms: int) -> bool:
        """Whether all events up to a time have been added."""
        return present_ms <= self._start_ms + self._hours * HOUR_MS

    def extend(self, present_ms: int) -> None:
        """Adds the events up to a time; runs in a thread, one call after the other.

        Raises:
            WorkCancelledError: The work was cancelled.
            duckdb.InterruptException: The same, inside a query.
        """
        hours = -(-(present_ms - self._start_ms) // HOUR_MS)
        first = max(self._hours, hours - _MOST_HOURS)
        for project in self._projects:
            self._add(project, [self._block(hour) for hour in range(first, hours)])
        self._hours = max(self._hours, hours)

    def _block(self, hour: int) -> Block:
        """Returns the events of an hour since the start."""
        start_ms = self._start_ms + hour * HOUR_MS
        events = int(self._events_per_hour * (hour + 1)) - int(self._events_per_hour * hour)
        return Block(f"{self._seed}/live/{start_ms}", events, Period(start_ms, start_ms + HOUR_MS))

    def _add(self, project: str, blocks: list[Block]) -> None:
        """Adds events to a project."""
        if not any(block.events for block in blocks):
            return
        with tempfile.TemporaryDirectory(prefix="loguro-live-") as folder:
            file = Path(folder) / "events.parquet"
            write_blocks(file, project, blocks, self._cancellation)
            self._store.add_file(project, file)
