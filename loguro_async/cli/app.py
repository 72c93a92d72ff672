"""The commands: their options, and what they say when something fails."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from loguro_async.cli.connection import connect
from loguro_async.cli.ending import FAILED, WRONG_USE, finish, stop
from loguro_async.cli.endpoints import register
from loguro_async.cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    UTC,
    BomOption,
    ChipOption,
    FilterOption,
    FormatOption,
    FromOption,
    ProfileOption,
    TimeoutOption,
    ToOption,
    ZoneOption,
    asked_days,
    asked_range,
)
from loguro_async.errors import ConfigurationError, InvalidQueryError
from loguro_async.version import __version__

app = typer.Typer(
    help="Loguro Web Analytics on the command line. Unofficial.",
    epilog="Exit status: 0 done, 1 failed, 2 wrong use, 3 some of it failed, 130 Ctrl-C, "
    "141 whoever read the output has enough.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they would print local variables, tokens among them
)

Events = Annotated[int, typer.Option(min=1, help="How many events each project has.")]
Seed = Annotated[int, typer.Option(help="The seed of the generated events.")]


def run() -> None:
    """Run the command that the arguments name, and end with its exit status."""
    try:
        status: object = app(prog_name="loguro-async", standalone_mode=False)
    except Exception as error:
        # Typer keeps the class of its complaints to itself.
        told = getattr(error, "format_message", None)
        if told is None:
            raise
        status = _complain(error, told())
    raise SystemExit(status if isinstance(status, int) else 0)


def _complain(error: Any, message: str) -> int:  # noqa: ANN401 - as above
    """Say in one line what is wrong with the arguments; the help, where there are none."""
    if "\n" in message.strip():
        error.show()
    else:
        stop(f"{message.strip().rstrip('.')}; see --help", WRONG_USE)
    return WRONG_USE


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"loguro-async {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Options before the command; without any there is nothing to do."""


@app.command()
def demo(events: Events = 100_000, seed: Seed = 7) -> None:
    """Start an embedded Loguro and show an overview of its traffic."""
    from loguro_async.cli.demo import fetch_overview  # noqa: PLC0415 - quick --help
    from loguro_async.cli.render import print_overview  # noqa: PLC0415 - the same

    with Console(stderr=True).status("Making traffic ..."):
        overview = finish(fetch_overview(events=events, seed=seed))
    print_overview(Console(highlight=False), overview)
    typer.echo(
        "\nAs a dashboard: start `loguro-async serve`, set what it prints, and run "
        "`loguro-async dashboard local --open`."
    )


@app.command()
def serve(
    *,
    project: Annotated[
        list[str] | None,
        typer.Option(
            help="A project's slug; again for more.  [default: those of --data, else local]"
        ),
    ] = None,
    events: Events = 100_000,
    seed: Seed = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Parquet to serve: a folder or a file. A new folder stores the generated events."
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Generate events as time passes, too.")
    ] = False,
    per_minute: Annotated[
        float, typer.Option(min=0.1, help="With --live: events of each project in a minute.")
    ] = 30.0,
) -> None:
    """Serve an embedded Loguro until Ctrl-C; prints how to reach it."""
    from loguro_async.cli import serve as work  # noqa: PLC0415 - quick --help

    options = work.ServeOptions(
        tuple(project or ()), events, seed, port, data, per_minute if live else 0.0
    )
    finish(work.serve_until_stopped(options))


@app.command()
def batch(  # noqa: PLR0913 - each is an option of the command
    *,
    slugs: Annotated[str, typer.Argument(help="A file with a slug in each line, or - for stdin.")],
    endpoint: Annotated[
        str, typer.Option(help="What to ask: overview, kpis, timeseries, count, top-pages, …")
    ] = "overview",
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    out: Annotated[str, typer.Option(help="The file to write, or - for stdout.")] = "-",
    format: FormatOption = None,
    bom: BomOption = False,
    concurrency: Annotated[int, typer.Option(min=1, help="Projects asked at once.")] = 64,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Ask one question of many projects, and write the answers to one file.

    Exit status: 0 all answered, 3 some did, 1 none did. Ctrl-C leaves a whole file of what was
    answered until then.
    """
    from loguro_async.cli import batch as work  # noqa: PLC0415 - quick --help

    try:
        asked = work.question(endpoint, asked_range(chip, start, end, tz), filter)
    except ValueError as error:
        raise stop(error, WRONG_USE) from None
    client = connect(profile, timeout)
    outcome = finish(
        work.run_batch(client, asked, slugs, out, format=format, concurrency=concurrency, bom=bom)
    )
    work.report(outcome, out)
    raise typer.Exit(outcome.status)


@app.command()
def export(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: Annotated[str, typer.Argument(help="The project.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder to write into.")],
    start: Annotated[
        str | None, typer.Option("--from", help="The first day, such as 2026-06-01.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="The day after the last one.")] = None,
    last: Annotated[
        str | None,
        typer.Option(help="So many days before today, and today so far.", metavar="7d"),
    ] = None,
    yesterday: Annotated[bool, typer.Option("--yesterday", help="The day before today.")] = False,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    format: FormatOption = None,
    bom: BomOption = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Write every event of a project to files, one for each day; again, only what is missing.

    Exit status: 0 all days are complete, 3 some are, 1 none is. Run it again to go on.
    """
    from loguro_async.cli import export as work  # noqa: PLC0415 - quick --help

    try:
        first, after_last = asked_days(start, end, last, yesterday=yesterday, tz=tz)
        if bom and format != "csv":
            message = "--bom is for csv; give --format csv, or leave it out"
            raise InvalidQueryError(message)
    except ValueError as error:
        raise stop(error, WRONG_USE) from None
    work.report(
        finish(
            work.run_export(
                connect(profile, timeout),
                slug,
                out,
                start=first,
                end=after_last,
                tz=tz,
                filter=filter,
                format=format or "parquet",
                bom=bom,
            )
        )
    )


@app.command()
def report(  # noqa: PLR0913 - each is an option of the command
    *,
    slugs: Annotated[list[str], typer.Argument(metavar="SLUG", help="The projects.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="An .html or .md file to write.")],
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    filter: FilterOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows of each list at the most.")] = 10,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Write a report about some projects, by default about the last 7 days.

    Exit status: 0 all answered, 3 some did, 1 none did.
    """
    from loguro_async.cli import report as work  # noqa: PLC0415 - quick --help

    try:
        span = asked_range(chip, start, end, tz) or "7d"
    except ValueError as error:
        raise stop(error, WRONG_USE) from None
    client = connect(profile, timeout)
    made = finish(work.run_report(client, slugs, out, range=span, filter=filter, limit=limit))
    work.say(made, out)
    raise typer.Exit(work.status_of(made))


@app.command()
def live(
    slug: Annotated[str, typer.Argument(help="The project.")],
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Print each new event of a project as it comes, until Ctrl-C."""
    from loguro_async.cli.live import follow  # noqa: PLC0415 - quick --help

    finish(follow(connect(profile, timeout), slug, interval=interval))


@app.command()
def doctor(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: Annotated[str, typer.Argument(help="The project.")],
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    format: Annotated[
        Literal["table", "json"], typer.Option("--format", help="What is printed.")
    ] = "table",
    save: Annotated[
        Path | None,
        typer.Option(help="Write the names and types that were seen, without values, to a file."),
    ] = None,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Check origin, token, project and every endpoint, by default with the last 7 days.

    Exit status: 0 all is well, 1 something is not; new fields are only notes.
    """
    from loguro_async.cli import doctor as work  # noqa: PLC0415 - quick --help

    try:
        span = asked_range(chip, start, end, tz) or "7d"
    except ValueError as error:
        raise stop(error, WRONG_USE) from None
    found = finish(work.run_doctor(connect(profile, timeout), slug, range=span))
    work.show(found, format)
    if save is not None:
        try:
            work.save(found, save)
        except OSError as error:
            raise stop(error, FAILED) from None
    raise typer.Exit(work.status_of(found))


@app.command()
def dashboard(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The project.")],
    filter: FilterOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    title: Annotated[str, typer.Option(help="The title of the page.")] = "Web analytics",
    visitors: Annotated[bool, typer.Option("--visitors", help="Show single visitors.")] = False,
    locations: Annotated[
        bool, typer.Option("--locations", help="Show the locations of single visitors.")
    ] = False,
    opens: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Serve a dashboard of a project to this machine alone, until Ctrl-C."""
    try:
        from loguro_async.cli import dashboard as work  # noqa: PLC0415 - an optional part

        access = work.access_to(slug, filter or "", visitors=visitors, locations=locations)
    except (ConfigurationError, ImportError, ValueError) as error:
        raise stop(error, WRONG_USE) from None
    client = connect(profile, timeout)
    finish(work.show_dashboard(client, access, port=port, title=title, opens=opens))


@app.command()
def mcp(
    *,
    project: Annotated[
        list[str] | None,
        typer.Option(help="A project that may be asked about; again for more.  [default: all]"),
    ] = None,
    visitors: Annotated[
        bool, typer.Option("--visitors", help="Allow data of single visitors.")
    ] = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Serve tools for an assistant over stdin and stdout, by the Model Context Protocol."""
    try:
        from loguro_async.cli import mcp as work  # noqa: PLC0415 - an optional part
    except ImportError as error:
        raise stop(error, WRONG_USE) from None
    finish(work.serve_tools(connect(profile, timeout), project, visitors=visitors))


@app.command()
def openapi(
    *,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="A file to write; left out, the output.")
    ] = None,
) -> None:
    """Print an OpenAPI 3.1 description of the service, as JSON."""
    import msgspec  # noqa: PLC0415 - quick --help

    from loguro_async.cli.output import write_bytes  # noqa: PLC0415 - the same
    from loguro_async.openapi import openapi as description  # noqa: PLC0415 - the same

    try:
        write_bytes(msgspec.json.format(msgspec.json.encode(description())) + b"\n", out)
    except OSError as error:
        raise stop(error, FAILED) from None


register(app)
