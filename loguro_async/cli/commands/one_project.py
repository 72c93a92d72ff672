"""Commands that watch, check or show one project."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import Annotated, Final, Literal

import typer

from loguro_async.cli.help import add_command
from loguro_async.cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    UTC,
    ChipOption,
    FilterOption,
    FromOption,
    PortOption,
    ProfileOption,
    SlugArgument,
    TimeoutOption,
    ToOption,
    ZoneOption,
)
from loguro_async.cli.signals import INTERRUPTION

GROUP: Final = "Tools"


def live(
    slug: SlugArgument,
    interval: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Seconds between two requests.")
    ] = 5.0,
    filter: FilterOption = None,
    tz: ZoneOption = UTC,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Print each new event of a project as it arrives, until Ctrl-C."""
    from loguro_async.cli.client import connect  # noqa: PLC0415 - quick --help
    from loguro_async.cli.live import follow  # noqa: PLC0415 - the same
    from loguro_async.cli.periods import parse_zone  # noqa: PLC0415 - the same
    from loguro_async.query.filters import as_filter  # noqa: PLC0415 - the same

    zone = parse_zone(tz)
    condition = as_filter(filter) if filter else None
    client = connect(profile, timeout)
    INTERRUPTION.run(follow(client, slug, interval=interval, filter=condition, zone=zone))


def dashboard(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: SlugArgument,
    filter: FilterOption = None,
    port: PortOption = 0,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The title of the page.")
    ] = "Web analytics",
    visitors: Annotated[
        bool, typer.Option("--visitors", help="Show single visitors.", show_default=False)
    ] = False,
    locations: Annotated[
        bool,
        typer.Option(
            "--locations", help="Show the locations of single visitors.", show_default=False
        ),
    ] = False,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open it in the browser.", show_default=False)
    ] = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Serve a dashboard of a project on this machine only, until Ctrl-C.

    Exit status: 0 also when a signal stopped it.
    """
    from loguro_async.cli import dashboard as work  # noqa: PLC0415 - an optional part
    from loguro_async.cli.client import connect  # noqa: PLC0415 - quick --help

    access = work.access_to(slug, filter or "", visitors=visitors, locations=locations)
    client = connect(profile, timeout)
    INTERRUPTION.run_server(
        work.show_dashboard(client, access, port=port, title=title, open_browser=open_browser)
    )


def doctor(  # noqa: PLR0913 - each is an option of the command
    *,
    slug: SlugArgument,
    chip: ChipOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = UTC,
    format: Annotated[
        Literal["table", "json"],
        typer.Option("--format", metavar="FORMAT", help="table or json."),
    ] = "table",
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write the names and types that were seen, without values; - for stdout.",
        ),
    ] = None,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> int:
    """Check origin, token, project and every endpoint, by default with the last 7 days.

    Exit status: 0 all is well, 1 something is not; new fields are only notes.
    """
    from loguro_async.cli import doctor as work  # noqa: PLC0415 - quick --help
    from loguro_async.cli.client import connect  # noqa: PLC0415 - the same
    from loguro_async.cli.files import file_or_stdout  # noqa: PLC0415 - the same
    from loguro_async.cli.periods import parse_range  # noqa: PLC0415 - the same

    period = parse_range(chip, start, end, tz) or "7d"
    found = INTERRUPTION.run(work.run_doctor(connect(profile, timeout), slug, range=period))
    work.show(found, format)
    if save is not None:
        work.save(found, file_or_stdout(save))
    return work.status_of(found)


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    add_command(app, live, GROUP)
    add_command(app, dashboard, GROUP)
    add_command(app, doctor, GROUP)
