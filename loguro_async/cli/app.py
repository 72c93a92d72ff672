"""The Typer application: global options, and the commands in groups."""

from __future__ import annotations

from typing import Annotated

import typer

from loguro_async.cli.commands import bulk, endpoints, local, mcp_and_openapi, one_project
from loguro_async.cli.help import ShellProgram
from loguro_async.version import __version__

app = typer.Typer(
    cls=ShellProgram,
    help="Loguro Web Analytics in the shell. Unofficial.",
    epilog=(
        "Examples:\n"
        "  loguro-async demo\n"
        "  loguro-async overview local --range 7d\n"
        "  loguro-async COMMAND --help\n\n"
        "Exit status:\n"
        "  0 done\n"
        "  1 failed\n"
        "  2 wrong use\n"
        "  3 a part failed\n"
        "  130 Ctrl-C, 143 SIGTERM, 129 SIGHUP\n"
        "  141 the reader closed the output"
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    pretty_exceptions_enable=False,  # they would print local variables, tokens among them
    rich_markup_mode=None,
)


def _print_version(is_given: bool) -> None:  # noqa: FBT001 - Typer calls it so
    from loguro_async.cli.standard_streams import write_line  # noqa: PLC0415 - quick --help

    if is_given:
        write_line(f"loguro-async {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> int:
    from loguro_async.cli.exit_codes import WRONG_USE  # noqa: PLC0415 - quick --help
    from loguro_async.cli.standard_streams import write_line  # noqa: PLC0415 - the same

    if context.invoked_subcommand is None:
        write_line(context.get_help().rstrip())
        return WRONG_USE
    return 0


for group in (endpoints, bulk, one_project, mcp_and_openapi, local):
    group.register(app)
