"""One day's file, and its record: in Parquet's own metadata, else in the export's staging folder.

A record of the second kind is written after the file: a day without a record is fetched again.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from loguro_async.atomic_file import write_atomic
from loguro_async.export.async_writer import Part
from loguro_async.export.manifest import NOTE, DayRecord, Plan, record_in
from loguro_async.export.tables import chunks
from loguro_async.export.threads import in_thread
from loguro_async.models.events import Event

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from loguro_async.query.ranges import Between

_LOG: Final = logging.getLogger("loguro_async")
_EVENTS_AT_ONCE: Final = 1_000


class DayFile:
    """The events of one day of one project.

    Args:
        home: The project's folder.
        staging: The folder where unfinished files and records are.
        plan: What the export is of.
        day: The day.
        window: From its first moment to that of the next day.
        bom: Whether a CSV file begins with a byte order mark.
    """

    def __init__(
        self,
        home: Path,
        staging: Path,
        plan: Plan,
        day: dt.date,
        window: Between,
        *,
        bom: bool = False,
    ) -> None:
        self.day = day
        self.window = window
        self.path = home / f"day={day}" / f"events.{plan.format}"
        self._staging = staging
        self._plan = plan
        self._bom = bom
        self._record = staging / f"{day}.{plan.format}.json"
        self._is_parquet = plan.format == "parquet"

    def read(self) -> DayRecord | None:
        """Returns the day's record; ``None`` without a readable file of this plan."""
        record = record_in(self.path) if self._is_parquet else self._noted()
        return record if record is not None and record.plan == self._plan else None

    def _noted(self) -> DayRecord | None:
        try:
            record = msgspec.json.decode(self._record.read_bytes(), type=DayRecord)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return record if self.path.exists() else None

    async def write(
        self,
        events: AsyncIterator[Event],
        *,
        is_closed: bool,
        progress: Callable[[int], object],
    ) -> DayRecord:
        """Writes the file of the day, and returns its record.

        Args:
            events: All of the day's events; others may be among them, and are left out.
            is_closed: Whether the day was over before they were requested.
            progress: Told how many more events came.

        Raises:
            LoguroError: The events could not be fetched; an existing file stays as it was.
            OSError: The file cannot be written; an existing file stays as it was.
        """
        async with (
            Part(self.path, Event, bom=self._bom, staging=self._staging) as part,
            aclosing(chunks(events, _EVENTS_AT_ONCE)) as all_of,
        ):
            async for some in all_of:
                own = [event for event in some if self._has(event)]
                await part.extend(own)
                progress(len(own))
            record = DayRecord(self._plan, self.day, is_closed, part.rows)
            part.notes[NOTE] = msgspec.json.encode(record).decode()
        if not self._is_parquet:
            await in_thread(lambda: self._note(record))
        return record

    def _note(self, record: DayRecord) -> None:
        try:
            write_atomic(self._record, msgspec.json.encode(record))
        except OSError as error:  # the file itself is complete
            _LOG.warning("export: %s is fetched again by the next run: %s", self.path, error)

    def _has(self, event: Event) -> bool:
        # Midnight is of one day alone, whichever bounds of a window the service takes as inside.
        return self.window.start <= event.timestamp < self.window.end
