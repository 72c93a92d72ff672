"""Commands of the embedded Loguro, which need no account."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import Annotated, Final

import typer

from loguro_async.cli.help import add_command
from loguro_async.cli.options import PortOption  # noqa: TC001 - Typer reads it at run time
from loguro_async.cli.signals import INTERRUPTION

GROUP: Final = "Try it without an account"

Events = Annotated[int, typer.Option(min=1, metavar="N", help="Events of each project.")]
Seed = Annotated[int, typer.Option(metavar="N", help="The seed of the generated events.")]


def demo(events: Events = 100_000, seed: Seed = 7) -> None:
    """Start an embedded Loguro and show an overview of its traffic."""
    from loguro_async.cli import demo as work  # noqa: PLC0415 - quick --help

    work.show(INTERRUPTION.run(work.fetch_overview(events=events, seed=seed)))


def serve(
    *,
    project: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SLUG",
            help="A project; repeat it for more.",
            show_default="local, or those of the data",
        ),
    ] = None,
    events: Events = 100_000,
    seed: Seed = 0,
    port: PortOption = 0,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Parquet to serve: a folder or a file. A new folder stores the generated events.",
            show_default="a temporary folder",
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Generate events as time passes, too.", show_default=False),
    ] = False,
    per_minute: Annotated[
        float,
        typer.Option(min=0.1, metavar="N", help="Events of each project in a minute, if live."),
    ] = 30.0,
) -> None:
    """Serve an embedded Loguro until Ctrl-C; print its address and token.

    Exit status: 0 also when a signal stopped it.
    """
    from loguro_async.cli import serve as work  # noqa: PLC0415 - quick --help

    options = work.ServeOptions(
        tuple(project or ()), events, seed, port, data, per_minute if live else 0.0
    )
    INTERRUPTION.run_server(work.serve_until_stopped(options))


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    add_command(app, demo, GROUP)
    add_command(app, serve, GROUP)
