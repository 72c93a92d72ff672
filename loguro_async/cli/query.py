"""Queries one endpoint of one project, and writes the response."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from loguro_async.cli.client import connect
from loguro_async.cli.files import file_or_stdout
from loguro_async.cli.output import Destination, chosen_format, load_writer, show
from loguro_async.cli.periods import parse_range, parse_zone
from loguro_async.cli.signals import INTERRUPTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.cli.commands.endpoints import EndpointCommand
    from loguro_async.client import LoguroClient


def run_query(command: EndpointCommand, given: Mapping[str, Any]) -> None:
    """Runs the command of an endpoint.

    Args:
        command: The command.
        given: The values of its options, by name.
    """
    out = file_or_stdout(given["out"])
    format = chosen_format(given["format"], out, bom=given["bom"])
    to = Destination(format, out, parse_zone(given["tz"]), given["bom"])
    arguments = {name: _argument(name, given) for name in command.takes}
    load_writer(format)
    client = connect(given["profile"], given["timeout"])
    INTERRUPTION.run(_fetch_and_show(client, command, given["slug"], arguments, to))


def _argument(name: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a method's argument
    if name == "range":
        return parse_range(given["chip"], given["start"], given["end"], given["tz"])
    if name == "window" and given[name] is not None:
        return dt.timedelta(seconds=given[name])
    return given[name]


async def _fetch_and_show(
    client: LoguroClient,
    command: EndpointCommand,
    slug: str,
    arguments: dict[str, Any],
    to: Destination,
) -> None:
    visitor = [arguments.pop("visitor_id")] if "visitor_id" in arguments else []
    given = {name: value for name, value in arguments.items() if value not in (None, False)}
    async with client:
        response = await getattr(client.project(slug), command.method)(*visitor, **given)
    await show(response, to)
