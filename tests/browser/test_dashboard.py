"""The dashboard as a person uses it, in a real browser."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe

from loguro_async import CachePolicy, LoguroClient
from loguro_async.dashboard import Access
from loguro_async.emulator import LoguroEmulator
from tests.integration.mounted import by_asgi

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def a_dashboard(
    *, locations: bool = False, ttl_seconds: float = 60.0
) -> AsyncGenerator[tuple[str, LoguroEmulator], None]:
    access = Access(project="local", ranges=("30d", "7d", "24h"), locations=locations)
    cache = CachePolicy(ttl=ttl_seconds, stale_if_error=3600.0)

    def decide(_request: object) -> Access:
        return access

    async with (
        LoguroEmulator(events=5_000, seed=7) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url, cache=cache) as client,
        by_asgi(client, decide, live_interval=0.5) as url,
    ):
        yield f"{url}/", loguro


async def assert_accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_chips_rows_and_the_filter_box_change_what_is_shown(page: Page) -> None:
    async with a_dashboard() as (url, _):
        await page.goto(url)
        assert await page.title() == "Web analytics: local"
        await page.get_by_text("in the last 5 minutes").wait_for()
        await page.get_by_role("link", name="7d").click()
        await page.wait_for_url("**/?range=7d")
        assert await page.locator('[aria-current="true"]').inner_text() == "7d"
        await page.get_by_role("link", name="/pricing", exact=True).click()
        await page.wait_for_url("**filter=path%3A%2Fpricing")
        assert await page.locator(".loguro-pages li").count() == 1
        await page.get_by_label("Filter").fill("country:RO")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**filter=country%3ARO")
        assert await page.locator(".loguro-countries li").count() == 1
        await page.get_by_role("link", name="Compare").click()
        await page.wait_for_url("**compare=1")
        assert await page.locator(".loguro-figures .loguro-good").count() > 0
        await page.go_back()
        await page.locator(".loguro-figures .loguro-good").first.wait_for(state="detached")
        await assert_accessible(page)


async def test_a_bad_filter_says_where(page: Page, page_problems: list[str]) -> None:
    async with a_dashboard() as (url, _):
        await page.goto(url)
        await page.get_by_label("Filter").fill("colour:red")
        await page.get_by_role("button", name="Apply").click()
        await page.get_by_role("alert").wait_for()
        assert "character 1" in await page.get_by_role("alert").inner_text()
        assert await page.get_by_label("Filter").input_value() == "colour:red"
        await assert_accessible(page)
    assert all("400" in problem for problem in page_problems)  # the browser's own remark
    page_problems.clear()


async def test_without_script_everything_is_there(page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    async with a_dashboard() as (url, _):
        await plain.goto(url)
        await plain.get_by_role("link", name="7d").click()
        await plain.get_by_label("Filter").fill("country:RO")
        await plain.get_by_role("button", name="Apply").click()
        assert plain.url.endswith("/?range=7d&filter=country%3ARO")
        assert await plain.locator(".loguro-countries li").count() == 1
    await context.close()


async def test_old_figures_stay_with_a_banner_that_says_of_when_they_are(page: Page) -> None:
    async with a_dashboard(ttl_seconds=0.0) as (url, loguro):
        await page.goto(url)
        loguro.fail(status=500)
        await page.get_by_role("link", name="30d").click()
        await page.get_by_text("The service does not answer just now").wait_for()
        assert await page.get_by_role("link", name="/pricing", exact=True).count() == 1
        await assert_accessible(page)


async def test_a_service_that_fails_is_told_in_each_widget_until_it_is_back(page: Page) -> None:
    async with a_dashboard() as (url, loguro):
        await page.goto(url)
        loguro.fail(status=500)
        await page.get_by_role("link", name="24h").click()
        await page.get_by_text("cannot be had just now").first.wait_for()
        assert await page.locator(".loguro-trouble").count() == 8
        loguro.heal()
        await page.get_by_role("link", name="Try again").first.click()
        await page.locator(".loguro-trouble").first.wait_for(state="detached")
        await assert_accessible(page)


async def test_a_widget_that_failed_fills_itself_when_the_service_is_back(page: Page) -> None:
    async with a_dashboard() as (url, loguro):
        loguro.fail(status=400, endpoint="top-pages", times=1)
        await page.goto(url)
        await page.get_by_role("link", name="/pricing", exact=True).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
async def test_it_fits_any_screen_by_day_and_by_night(page: Page, scheme: str, width: int) -> None:
    async with a_dashboard(locations=True) as (url, _):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(url + "?compare=1")
        await page.get_by_text("in the last 5 minutes").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await assert_accessible(page)


async def test_it_can_be_used_by_keyboard(page: Page) -> None:
    async with a_dashboard() as (url, _):
        await page.goto(url)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the figures"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/?range=7d")
        assert await page.evaluate("document.activeElement.id") == "figures"


async def test_a_project_without_events_says_so(page: Page) -> None:
    async with a_dashboard() as (url, _):
        await page.goto(url + "?filter=path:/nowhere")
        assert await page.get_by_text("Nothing in this range.").count() == 6
        await assert_accessible(page)
