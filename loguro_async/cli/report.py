"""``loguro-async report``: one file about some projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.cli.advice import for_shell
from loguro_async.cli.exit_codes import FAILED, SOME_FAILED
from loguro_async.cli.files import naming_file
from loguro_async.cli.formatting import printable
from loguro_async.cli.standard_streams import write_message
from loguro_async.report import check_form, gather, write
from loguro_async.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from loguro_async.client import LoguroClient
    from loguro_async.query.ranges import Range
    from loguro_async.report import Report


async def run_report(
    client: LoguroClient,
    slugs: Sequence[str],
    out: Path,
    *,
    range: Range,
    filter: str | None,
    limit: int,
    tz: str = "UTC",
) -> Report:
    """Fetches the figures and writes the file; no file is written if every project fails.

    Args:
        client: The client; closed at the end.
        slugs: The projects.
        out: The file, whose extension selects the format.
        range: The period.
        filter: Which events count, in the dashboard's syntax.
        limit: The most rows of each list.
        tz: The time zone of days and hours.

    Raises:
        ConfigurationError: The file's extension is not known.
        ImportError: The extra ``[report]`` is missing.
        InvalidQueryError: The filter cannot be read.
        LoguroError: The token is missing or was refused.
        OSError: The file cannot be written.
    """
    check_form(out)
    async with client:
        report = await gather(client, slugs, range=range, filter=filter, limit=limit, tz=tz)
    if report.projects:
        with naming_file(out):
            write(report, out)
    return report


def status_of(report: Report) -> int:
    """Returns the exit status: 0 all projects succeeded, 3 some did, 1 none did."""
    if not report.failures:
        return 0
    return SOME_FAILED if report.projects else FAILED


def summarize(report: Report, out: Path) -> None:
    """Writes the failed projects and the number of successes to standard error."""
    for failure in report.failures:
        write_message(f"{printable(failure.slug)}\t{printable(for_shell(failure.reason))}")
    total = len(report.projects) + len(report.failures)
    where = f"written to {out}" if report.projects else "nothing was written"
    write_message(f"{len(report.projects):,} of {counted(total, 'project')} succeeded; {where}")
