"""``loguro-async mcp``: serves tools for an assistant over stdin and stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguro_async.cli.standard_streams import check_standard_input
from loguro_async.integrations.mcp import loguro_tools

if TYPE_CHECKING:
    from collections.abc import Collection

    from loguro_async.client import LoguroClient


async def serve_tools(
    client: LoguroClient, projects: Collection[str] | None, *, visitors: bool = False
) -> None:
    """Serves the tools until the assistant closes the connection.

    Args:
        client: The client; closed at the end.
        projects: The allowed slugs; ``None`` for all.
        visitors: Whether data of single visitors is allowed.

    Raises:
        OSError: Standard input is closed.
    """
    check_standard_input()
    async with client:
        tools = loguro_tools(client, projects=projects, visitors=visitors)
        await tools.run_stdio_async()
