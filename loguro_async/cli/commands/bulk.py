"""Commands about many projects, or about every event of one."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import Annotated, Final

import typer

from loguro_async.cli.help import add_command
from loguro_async.cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    UTC,
    BomOption,
    ChipOption,
    CompareOption,
    ConcurrencyOption,
    FileFormat,
    FileFormatOption,
    FilterOption,
    FromOption,
    LimitOption,
    ProfileOption,
    SlugArgument,
    TimeoutOption,
    ToOption,
    ZoneOption,
)
from loguro_async.cli.signals import INTERRUPTION

GROUP: Final = "Many projects, and exports"


def batch(  # noqa: PLR0913 - each is an option of the command
    *,
    slugs: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="A file with a slug in each line, or - for stdin.",
            show_default="the projects of --retry-failed",
        ),
    ] = None,
    endpoint: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The query: overview, kpis, timeseries, count, top-pages, ..."
        ),
    ] = "overview",
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    limit: LimitOption = None,
    compare: CompareOption = False,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="The file to write, or - for stdout.")
    ] = "-",
    format: FileFormatOption = None,
    bom: BomOption = False,
    retry_failed: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="List the projects without a response in FILE. If it lists some already, query "
            "only those, and add their rows to the output file.",
        ),
    ] = None,
    concurrency: ConcurrencyOption = 64,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> int:
    """Query many projects, and write the responses to one file.

    Exit status: 0 all succeeded, 3 some did, 1 none did. Ctrl-C and other signals leave a complete
    file with the responses so far; with --retry-failed, run the same command again to continue.
    While the service is unavailable, the command waits.
    """
    from loguro_async.cli.batch import run_batch  # noqa: PLC0415 - quick --help
    from loguro_async.cli.batch_files import (  # noqa: PLC0415 - the same
        Target,
        check_distinct_files,
        chosen_slug_file,
    )
    from loguro_async.cli.batch_output import chosen_file_format  # noqa: PLC0415 - the same
    from loguro_async.cli.batch_query import batch_query  # noqa: PLC0415 - the same
    from loguro_async.cli.batch_report import report_batch  # noqa: PLC0415 - the same
    from loguro_async.cli.client import connect  # noqa: PLC0415 - the same
    from loguro_async.cli.periods import parse_range  # noqa: PLC0415 - the same

    period = parse_range(chip, start, end, tz)
    query = batch_query(endpoint, range=period, filter=filter, limit=limit, compare=compare)
    target = Target(out, chosen_file_format(format, out, bom=bom), retry_failed, bom)
    check_distinct_files(slugs, target)
    source = chosen_slug_file(slugs, retry_failed)
    client = connect(profile, timeout)
    run = run_batch(client, query, source, target, concurrency=concurrency)
    outcome = INTERRUPTION.run(run)
    report_batch(outcome, query, target)
    return outcome.status


def export(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: SlugArgument,
    out: Annotated[
        Path, typer.Option(file_okay=False, metavar="FOLDER", help="The folder to write into.")
    ],
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day, as 2026-06-01.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The day after the last one.")
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(metavar="7d", help="The days before today, and today so far."),
    ] = None,
    yesterday: Annotated[
        bool, typer.Option("--yesterday", help="Only yesterday.", show_default=False)
    ] = False,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    format: Annotated[
        FileFormat, typer.Option("--format", metavar="FORMAT", help="parquet, csv or ndjson.")
    ] = "parquet",
    bom: BomOption = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Write every event of a project to files, one for each day; a new run adds missing days.

    Exit status: 0 all days are complete, 3 some are, 1 none is. Run it again to continue.
    """
    from loguro_async.cli import export as work  # noqa: PLC0415 - quick --help
    from loguro_async.cli.client import connect  # noqa: PLC0415 - the same
    from loguro_async.cli.files import STDOUT  # noqa: PLC0415 - the same
    from loguro_async.cli.output import check_format  # noqa: PLC0415 - the same
    from loguro_async.cli.periods import parse_days  # noqa: PLC0415 - the same
    from loguro_async.errors import InvalidQueryError  # noqa: PLC0415 - the same

    if str(out) == STDOUT:
        message = "--out must be a folder, got -; for standard output, use the command events"
        raise InvalidQueryError(message)
    check_format(format, out, bom=bom)
    first, after_last = parse_days(start, end, last, yesterday=yesterday, tz=tz)
    client = connect(profile, timeout)
    exported = INTERRUPTION.run(
        work.run_export(
            client,
            slug,
            out,
            start=first,
            end=after_last,
            tz=tz,
            filter=filter,
            format=format,
            bom=bom,
        )
    )
    work.report(exported)


def report(  # noqa: PLR0913 - each is an option of the command
    *,
    slugs: Annotated[list[str], typer.Argument(metavar="SLUG...", help="The projects.")],
    out: Annotated[
        Path, typer.Option(dir_okay=False, metavar="FILE", help="An .html or .md file to write.")
    ],
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="The most rows of each list.")
    ] = 10,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> int:
    """Write a report about some projects, by default about the last 7 days.

    Exit status: 0 all succeeded, 3 some did, 1 none did.
    """
    from loguro_async.cli import report as work  # noqa: PLC0415 - quick --help
    from loguro_async.cli.client import connect  # noqa: PLC0415 - the same
    from loguro_async.cli.periods import parse_range  # noqa: PLC0415 - the same

    period = parse_range(chip, start, end, tz) or "7d"
    client = connect(profile, timeout)
    run = work.run_report(client, slugs, out, range=period, filter=filter, limit=limit, tz=tz)
    made = INTERRUPTION.run(run)
    work.summarize(made, out)
    return work.status_of(made)


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    for command, arguments in (
        (batch, "slugs.txt --endpoint kpis --range 7d --out kpis.csv"),
        (export, "local --last 7d --out events"),
        (report, "local shop --range 30d --out report.html"),
    ):
        example = f"loguro-async {command.__name__} {arguments}"
        add_command(app, command, GROUP, example=example)
