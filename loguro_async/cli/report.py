"""``loguro-async report``: one file about some projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from loguro_async.cli.ending import FAILED, SOME_FAILED
from loguro_async.cli.render import printable
from loguro_async.report import check_form, gather, write

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
) -> Report:
    """Fetch the figures and write the file; where no project answered, there is none.

    Args:
        client: Closed in the end.
        slugs: The projects.
        out: The file, whose ending says what it will be.
        range: The span of time.
        filter: Which events count, in the dashboard's syntax.
        limit: Rows of each list at the most.

    Raises:
        ConfigurationError: The file's ending is not known.
        ImportError: The extra ``[report]`` is missing.
        InvalidQueryError: The filter cannot be read.
        LoguroError: The token is missing or was refused.
        OSError: The file cannot be written.
    """
    check_form(out)
    async with client:
        report = await gather(client, slugs, range=range, filter=filter, limit=limit)
    if report.projects:
        write(report, out)
    return report


def status_of(report: Report) -> int:
    """The exit status: 0 all projects answered, 3 some did, 1 none did."""
    if not report.failures:
        return 0
    return SOME_FAILED if report.projects else FAILED


def say(report: Report, out: Path) -> None:
    """Say on stderr what is missing, and what was done."""
    for failure in report.failures:
        typer.echo(f"{printable(failure.slug)}\t{printable(failure.reason)}", err=True)
    asked = len(report.projects) + len(report.failures)
    where = f"written to {out}" if report.projects else "nothing was written"
    typer.echo(f"{len(report.projects):,} of {asked:,} projects answered; {where}", err=True)
