"""``loguro-async live``: prints each new event as it arrives."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

from loguro_async.cli.formatting import printable
from loguro_async.cli.output import ndjson
from loguro_async.cli.standard_streams import write_line, write_output
from loguro_async.text import NOTHING

if TYPE_CHECKING:
    import datetime as dt

    from loguro_async.client import LoguroClient
    from loguro_async.models.events import RecentEvent
    from loguro_async.query.filters import Filter


async def follow(
    client: LoguroClient,
    slug: str,
    *,
    interval: float,
    filter: Filter | None,
    zone: dt.tzinfo,
) -> None:
    """Prints each new event of a project, until a signal comes.

    Writes a short line to a terminal, and the whole event as NDJSON to a pipe.

    Args:
        client: The client; closed at the end.
        slug: The project.
        interval: Seconds between two requests.
        filter: Which events are printed; ``None`` for all.
        zone: The time zone of the times that a terminal shows.

    Raises:
        LoguroError: The events cannot be fetched.
    """
    is_terminal = sys.stdout.isatty()
    async with (
        client,
        aclosing(client.project(slug).live(interval=interval, filter=filter)) as events,
    ):
        async for event in events:
            if is_terminal:
                write_line(_line(event, zone))
            else:
                write_output(ndjson([event.to_dict()]))


def _line(event: RecentEvent, zone: dt.tzinfo) -> str:
    at = f"{event.timestamp.astimezone(zone):%H:%M:%S %Z}" if event.timestamp else NOTHING
    what = event.custom_event_name or event.event_type or NOTHING
    where = f"{event.country_code or NOTHING}  {event.device_type or NOTHING}"
    return printable(f"{at}  {what}  {event.path or NOTHING}  {where}")
