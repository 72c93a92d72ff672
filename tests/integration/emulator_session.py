"""An embedded Loguro over a few events, and a session to send requests to it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from loguro_async.emulator import LoguroEmulator
from tests.events_by_hand import NOW, event, write

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

EVENTS: Final = [
    event(1, "2026-06-10 12:00", "/", "s1", country_code="RO", os_family="iOS"),
    event(2, "2026-06-10 13:00", "/Pricing", "s2", country_code="US", os_family="Linux"),
    event(3, "2026-06-11 00:00", "/pricing", "s3", country_code="US", os_family="iOS"),
    event(4, "2026-06-11 09:00", "/", "s4", country_code="DE", os_family="Linux"),
]


class Getter:
    """Sends GET requests to one emulator."""

    def __init__(self, loguro: LoguroEmulator, session: aiohttp.ClientSession) -> None:
        self.loguro = loguro
        self.session = session

    async def __call__(
        self,
        path: str,
        project: str = "local",
        token: str | None = None,
        /,
        **parameters: str,
    ) -> tuple[int, Any]:
        """Returns the status and the decoded body of a response; an empty token is not sent."""
        token = self.loguro.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"{self.loguro.base_url}/api/web-events/{project}{path}"
        async with self.session.get(address, params=parameters, headers=headers) as response:
            assert response.content_type == "application/json"
            return response.status, await response.json()


@asynccontextmanager
async def serving(folder: Path, **options: Any) -> AsyncGenerator[Getter]:  # noqa: ANN401 - the emulator's own
    """Runs an emulator over the events above, in the projects `local` and `shop`."""
    for project in ("local", "shop"):
        if not (folder / f"project={project}").exists():
            write(folder, project, EVENTS)
    usual: dict[str, Any] = {"projects": ("local", "shop"), "data": folder}
    async with running(**usual | options) as get:
        yield get


@asynccontextmanager
async def running(**options: Any) -> AsyncGenerator[Getter]:  # noqa: ANN401 - the emulator's own
    """Runs an emulator whose clock stands still."""
    usual: dict[str, Any] = {"now": NOW}
    async with LoguroEmulator(**usual | options) as loguro, aiohttp.ClientSession() as session:
        yield Getter(loguro, session)
