"""Every recipe that mounts the dashboard serves all of it, through a real server."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web

from tests.docs.documents import Block, blocks
from tests.integration.mounted import by_runner, by_server

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator

RECIPES = [
    block
    for block in blocks("python")
    if block.page.name == "dashboard.md" and re.search(r"^app = ", block.code, re.MULTILINE)
]
SIGNED_IN = {"X-User": "ann"}


def test_there_are_recipes() -> None:
    found = "\n".join(block.code for block in RECIPES)
    assert len(RECIPES) == 5
    for framework in ("FastAPI(", "Starlette(", "Litestar(", "web.Application("):
        assert framework in found


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
async def test_a_recipe_serves_the_whole_dashboard(
    recipe: Block, served: LoguroEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGURO_PAT", served.token)
    monkeypatch.setenv("LOGURO_BASE_URL", served.base_url)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(recipe.code, str(recipe.page), "exec"), names)  # noqa: S102 - our own documentation
    app = names["app"]
    mount = "/analytics/" if "/analytics" in recipe.code else "/"
    serving = by_runner(app) if isinstance(app, web.Application) else by_server(app)
    async with serving as origin, aiohttp.ClientSession(headers=SIGNED_IN) as browser:

        async def get(link: str) -> str:
            async with browser.get(urljoin(f"{origin}{mount}", link)) as response:
                assert response.status == 200, link
                return await response.text()

        page = await get(f"{mount}?range=30d")
        links = [unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', page)]
        style = next(link for link in links if ".css" in link)
        script = next(link for link in links if ".js" in link)
        choice = next(link for link in links if link.startswith("?range=7d"))
        assert "--accent" in await get(style)
        assert "EventSource" in await get(script)
        assert 'id="figures"' in await get(choice)
        assert "<section" in await get("widgets/pages?range=30d")
        assert '"current"' in await get("api/kpis?range=30d")
        if "filter=" not in recipe.code:
            async with browser.get(f"{origin}{mount}live") as live:
                assert (await live.content.readline()).startswith(b"data: ")
    if "client" in names:
        await names["client"].aclose()
