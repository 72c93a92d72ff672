"""Exports every event of a project to one file for each day; a closed day is not fetched again.

A day's file gets its name when it is complete. After a run that failed or was killed, the next one
fetches the days that are missing or were not over, so that no event is lost or written twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from msgspec import Struct

from loguro_async.checks import check_seconds
from loguro_async.errors import InvalidQueryError, LoguroError
from loguro_async.export.day_file import DayFile
from loguro_async.export.formats import FileFormat, check_bom, check_format
from loguro_async.export.manifest import DayRecord, Plan, claim
from loguro_async.export.staging_folder import StagingFolder
from loguro_async.export.threads import in_thread
from loguro_async.policies import CachePolicy
from loguro_async.query.filters import Filter, as_filter
from loguro_async.query.path import check_slug
from loguro_async.query.ranges import Between, in_utc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from os import PathLike

    from loguro_async.models.events import Event
    from loguro_async.models.kpis import Kpis
    from loguro_async.policies import CacheMode
    from loguro_async.query.ranges import Chip

_LOG: Final = logging.getLogger("loguro_async")
_SETTLING: Final = CachePolicy().settling
_TICK: Final = dt.timedelta(milliseconds=1)
# How far the client's clock may be ahead, if the service's time is not known.
_CLOCK_UNCERTAINTY: Final = dt.timedelta(days=2)


class EventSource(Protocol):
    """A project, as far as an export uses it."""

    @property
    def slug(self) -> str:
        """The project."""
        ...

    def iter_events(self, *, range: Between, filter: Filter) -> AsyncIterator[Event]:
        """Returns every event of the window that the filter lets through."""
        ...


@runtime_checkable
class _HasClock(Protocol):
    """A source that gives the time of the service, as a ``Project`` does."""

    async def kpis(self, *, range: Chip, cache: CacheMode) -> Kpis:
        """Returns the key figures, whose range ends at the service's current time."""
        ...


class DayExport(Struct, frozen=True):
    """The outcome of one day.

    Attributes:
        day: The day, in the export's time zone.
        path: Its file.
        events: How many events the file holds.
        is_new: Whether it was fetched now; else it was complete before.
        is_closed: Whether the day was over, so that it is not fetched again.
    """

    day: dt.date
    path: Path
    events: int
    is_new: bool
    is_closed: bool


class ExportReport(Struct, frozen=True):
    """The outcome of an export.

    Attributes:
        project: The slug.
        folder: Where the project's days are.
        days: The outcome of each day; a day that had not begun is not among them.
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
        days_total: Days that were requested and have begun.
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
    bom: bool = False,
    progress: Callable[[ExportProgress], object] | None = None,
) -> ExportReport:
    """Writes every event to ``project=SLUG/day=YYYY-MM-DD/events.parquet`` below a folder.

    Nothing is fetched for a day that is closed: it was over when it was written. A day that is not
    over is written anew each time, and one that has not begun is left out.

    Args:
        project: The project.
        folder: Where the export goes; it is made where it is missing.
        start: The first day.
        end: The day after the last one.
        tz: What days are of: a time zone, or its IANA name.
        filter: A ``Filter``, or text in the dashboard's syntax.
        format: ``"parquet"``, ``"csv"`` or ``"ndjson"``.
        settling: Seconds after its end until a day counts as over and unchanging.
        now: Taken for the present moment; left out, the service's clock tells.
        bom: Whether CSV files begin with a byte order mark, by which spreadsheets know UTF-8.
        progress: Told how far it is, as events come and as days are done.

    Raises:
        InvalidQueryError: An argument is not valid, or the folder holds an export of this project
            with another filter, time zone or format.
        ExportRunningError: Another export of this project into the folder is running.
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
    check_bom(plan.format, bom=bom)
    check_seconds("settling", settling)
    given_now = None if now is None else in_utc("now", now)
    days = list(_days(start, end, tz))
    home = Path(folder) / f"project={plan.project}"
    staging = await in_thread(lambda: StagingFolder(Path(folder), plan.project))
    try:
        await in_thread(lambda: claim(home, staging.path, plan))
        files = [DayFile(home, staging.path, plan, date, window, bom=bom) for date, window in days]
        records = await in_thread(lambda: [file.read() for file in files])
        clock = _Clock(project, given_now, settling)
        if not all(record is not None and record.is_closed for record in records):
            await clock.read()
        begun = [
            (file, record)
            for file, record in zip(files, records, strict=True)
            if record is not None or clock.has_begun(file.window)
        ]
        counter = _ProgressCounter(len(begun), progress)
        for file, record in begun:
            counter.add_day(await _export_day(project, wanted, file, record, clock, counter))
        clock.warn_if_unknown()
    finally:
        await in_thread(lambda: staging.close(is_needed=home.exists()))
    return ExportReport(plan.project, home, tuple(counter.days))


async def _export_day(
    project: EventSource,
    filter: Filter,
    file: DayFile,
    record: DayRecord | None,
    clock: _Clock,
    counter: _ProgressCounter,
) -> DayExport:
    is_complete = record is not None and record.is_closed
    if record is None or not is_complete:
        # A little more: an event at midnight is there even where `from` is not inside.
        window = Between(file.window.start - _TICK, file.window.end)
        record = await file.write(
            project.iter_events(range=window, filter=filter),
            is_closed=clock.is_over(file.window),
            progress=counter.add_events,
        )
    return DayExport(file.day, file.path, record.events, not is_complete, record.is_closed)


class _Clock:
    """The service's clock, because the client's may be ahead, and then a day seems to be over.

    Args:
        project: The project.
        now: The current time; ``None`` to get it from the service.
        settling: Seconds after its end until a day counts as over.
    """

    def __init__(self, project: EventSource, now: dt.datetime | None, settling: float) -> None:
        self._project = project
        self._now = now
        self._settling = dt.timedelta(seconds=settling)
        self._error: LoguroError | None = None

    async def read(self) -> None:
        """Gets the time of the service, which is the end of the window of a chip."""
        if self._now is not None:
            return
        if not isinstance(self._project, _HasClock):
            self._now = _local_now()
            return
        try:
            self._now = (await self._project.kpis(range="1h", cache="no-store")).range.to
        except LoguroError as error:
            self._error = error

    def warn_if_unknown(self) -> None:
        """Warns that the service's clock could not be read."""
        if self._error is not None:
            _LOG.warning(
                "export: the service's clock is not known, so the last %d days stay open: %s",
                _CLOCK_UNCERTAINTY.days,
                self._error,
            )

    def has_begun(self, window: Between) -> bool:
        """Returns whether a day has begun."""
        return window.start <= (self._now or _local_now())

    def is_over(self, window: Between) -> bool:
        """Returns whether a day is over, and ``settling`` seconds have passed since."""
        return window.end + self._settling <= (self._now or _local_now() - _CLOCK_UNCERTAINTY)


def _local_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class _ProgressCounter:
    """Counts days and events, and reports progress."""

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


def _days(start: dt.date, end: dt.date, tz: dt.tzinfo | str) -> Iterator[tuple[dt.date, Between]]:
    if Between.day(start, tz=tz).start >= Between.day(end, tz=tz).start:
        message = f"the export's end {end} is not after its start {start}; end is the day after"
        raise InvalidQueryError(message)
    for number in range((end - start).days):
        date = start + dt.timedelta(days=number)
        yield date, Between.day(date, tz=tz)
