"""A conversation of an assistant with the command, over stdio, by the SDK's own client.

`python -m tests.integration.integrations.assistant` prints it, for the golden file.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("projects", {}),
    ("projects", {"page": 2}),
    ("overview", {"project": "local", "range": "30d"}),
    ("overview", {"project": "local", "range": "30d", "filter": "country:RO !device:mobile"}),
    ("overview", {"project": "local", "fliter": "country:RO"}),
    ("overview", {"project": "local", "span": "30d"}),
    ("overview", {"project": "local", "range": "9d"}),
    ("overview", {"project": "other"}),
    ("overview", {"range": "7d"}),
    ("overview", {"project": "local", "filter": "colour:red"}),
    ("overview", {"project": "local", "filter": "visitor_id:abc"}),
    ("compare", {"project": "local", "from": "2026-06-01", "to": "2026-06-08"}),
    ("compare", {"project": "local", "from": "2026-06-01"}),
    ("compare", {"project": "local", "from": "2026-06-08", "to": "2026-06-01"}),
    ("compare", {"project": "local", "from": "x", "to": "2026-06-01"}),
    ("compare", {"project": "local", "range": "7d", "from": "2026-06-01", "to": "2026-06-08"}),
    ("compare", {"project": "local", "range": "all"}),
    ("series", {"project": "local", "range": "7d", "by": "day"}),
    ("series", {"project": "local", "range": "24h", "by": "hour", "limit": 4}),
    ("series", {"project": "local", "range": "12m", "by": "month"}),
    ("series", {"project": "local", "range": "3m", "by": "week"}),
    ("series", {"project": "local", "range": "7d", "by": "hour"}),
    ("series", {"project": "local", "range": "12m", "by": "fortnight"}),
    ("series", {"project": "local", "range": "12m"}),
    ("top", {"project": "local", "what": "countries", "range": "30d", "limit": 2}),
    ("top", {"project": "local", "what": "pages", "range": "30d", "limit": 3, "compare": True}),
    ("top", {"project": "local", "what": "cities"}),
    ("top", {"project": "local", "what": "os", "limit": 51}),
    ("top", {"project": "local", "what": "exit-pages", "filter": "path:/nowhere"}),
    ("flows", {"project": "local", "range": "30d", "depth": 2, "limit": 3}),
    ("flows", {"project": "local", "depth": 9}),
    ("custom_events", {"project": "local", "range": "30d"}),
    ("live", {"project": "local", "windowMs": 3_600_000, "limit": 2}),
    ("live", {"project": "local", "windowMs": 1_000}),
    ("live", {"project": "local", "window": 300_000}),
    ("doctor", {"project": "local"}),
    ("visitors", {"project": "local"}),
)


@asynccontextmanager
async def service() -> AsyncGenerator[LoguroEmulator]:
    """The service of the conversation; the same everywhere and always."""
    now = datetime(2026, 6, 11, 10, tzinfo=UTC)
    async with LoguroEmulator(events=2_000, days=400, seed=7, now=now) as loguro:
        for path in ("/", "/pricing", "/signup"):
            loguro.track(path, visitor_id="v1", country_code="RO", device_type="mobile")
            loguro.advance(20)
        loguro.now = now
        yield loguro


@asynccontextmanager
async def assistant(loguro: LoguroEmulator, *options: str) -> AsyncGenerator[Client]:
    """An assistant's side of the command."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")},
        "LOGURO_PAT": loguro.token,
        "LOGURO_BASE_URL": loguro.base_url,
    }
    command = StdioServerParameters(
        command=sys.executable,
        args=["-W", "error", "-m", "loguro_async", "mcp", "--project", "local", *options],
        env=environment,
    )
    async with Client(stdio_client(command)) as tools:
        yield tools


async def transcript(tools: Client) -> str:
    """The conversation as text."""
    parts: list[str] = []
    for name, arguments in CALLS:
        result = await tools.call_tool(name, arguments)
        (content,) = result.content
        verdict = "error" if result.is_error else "result"
        asked = " ".join(f"{key}={value}" for key, value in arguments.items())
        text = getattr(content, "text", "")
        parts.append(f"> {name} {asked}".rstrip() + f"\n[{verdict}]\n{text}\n")
    return "\n".join(parts)


async def main() -> None:
    """Prints the conversation."""
    async with service() as loguro, assistant(loguro) as tools:
        sys.stdout.write(await transcript(tools))


if __name__ == "__main__":
    asyncio.run(main())
