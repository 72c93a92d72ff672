"""What ``loguro-async serve`` does: an embedded Loguro, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pathlib import Path


async def serve_until_stopped(
    projects: tuple[str, ...], *, events: int, seed: int, port: int, data: Path | None
) -> None:
    """Serve, and print the address and the token as lines for a shell.

    Args:
        projects: The slugs to serve.
        events: How many events each of them has.
        seed: Where the dice of the traffic start.
        port: The port to listen on; 0 takes a free one.
        data: A folder that keeps the Parquet files; a temporary one, if left out.

    Raises:
        ImportError: The extra ``[emulator]`` is missing.
        OSError: The port is taken.
        ValueError: A slug cannot be used.
    """
    from loguro_async.emulator import LoguroEmulator  # noqa: PLC0415 - an optional part

    stopped = _stop_signal()
    async with LoguroEmulator(projects, events=events, seed=seed, port=port, data=data) as loguro:
        typer.echo(f"export LOGURO_BASE_URL={loguro.base_url}")
        typer.echo(f"export LOGURO_PAT={loguro.token}")
        typer.echo(f"Serving {', '.join(loguro.projects)}; Ctrl-C ends it.", err=True)
        await stopped.wait()


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Where a loop knows no signals, Ctrl-C still interrupts the program.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    return stopped
