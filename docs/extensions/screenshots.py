"""Takes the pictures of the dashboard in docs/images: ``make screenshots``.

Needs chromium. Best with the fonts of Debian's ``fonts-inter`` and ``fonts-noto-color-emoji``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import uvicorn
from PIL import Image
from playwright.async_api import async_playwright
from starlette.applications import Starlette

from loguro_async import LoguroClient
from loguro_async.dashboard import Access, dashboard
from loguro_async.emulator import LoguroEmulator

if TYPE_CHECKING:
    from playwright.async_api import Browser

IMAGES: Final = Path(__file__).parents[1] / "images"
NOW: Final = dt.datetime.now(dt.UTC)
VISITORS: Final = 23
PATHS: Final = ("/", "/pricing", "/features", "/docs/getting-started", "/signup", "/blog")
COUNTRIES: Final = ("RO", "US", "DE", "GB", "FR", "IN", "NL", "CA")
BROWSERS: Final = ("Chrome", "Safari", "Firefox", "Edge")


class Picture(NamedTuple):
    """One picture: its file, the size of the screen, the theme and the address."""

    file: str
    width: int
    height: int
    theme: str
    query: str
    is_whole: bool


PICTURES: Final = (
    Picture("dashboard.png", 1280, 900, "light", "?compare=1", is_whole=True),
    Picture("dashboard-dark.png", 1280, 800, "dark", "?range=24h&metric=pageviews", is_whole=False),
    Picture("dashboard-phone.png", 390, 844, "light", "", is_whole=False),
)


def recent_events() -> str:
    """Events of the last minutes, as the service lists them; the same ones each time."""
    generator = random.Random(7)  # noqa: S311 - a picture
    events = [
        {
            "id": str(number),
            "event_type": "pageview",
            "path": generator.choice(PATHS),
            "visitor_id": f"v{generator.randrange(VISITORS)}",
            "country_code": generator.choice(COUNTRIES),
            "browser_family": generator.choice(BROWSERS),
            "custom_event_name": "signup_completed" if number == 2 else None,  # noqa: PLR2004 - the third
            "timestamp": f"{NOW - dt.timedelta(seconds=20 + 35 * number):%Y-%m-%dT%H:%M:%SZ}",
        }
        for number in range(90)
    ]
    return json.dumps({"items": events})


async def take(browser: Browser, url: str, picture: Picture) -> None:
    """Take one picture."""
    page = await browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.theme == "dark" else "light",
        device_scale_factor=1.5,
    )
    await page.goto(url + picture.query)
    await page.locator("[data-live-number]").wait_for()
    await page.wait_for_function("!document.querySelector('[aria-busy]')")
    plot = await page.locator("[data-hit]").bounding_box()
    if plot is not None and picture.width > 800:  # noqa: PLR2004 - a screen with a pointer
        await page.mouse.move(plot["x"] + 0.62 * plot["width"], plot["y"] + 40)
    taken = await page.screenshot(full_page=picture.is_whole)
    await page.close()
    # 256 colours take a third of the bytes, and look the same.
    few = Image.open(io.BytesIO(taken)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(IMAGES / picture.file, optimize=True)


async def main() -> None:
    """Take all pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        message = "there is no chromium here; install it, and run this again"
        raise SystemExit(message)
    access = Access(
        project="local",
        projects=("shop",),
        ranges=("30d", "7d", "today", "yesterday", "24h", "month", "3m", "12m", "custom"),
        locations=True,
    )
    evening = NOW.replace(hour=17, minute=40, second=0, microsecond=0)
    async with (
        LoguroEmulator(projects=("local", "shop"), events=80_000, seed=7, now=evening) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url) as client,
        async_playwright() as playwright,
    ):
        loguro.fail(status=200, endpoint="recent-events", body=recent_events())
        app = Starlette()
        app.mount("/stats", dashboard(client, lambda _request: access))
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/stats/"
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in PICTURES:
            await take(browser, url, picture)
            print(IMAGES / picture.file)  # noqa: T201 - what was made
        await browser.close()
        server.should_exit = True
        await serving


if __name__ == "__main__":
    asyncio.run(main())
