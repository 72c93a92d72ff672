"""``loguro-async live``: each new event as it comes."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import typer

from loguro_async.cli.render import printable

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.models.events import RecentEvent

_MISSING = "-"


async def follow(client: LoguroClient, slug: str, *, interval: float) -> None:
    """Print each new event of a project, until Ctrl-C.

    A person gets a line of what matters, a pipe the whole event as NDJSON.

    Args:
        client: Closed in the end.
        slug: The project.
        interval: Seconds between two looks at what is new.

    Raises:
        LoguroError: The project cannot be asked.
    """
    show = _for_a_person if is_terminal() else _for_a_program
    async with (
        client,
        aclosing(client.project(slug).live(interval=interval)) as events,
    ):
        async for event in events:
            typer.echo(show(event))


def is_terminal() -> bool:
    """Whether a person reads the output."""
    return sys.stdout.isatty()


def _for_a_person(event: RecentEvent) -> str:
    at = f"{event.timestamp.astimezone():%H:%M:%S}" if event.timestamp else _MISSING
    what = event.custom_event_name or event.event_type or _MISSING
    where = f"{event.country_code or _MISSING}  {event.device_type or _MISSING}"
    return printable(f"{at}  {what}  {event.path or _MISSING}  {where}")


def _for_a_program(event: RecentEvent) -> bytes:
    return event.to_json()
