"""The dashboard as a person uses it, in a real browser."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from loguro_async import CachePolicy, LoguroClient
from loguro_async.dashboard import Access, dashboard
from loguro_async.emulator import LoguroEmulator
from tests.integration.mounted import by_asgi, by_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Page
    from playwright.async_api import Route as BrowserRoute
    from starlette.requests import Request

pytestmark = pytest.mark.asyncio(loop_scope="session")

TODAY = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
LIVE = "[data-live-number]"
# Two periods of 30 days.
TRAFFIC: dict[str, Any] = {"projects": ("local", "shop"), "events": 5_000, "days": 61, "seed": 7}


@pytest.fixture(scope="module", autouse=True)
def _events_are_written_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has an emulator of its own, and all read the same files."""
    TRAFFIC["data"] = tmp_path_factory.mktemp("events")


@asynccontextmanager
async def a_dashboard(
    page: Page,
    *,
    ttl_seconds: float = 60.0,
    cache: bool = True,
    locations: bool = False,
    visitors: bool = False,
) -> AsyncGenerator[tuple[str, LoguroEmulator], None]:
    seen = Access(
        project="local",
        projects=("shop",),
        ranges=("30d", "7d", "24h", "today", "custom"),
        locations=locations,
        visitors=visitors,
    )
    policy = CachePolicy(ttl=ttl_seconds, stale_if_error=3600.0) if cache else None

    def decide(_request: object) -> Access:
        return seen

    async with (
        LoguroEmulator(**TRAFFIC) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url, cache=policy) as client,
        by_asgi(client, decide, live_interval=0.5) as url,
    ):
        yield f"{url}/", loguro
        for tab in page.context.pages:
            await tab.goto("about:blank")  # a page that stays would miss its server


async def assert_accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def series(counts: dict[int, int]) -> str:
    """A series of visitors by how many days ago."""
    items = [
        {
            "bucket": f"{TODAY - dt.timedelta(days=ago):%Y-%m-%dT%H:%M:%S.000Z}",
            "pageviews": 2 * count,
            "visitors": count,
            "sessions": count,
        }
        for ago, count in sorted(counts.items(), reverse=True)
    ]
    return json.dumps({"items": items, "bucket": "day"})


async def choose_range(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="Range").locator("summary").click()
    await page.get_by_role("link", name=name).click()


async def test_ranges_rows_filters_and_comparison_change_what_is_shown(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        assert await page.title() == "Web analytics: local"
        await page.locator(LIVE).wait_for()
        await choose_range(page, "Last 7 days")
        await page.wait_for_url("**/?range=7d")
        await page.get_by_role("link", name="/pricing", exact=True).click()
        await page.wait_for_url("**filter=path%3A%2Fpricing")
        assert await page.locator(".loguro-pages tbody tr").count() == 1
        await page.get_by_label("Filter", exact=True).fill("country:RO")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**filter=country%3ARO+path%3A%2Fpricing")
        assert await page.locator(".loguro-countries tbody tr").count() == 1
        await page.get_by_role("link", name="Remove the filter: Page is /pricing").click()
        await page.wait_for_url("**filter=country%3ARO")
        await page.get_by_role("link", name="Compare").click()
        await page.wait_for_url("**compare=1")
        assert await page.locator(".loguro-key-previous").count() == 1
        await page.go_back()
        await page.locator(".loguro-key-previous").wait_for(state="detached")
        await page.locator(LIVE).wait_for()
        await assert_accessible(page)


async def test_tabs_and_tiles_replace_their_card_and_keep_the_focus(page: Page) -> None:
    async with a_dashboard(page) as (url, loguro):
        await page.goto(url)
        await page.get_by_role("link", name="Browsers").click()
        await page.locator(".loguro-browsers tbody tr").first.wait_for()
        assert await page.evaluate("document.activeElement.textContent") == "Browsers"
        loguro.forget_requests()
        await page.get_by_role("link", name="Sessions").click()
        await page.wait_for_url("**metric=sessions**")
        assert "Sessions" in await page.locator(".loguro-legend").inner_text()
        assert await page.evaluate("document.activeElement.className") == "loguro-tile"
        assert "timeseries" not in {request.endpoint for request in loguro.requests}


async def test_dates_of_ones_own_and_the_period_before(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await page.get_by_role("navigation", name="Range").locator("summary").click()
        await page.get_by_label("From").fill(f"{TODAY - dt.timedelta(days=9):%Y-%m-%d}")
        await page.get_by_label("To", exact=True).fill(f"{TODAY - dt.timedelta(days=5):%Y-%m-%d}")
        await page.get_by_role("button", name="Show these dates").click()
        await page.wait_for_url("**from=*")
        assert await page.locator("[data-points] tbody tr").count() == 5
        await page.get_by_role("link", name="Previous period").click()
        await page.wait_for_url(f"**from={TODAY - dt.timedelta(days=14):%Y-%m-%d}&to=*")
        await page.get_by_role("link", name="Next period").click()
        await page.wait_for_url(f"**from={TODAY - dt.timedelta(days=9):%Y-%m-%d}&to=*")
        await assert_accessible(page)


async def test_another_project_is_a_choice(page: Page) -> None:
    async with a_dashboard(page) as (url, loguro):
        await page.goto(url)
        loguro.forget_requests()
        await page.locator("[data-region=projects] summary").click()
        await page.get_by_role("link", name="shop").click()
        await page.wait_for_url("**project=shop**")
        assert await page.title() == "Web analytics: shop"
        await page.locator(LIVE).wait_for()
        assert "shop" in {request.slug for request in loguro.requests}


async def test_the_chart_is_read_by_pointer_and_keyboard(page: Page) -> None:
    async with a_dashboard(page, cache=False) as (url, loguro):
        body = series({29: 100, 28: 200, 2: 300, 1: 123_456})
        loguro.fail(status=200, endpoint="timeseries", body=body)
        await page.goto(url)
        chart = page.locator("[data-chart]")
        readout = page.locator("[data-readout]")
        box = await chart.locator("[data-hit]").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 30)
        assert "123,456" in await readout.inner_text()
        await page.mouse.move(box["x"] + 2, box["y"] + 30)
        assert "Visitors: 100" in await readout.inner_text()
        await page.mouse.move(1, 1)
        assert await readout.is_hidden()
        await chart.focus()
        await page.keyboard.press("Home")
        await page.keyboard.press("ArrowRight")
        assert "200" in await readout.inner_text()
        assert "Visitors: 200" in (await chart.get_attribute("aria-valuetext") or "")
        assert await chart.get_attribute("role") == "slider"
        await page.keyboard.press("End")
        assert "123,456" in await readout.inner_text()
        await page.keyboard.press("Escape")
        assert await readout.is_hidden()
        await assert_accessible(page)


async def test_the_theme_is_remembered(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        background = "getComputedStyle(document.body).backgroundColor"
        light = await page.evaluate(background)
        await page.locator(".loguro-theme summary").click()
        await page.get_by_role("link", name="Dark").click()
        await page.locator(":root[data-theme=dark]").wait_for()
        dark = await page.evaluate(background)
        assert dark != light
        await page.goto(url)
        assert await page.evaluate(background) == dark


async def test_a_bad_filter_says_where_and_the_figures_stand(
    page: Page, page_problems: list[str]
) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await page.get_by_label("Filter", exact=True).fill("colour:red")
        await page.get_by_role("button", name="Add").click()
        await page.get_by_role("alert").wait_for()
        assert "character 1" in await page.get_by_role("alert").inner_text()
        assert await page.get_by_label("Filter", exact=True).input_value() == "colour:red"
        assert await page.get_by_role("link", name="/pricing", exact=True).count() == 1
        await assert_accessible(page)
    assert all("400" in problem for problem in page_problems)  # the browser's own remark
    page_problems.clear()


async def test_the_filter_box_completes_the_term_that_is_typed(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        options = "[...document.querySelector('datalist').options].map(one => one.value)"
        assert "device:mobile" in await page.evaluate(options)
        assert "visitor_id:" not in await page.evaluate(options)
        await page.get_by_label("Filter", exact=True).press_sequentially("country:RO !dev")
        assert "country:RO !device:mobile" in await page.evaluate(options)


async def test_without_script_everything_is_there(browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    async with a_dashboard(plain) as (url, _):
        await plain.goto(url)
        await choose_range(plain, "Last 7 days")
        await plain.get_by_label("Filter", exact=True).fill("country:RO")
        await plain.get_by_role("button", name="Add").click()
        assert plain.url.endswith("/?range=7d&filter=country%3ARO")
        assert await plain.locator(".loguro-countries tbody tr").count() == 1
        await plain.get_by_role("link", name="Browsers").click()
        assert await plain.locator(".loguro-browsers tbody tr").count() > 0
        await plain.locator(".loguro-table summary").click()
        assert await plain.locator("[data-points] tbody tr").first.is_visible()
        await plain.get_by_role("link", name="More: Pages").click()
        await plain.get_by_label("Search").fill("pricing")
        await plain.get_by_role("button", name="Search").click()
        found = await plain.locator("tbody th").all_inner_texts()
        assert found
        assert all("pricing" in label for label in found)
    await context.close()


async def test_old_figures_stay_with_a_note_that_says_of_when_they_are(page: Page) -> None:
    async with a_dashboard(page, ttl_seconds=0.0) as (url, loguro):
        await page.goto(url)
        loguro.fail(status=500)
        await page.get_by_role("link", name="Refresh").click()
        await page.get_by_text("does not respond at the moment").wait_for()
        assert await page.get_by_role("link", name="/pricing", exact=True).count() == 1
        await assert_accessible(page)


async def test_a_failure_is_shown_in_each_card_until_it_loads_again(
    page: Page, page_problems: list[str]
) -> None:
    async with a_dashboard(page, cache=False) as (url, loguro):
        loguro.fail(status=400)
        await page.goto(url)
        await page.get_by_text("cannot be reached at the moment").first.wait_for()
        assert await page.locator(".loguro-widget-error").count() == 8
        await assert_accessible(page)
        loguro.heal()
        await page.locator(".loguro-widget-error").first.wait_for(state="detached")
        await page.get_by_role("link", name="/pricing", exact=True).wait_for()
        await page.locator("[data-chart][role=slider]").wait_for()
    assert all("502" in problem for problem in page_problems)  # the browser's own remark
    page_problems.clear()


async def test_a_late_widget_loads_itself(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loguro_async.dashboard.dashboard_page.MAX_WAIT_SECONDS", 0.2)
    async with a_dashboard(page) as (url, loguro):
        loguro.fail(latency=0.8)
        await page.goto(url, wait_until="commit")
        await page.locator(".loguro-skeleton").first.wait_for()
        await page.get_by_role("link", name="/pricing", exact=True).wait_for()
        await page.locator(".loguro-skeleton").first.wait_for(state="detached")
        asked = [request.endpoint for request in loguro.requests]
        assert asked.count("top-pages") == 1


async def test_widgets_in_a_page_of_the_host_have_their_style_and_load_themselves(
    page: Page, page_problems: list[str]
) -> None:
    async with (
        LoguroEmulator(**TRAFFIC) as loguro,
        LoguroClient(loguro.token, base_url=loguro.base_url, cache=None, retry=None) as client,
    ):
        fragments: list[str] = []

        async def shop(_request: Request) -> HTMLResponse:
            return HTMLResponse(
                "<!doctype html><html lang=en><title>Shop</title>"
                f"<main><h1>Shop</h1>{''.join(fragments)}</main>"
            )

        app = Starlette(routes=[Route("/shop", shop)])
        app.mount("/stats", dashboard(client, lambda _request: Access(project="local")))
        async with by_server(app) as origin:
            loguro.fail(status=500, times=2)
            for name in ("pages", "pages", "kpis", "series"):
                response = await page.request.get(f"{origin}/stats/widgets/{name}?range=30d")
                fragments.append(await response.text())
            await page.goto(f"{origin}/shop")
            await page.locator(".loguro-widget-error").first.wait_for()
            await page.locator(".loguro-widget-error").first.wait_for(state="detached")
            assert await page.get_by_role("link", name="/pricing", exact=True).count() == 2
            ids = await page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
            assert len(ids) == len(set(ids))
            border = "getComputedStyle(document.querySelector('section')).borderTopWidth"
            assert await page.evaluate(border) == "1px"
            await page.locator("[data-chart]").hover()
            assert await page.locator("[data-readout]").is_visible()
            await assert_accessible(page)
    assert all("50" in problem for problem in page_problems)  # the browser's own remark
    page_problems.clear()


async def test_thirty_tabs_load_over_one_origin(browser: Browser) -> None:
    context = await browser.new_context()
    first = await context.new_page()
    async with a_dashboard(first) as (url, _):
        tabs = [await context.new_page() for _ in range(30)]
        for tab in tabs:
            await tab.goto(url, timeout=10_000)
            assert await tab.locator("#figures").count() == 1
        await tabs[-1].locator(LIVE).wait_for()
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440, 1920])
async def test_it_fits_any_screen_by_day_and_by_night(page: Page, scheme: str, width: int) -> None:
    async with a_dashboard(page, locations=True) as (url, _):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(f"{url}?compare=1&geography=locations&filter=country:RO")
        await page.locator(LIVE).wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await assert_accessible(page)


async def test_it_can_be_used_by_keyboard(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the figures"
        await page.get_by_role("navigation", name="Range").locator("summary").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/?range=7d")
        assert await page.evaluate("document.activeElement.id") == "figures"
        summary = page.get_by_role("navigation", name="Range").locator("summary")
        await summary.press("Enter")
        await page.keyboard.press("Escape")
        assert await summary.evaluate("one => one === document.activeElement")
        assert await page.locator("details.loguro-menu[open]").count() == 0


async def test_a_project_without_events_says_so(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url + "?filter=path:/nowhere")
        assert await page.get_by_text("Nothing in this range.").count() == 5
        await assert_accessible(page)


async def test_the_pages_below_are_accessible(page: Page) -> None:
    async with a_dashboard(page, locations=True, visitors=True) as (url, _):
        await page.goto(url)
        await page.get_by_role("link", name="More: Countries").click()
        await page.get_by_role("heading", name="Countries").wait_for()
        await assert_accessible(page)
        await page.get_by_role("link", name="Back to the dashboard").click()
        await page.get_by_role("link", name="Locations").click()
        await page.locator(".loguro-locations tbody a").first.click()
        await page.get_by_role("heading", name="One visitor").wait_for()
        await assert_accessible(page)


async def test_it_prints_without_controls(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await page.emulate_media(media="print")
        for hidden in (".loguro-controls", ".loguro-filters form", "[data-refresh]"):
            assert await page.locator(hidden).first.is_hidden()
        assert await page.locator(".loguro-pages").is_visible()


async def stretch_first_frame(route: BrowserRoute) -> None:
    response = await route.fetch()
    style = await response.text()
    assert style.count("loguro-first-frame 1ms") == 1
    await route.fulfill(response=response, body=style.replace("first-frame 1ms", "first-frame 60s"))


@pytest.mark.parametrize("has_script", [True, False])
async def test_the_lists_are_drawn_after_the_first_frame(
    browser: Browser, *, has_script: bool
) -> None:
    context = await browser.new_context(java_script_enabled=has_script)
    page = await context.new_page()

    async def drawn() -> list[bool]:
        cards = await page.locator("#figures > [data-card]").all()
        return [await card.locator(":not(.loguro-hidden)").first.is_visible() for card in cards]

    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await context.route("**/dashboard.css*", stretch_first_frame)
        await page.goto(url)
        if has_script:
            await page.locator("#figures:not([data-first-frame])").wait_for()
        else:
            assert await drawn() == [True] * 2 + [False] * 6
            await page.emulate_media(media="print")
        assert await drawn() == [True] * 8
    await context.close()


async def test_nothing_moves_while_the_page_is_drawn(page: Page) -> None:
    await page.add_init_script(
        "window.shifts = []; new PerformanceObserver(list => window.shifts.push("
        "...list.getEntries().map(one => one.value))).observe({type: 'layout-shift'});"
    )
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        await page.goto(url)
        await page.locator("#figures:not([data-first-frame])").wait_for()
        await page.locator(".loguro-pages tbody tr").first.wait_for()
        await asyncio.sleep(0.1)
        assert sum(await page.evaluate("window.shifts")) < 0.01


async def test_a_warm_page_is_light_and_quick(page: Page) -> None:
    async with a_dashboard(page) as (url, _):
        await page.goto(url)
        sizes: list[int] = []
        page.on(
            "response",
            lambda response: sizes.append(int(response.headers.get("content-length", 0))),
        )
        await page.goto(url)
        await asyncio.sleep(0.1)
        assert 10_000 < sum(sizes) < 150_000
