"""The commands: their options, and what they say when something fails."""

from __future__ import annotations

import asyncio
from pathlib import Path  # noqa: TC003 - Typer reads the types of options at run time
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer
from rich.console import Console

from loguro_async.errors import LoguroError
from loguro_async.version import __version__

if TYPE_CHECKING:
    from collections.abc import Coroutine

_WRONG_USE: Final = 2
_FAILED: Final = 1

T = TypeVar("T")

app = typer.Typer(
    add_completion=False,
    help="Loguro Web Analytics on the command line. Unofficial.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they would print local variables, tokens among them
)

Events = Annotated[int, typer.Option(min=1, help="How many events each project has.")]
Seed = Annotated[int, typer.Option(help="Where the dice of the traffic start.")]


def run() -> None:
    """Run the command that the arguments name."""
    app(prog_name="loguro-async")


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
        overview = _finish(fetch_overview(events=events, seed=seed))
    print_overview(Console(highlight=False), overview)


@app.command()
def serve(
    project: Annotated[
        list[str] | None,
        typer.Option(help="A project's slug; give it again for more of them.  [default: local]"),
    ] = None,
    events: Events = 100_000,
    seed: Seed = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="A folder that keeps the Parquet files."),
    ] = None,
) -> None:
    """Serve an embedded Loguro until Ctrl-C; prints how to reach it."""
    from loguro_async.cli.serve import serve_until_stopped  # noqa: PLC0415 - quick --help

    _finish(
        serve_until_stopped(
            tuple(project or ("local",)), events=events, seed=seed, port=port, data=data
        )
    )


def _finish(work: Coroutine[object, object, T]) -> T:
    """Run it to its end; what a person can mend is said in one line."""
    try:
        return asyncio.run(work)
    except ImportError as error:  # the emulator names its extra
        raise _stop(error, _WRONG_USE) from None
    except ValueError as error:
        raise _stop(error, _WRONG_USE) from None
    except (LoguroError, OSError) as error:
        raise _stop(error, _FAILED) from None


def _stop(error: Exception, status: int) -> typer.Exit:
    typer.echo(f"loguro-async: {error}", err=True)
    return typer.Exit(status)
