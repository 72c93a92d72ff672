"""``loguro-async serve``: runs an embedded Loguro until a signal stops it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from loguro_async.cli.ports import naming_port
from loguro_async.cli.standard_streams import write_line, write_message

if TYPE_CHECKING:
    from pathlib import Path


class ServeOptions(NamedTuple):
    """The options of the command.

    Attributes:
        projects: The slugs to serve; none for those that ``data`` has, else ``local``.
        events: The number of generated events of each project.
        seed: The seed of the generated events.
        port: The port to listen on; 0 takes a free one.
        data: A folder or file with Parquet, or a new folder for the generated events.
        events_per_minute: The number of events that happen in each project as time passes.
    """

    projects: tuple[str, ...]
    events: int
    seed: int
    port: int
    data: Path | None
    events_per_minute: float


async def serve_until_stopped(options: ServeOptions) -> None:
    """Serves until it is cancelled, and prints the address and the token as shell commands.

    Raises:
        ImportError: The extra ``[emulator]`` is missing.
        OSError: The port is in use.
        ValueError: A slug or a file cannot be served.
    """
    from loguro_async.emulator import LoguroEmulator  # noqa: PLC0415 - an optional part

    emulator = LoguroEmulator(
        options.projects or None,
        events=options.events,
        seed=options.seed,
        port=options.port,
        data=options.data,
        events_per_minute=options.events_per_minute,
    )
    with naming_port(options.port):
        async with emulator as loguro:
            write_line(f"export LOGURO_BASE_URL={loguro.base_url}")
            write_line(f"export LOGURO_PAT={loguro.token}")
            write_message(f"Serving {', '.join(loguro.projects)}; stop with Ctrl-C.")
            await asyncio.Event().wait()
