"""Every event of a project, a file for each day; a day that is whole is never fetched again.

A day's file gets its name when it is whole, and says so. Whenever a run ends, killed or not, the
next one takes up the days that are missing or were not over: nothing is lost, nothing is double.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from loguro_async.checks import check_seconds
from loguro_async.errors import InvalidQueryError
from loguro_async.export.day_file import DayFile
from loguro_async.export.formats import FileFormat, check_format
from loguro_async.export.records import DayRecord, Plan, claim
from loguro_async.export.threads import in_thread
from loguro_async.policies import CachePolicy
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.path import check_slug
from loguro_async.query.ranges import Between, in_utc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from os import PathLike

    from loguro_async.models.events import Event

_SETTLING: Final = CachePolicy().settling
_TICK: Final = dt.timedelta(milliseconds=1)


class EventSource(Protocol):
    """Whoever gives every event of a window: a ``Project``."""

    @property
    def slug(self) -> str:
        """The project."""
        ...

    def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        """Every event of the window that the filter lets through."""
        ...


class DayExport(Struct, frozen=True):
    """What became of one day.

    Attributes:
        day: The day, in the export's time zone.
        path: Its file.
        events: How many events the file holds.
        is_new: Whether it was fetched now; else it was whole already.
        is_closed: Whether the day was over and settled, so that it is not fetched again.
    """

    day: dt.date
    path: Path
    events: int
    is_new: bool
    is_closed: bool


class ExportReport(Struct, frozen=True):
    """What an export did.

    Attributes:
        project: The slug.
        folder: Where the project's days are.
        days: What became of each day; a day that had not begun is not among them.
    """

    project: str
    folder: Path
    days: tuple[DayExport, ...]

    @property
    def events(self) -> int:
        """How many events all the files hold."""
        return sum(day.events for day in self.days)


class ExportProgress(Struct, frozen=True):
    """How far an export is.

    Attributes:
        days: Days that are done.
        days_total: Days that were asked for and have begun.
        events: Events that were fetched in this run.
    """

    days: int
    days_total: int
    events: int


async def export_events(  # noqa: PLR0913 - each is an option by name
    project: EventSource,
    folder: str | PathLike[str],
    *,
    start: dt.date,
    end: dt.date,
    tz: dt.tzinfo | str = dt.UTC,
    filter: Filter | str | None = None,
    format: FileFormat = "parquet",
    settling: float = _SETTLING,
    now: dt.datetime | None = None,
    progress: Callable[[ExportProgress], object] | None = None,
) -> ExportReport:
    """Write every event to ``project=SLUG/day=YYYY-MM-DD/events.parquet`` below a folder.

    A day that is over and was written after that is kept as it is: nothing is fetched for it. A
    day that is not over is written anew each time, and one that has not begun is left out.

    Args:
        project: The project.
        folder: Where the export goes; it is made where it is missing.
        start: The first day.
        end: The day after the last one.
        tz: What days are of: a time zone, or its IANA name.
        filter: A ``Filter``, or text in the dashboard's syntax.
        format: ``"parquet"``, ``"csv"`` or ``"ndjson"``.
        settling: Seconds after its end until a day counts as over and unchanging.
        now: Taken for the present moment; the real one where left out.
        progress: Told how far it is, as events come and as days are done.

    Raises:
        InvalidQueryError: A value cannot be right, or the folder holds an export of this project
            with another filter, time zone or format.
        LoguroError: The events could not be fetched; the days before are there.
        OSError: A file cannot be written; the days before are there.
    """
    wanted = Filter() if filter is None else as_filter(filter)
    plan = Plan(
        project=check_slug(project.slug),
        filter=str(wanted),
        tz=str(tz),
        format=check_format(format),
    )
    check_seconds("settling", settling)
    begun = [day for day in _days(start, end, tz) if day.window.start <= _moment(now)]
    home = Path(folder) / f"project={plan.project}"
    await in_thread(lambda: claim(home, plan))
    tally = _Tally(len(begun), progress)
    for day in begun:
        file = DayFile(home, plan, day.date, day.window)
        record = await in_thread(file.read)
        is_whole = record is not None and record.is_closed
        if record is None or not is_whole:
            settled = day.window.end + dt.timedelta(seconds=settling)
            is_closed = settled <= _moment(now)
            events = project.iter_events(range=day.asked, filter=wanted)
            record = await file.write(events, is_closed=is_closed, progress=tally.add_events)
        tally.add_day(_day_export(file, record, is_new=not is_whole))
    return ExportReport(plan.project, home, tuple(tally.days))


class _Day(Struct, frozen=True):
    date: dt.date
    window: Between

    @property
    def asked(self) -> Between:
        """A little more: an event at midnight is there even where ``from`` is not inside."""
        return Between(self.window.start - _TICK, self.window.end)


class _Tally:
    """Counts what was done, and tells whoever wants to know."""

    def __init__(self, total: int, progress: Callable[[ExportProgress], object] | None) -> None:
        self._total = total
        self._progress = progress
        self._events = 0
        self.days: list[DayExport] = []

    def add_events(self, count: int) -> None:
        self._events += count
        self._tell()

    def add_day(self, day: DayExport) -> None:
        self.days.append(day)
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(ExportProgress(len(self.days), self._total, self._events))


def _day_export(file: DayFile, record: DayRecord, *, is_new: bool) -> DayExport:
    return DayExport(file.day, file.path, record.events, is_new, record.is_closed)


def _days(start: dt.date, end: dt.date, tz: dt.tzinfo | str) -> Iterator[_Day]:
    if Between.day(start, tz=tz).start >= Between.day(end, tz=tz).start:
        message = f"the export's end {end} is not after its start {start}; end is the day after"
        raise InvalidQueryError(message)
    for number in range((end - start).days):
        date = start + dt.timedelta(days=number)
        yield _Day(date, Between.day(date, tz=tz))


def _moment(now: dt.datetime | None) -> dt.datetime:
    return dt.datetime.now(dt.UTC) if now is None else in_utc("now", now)
