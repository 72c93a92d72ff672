"""Commands for other programs: tools for assistants, and the description of the service."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import Annotated

import typer

from loguro_async.cli.commands.one_project import GROUP
from loguro_async.cli.help import add_command
from loguro_async.cli.options import DEFAULT_TIMEOUT_SECONDS, ProfileOption, TimeoutOption
from loguro_async.cli.signals import INTERRUPTION


def mcp(
    *,
    project: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SLUG",
            help="A project that the tools may read; repeat the option for more.",
            show_default="all that the token can see",
        ),
    ] = None,
    visitors: Annotated[
        bool,
        typer.Option("--visitors", help="Allow data of single visitors.", show_default=False),
    ] = False,
    profile: ProfileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Serve tools for an assistant over stdin and stdout, by the Model Context Protocol."""
    from loguro_async.cli import mcp as work  # noqa: PLC0415 - an optional part
    from loguro_async.cli.client import connect  # noqa: PLC0415 - quick --help

    INTERRUPTION.run(work.serve_tools(connect(profile, timeout), project, visitors=visitors))


def openapi(
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            metavar="FILE",
            help="The file to write, or - for stdout.",
            show_default="stdout",
        ),
    ] = None,
) -> None:
    """Print an OpenAPI 3.1 description of the service, as JSON."""
    import msgspec  # noqa: PLC0415 - quick --help

    from loguro_async.cli.files import file_or_stdout  # noqa: PLC0415 - the same
    from loguro_async.cli.output import write_bytes  # noqa: PLC0415 - the same
    from loguro_async.openapi import openapi as description  # noqa: PLC0415 - the same

    write_bytes(
        msgspec.json.format(msgspec.json.encode(description())) + b"\n", file_or_stdout(out)
    )


def register(app: typer.Typer) -> None:
    """Adds the commands to the program."""
    add_command(app, mcp, GROUP)
    add_command(app, openapi, GROUP)
