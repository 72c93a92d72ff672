"""``loguro-async export``: every event of a project, a file for each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.cli.advice import describe
from loguro_async.cli.exit_codes import UnfinishedError
from loguro_async.cli.files import naming_file
from loguro_async.cli.progress import Bar
from loguro_async.cli.standard_streams import write_line, write_message
from loguro_async.errors import LoguroError
from loguro_async.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from loguro_async.client import LoguroClient
    from loguro_async.export import ExportProgress, ExportReport, FileFormat


async def run_export(  # noqa: PLR0913 - the options of the command
    client: LoguroClient,
    slug: str,
    folder: Path,
    *,
    start: dt.date,
    end: dt.date,
    tz: str,
    filter: str | None,
    format: FileFormat,
    bom: bool = False,
) -> ExportReport:
    """Exports the days from ``start`` up to ``end``; a second run continues the first.

    Raises:
        ImportError: The extra ``[arrow]`` is missing.
        UnfinishedError: The export failed after some days were complete.
        LoguroError: The export failed before any day was complete.
        OSError: A file cannot be written.
    """
    from loguro_async.export import export_events  # noqa: PLC0415 - an optional part

    days = 0

    def show(progress: ExportProgress) -> None:
        nonlocal days
        days = progress.days
        bar.show(progress.days, progress.days_total, counted=progress.events)

    async with client:
        with Bar("days", None, "events") as bar:
            try:
                with naming_file(folder):
                    return await export_events(
                        client.project(slug),
                        folder,
                        start=start,
                        end=end,
                        tz=tz,
                        filter=filter,
                        format=format,
                        bom=bom,
                        progress=show,
                    )
            except (LoguroError, OSError) as error:
                if not days:
                    raise
                done = f"{counted(days, 'day')} {'is' if days == 1 else 'are'} complete"
                message = f"{describe(error)}; {done}; run it again to continue"
                raise UnfinishedError(message) from error


def report(exported: ExportReport) -> None:
    """Prints the outcome to stderr, and the names of the files to stdout."""
    if not exported.days:
        write_message("no day of this range has begun; nothing was written")
        return
    for day in exported.days:
        write_line(str(day.path))
    if not exported.events:
        write_message("there are no events in this range; check the dates and --filter")
    fetched = sum(day.is_new for day in exported.days)
    stored = len(exported.days) - fetched
    verb = "was" if stored == 1 else "were"
    write_message(
        f"{counted(len(exported.days), 'day')}, {counted(exported.events, 'event')}; "
        f"{counted(fetched, 'day')} fetched, {stored:,} {verb} complete before"
    )
