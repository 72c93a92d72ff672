"""``loguro-async demo``: prints an overview of an embedded Loguro."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console

from loguro_async.cli.standard_streams import write_line
from loguro_async.cli.tables import print_response
from loguro_async.client import LoguroClient

if TYPE_CHECKING:
    from loguro_async.models.overview import Overview

_NOW: Final = datetime(2026, 6, 11, 10, tzinfo=UTC)


async def fetch_overview(*, events: int, seed: int) -> Overview:
    """Fetches an overview of the last 7 days from an embedded Loguro, over HTTP.

    The clock of the emulator stands still, so the same arguments give the same figures.

    Args:
        events: The number of generated events.
        seed: The seed of the generated events.

    Raises:
        ImportError: The extra ``[emulator]`` is missing.
        LoguroError: The overview could not be fetched.
    """
    from loguro_async.emulator import LoguroEmulator  # noqa: PLC0415 - an optional part

    with Console(stderr=True).status("Making traffic ..."):
        async with (
            LoguroEmulator(events=events, seed=seed, now=_NOW) as loguro,
            LoguroClient(loguro.token, base_url=loguro.base_url) as client,
        ):
            return await client.project("local").overview(range="7d", limit=10)


def show(overview: Overview) -> None:
    """Prints the overview, and how to see it as a dashboard."""
    print_response(Console(highlight=False), overview, (overview,), UTC)
    write_line(
        "\nAs a dashboard: start `loguro-async serve`, set what it prints, and run "
        "`loguro-async dashboard local --open`."
    )
