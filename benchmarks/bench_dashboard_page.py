"""Measures the dashboard in a browser, from the click to the first paint.

Needs chromium; without it, a line is printed and nothing is measured.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
from typing import TYPE_CHECKING

import uvicorn
from playwright.async_api import async_playwright
from starlette.applications import Starlette

from benchmarks.tables import Table
from loguro_async import LoguroClient
from loguro_async.dashboard import Access, dashboard
from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from playwright.async_api import Browser

ROUNDS = 20
WARM = "first paint, cached figures"
COLD = "first paint, empty cache"
_PAINT = """() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"""


async def first_paint_ms(browser: Browser, url: str) -> float:
    context = await browser.new_context(viewport={"width": 1100, "height": 900})
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_function(_PAINT)
    painted: float = await page.evaluate(_PAINT)
    await context.close()
    return painted


async def measure(browser: Browser) -> dict[str, float]:
    def decide(_request: object) -> Access:
        return Access(project="local")

    async with (
        LoguroEmulator(events=100_000, seed=7) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url) as client,
    ):
        app = Starlette()
        app.mount("/stats", dashboard(client, decide))
        config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/stats/"
        await first_paint_ms(browser, url)  # the browser's own first page
        cold: list[float] = []
        warm: list[float] = []
        for _ in range(ROUNDS):
            await client.invalidate()
            cold.append(await first_paint_ms(browser, url))
            warm.append(await first_paint_ms(browser, url))
        server.should_exit = server.force_exit = True
        await serving
    return {WARM: statistics.median(warm), COLD: statistics.median(cold)}


async def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("\nno chromium here: the dashboard's page is not measured")
        return
    table = Table(
        "dashboard-page",
        "The dashboard's page, from the request to the first paint",
        unit="ms",
        reference=WARM,
        method=f"Medians of {ROUNDS} visits each, in turn, by headless chromium with an empty "
        "cache of its own; eight widgets over an embedded Loguro of 100,000 events.",
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        table.rows |= await measure(browser)
        await browser.close()
    table.show()


if __name__ == "__main__":
    asyncio.run(main())
