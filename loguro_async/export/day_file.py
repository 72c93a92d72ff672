"""One day's file, and its record: in Parquet's own metadata, else in a file beside it.

The record beside a file is written after it: a day without a record is not whole.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
from pyarrow import parquet

from loguro_async.export.part import Part
from loguro_async.export.records import DayRecord, Plan, write_whole
from loguro_async.export.tables import chunks
from loguro_async.export.threads import in_thread
from loguro_async.models.events import Event
from loguro_async.whole_file import remove_leftovers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from loguro_async.query.ranges import Between

_NOTE: Final = "loguro.export"
_EVENTS_AT_ONCE: Final = 1_000


class DayFile:
    """The events of one day of one project.

    Args:
        home: The project's folder.
        plan: What the export is of.
        day: The day.
        window: From its first moment to that of the next day.
    """

    def __init__(self, home: Path, plan: Plan, day: dt.date, window: Between) -> None:
        self.day = day
        self._window = window
        self.path = home / f"day={day}" / f"events.{plan.format}"
        self._plan = plan
        # Readers of whole folders pass over names that begin so.
        self._beside = self.path.with_name(f"_{self.path.name}.json")
        self._is_parquet = plan.format == "parquet"

    def read(self) -> DayRecord | None:
        """The day's record; ``None`` where its file is missing, not whole or of another plan."""
        try:
            note = self._parquet_note() if self._is_parquet else self._beside.read_bytes()
            record = msgspec.json.decode(note, type=DayRecord)
        except (FileNotFoundError, KeyError, pa.ArrowInvalid, msgspec.DecodeError):
            return None
        return record if record.plan == self._plan and self.path.exists() else None

    async def write(
        self,
        events: AsyncIterator[Event],
        *,
        is_closed: bool,
        progress: Callable[[int], object],
    ) -> DayRecord:
        """Write the day anew, and say what it holds.

        Args:
            events: All of the day's events; others may be among them, and are left out.
            is_closed: Whether the day was over and settled before they were asked for.
            progress: Told how many more events came.

        Raises:
            LoguroError: The events could not be fetched; what was there before stays.
            OSError: The file cannot be written; what was there before stays.
        """
        await in_thread(self._make_room)
        async with (
            Part(self.path, Event) as part,
            aclosing(chunks(events, _EVENTS_AT_ONCE)) as all_of,
        ):
            async for some in all_of:
                own = [event for event in some if self._has(event)]
                await part.extend(own)
                progress(len(own))
            record = DayRecord(self._plan, self.day, is_closed, part.rows)
            part.notes[_NOTE] = msgspec.json.encode(record).decode()
        if not self._is_parquet:
            await in_thread(lambda: write_whole(self._beside, msgspec.json.encode(record)))
        return record

    def _has(self, event: Event) -> bool:
        # Midnight is of one day alone, whichever bounds of a window the service takes as inside.
        return self._window.start <= event.timestamp < self._window.end

    def _make_room(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        remove_leftovers(self.path)
        remove_leftovers(self._beside)

    def _parquet_note(self) -> bytes:
        return (parquet.read_metadata(self.path).metadata or {})[_NOTE.encode()]
