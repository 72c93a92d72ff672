"""A chart's page in a browser: interactive, and alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from loguro_async import charts
from tests.unit.charts.samples import ANSWERS, HOSTILE, pages

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(page: Page, spec: dict[str, object], path: Path) -> None:
    await asyncio.to_thread(path.write_text, charts.to_html(spec), encoding="utf-8")
    await page.goto(path.as_uri())
    await page.wait_for_selector("#chart svg")


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_chart_is_drawn_without_a_word(page: Page, name: str, tmp_path: Path) -> None:
    await opened(page, charts.chart(ANSWERS[name], theme="dark"), tmp_path / "chart.html")
    assert await page.locator("#chart svg path").count() > 0


async def test_a_tooltip_shows_a_stranger_s_name_as_text(page: Page, tmp_path: Path) -> None:
    await opened(page, charts.chart(pages(HOSTILE[2])), tmp_path / "chart.html")
    await page.locator("#chart svg .mark-rect path").last.hover()
    tooltip = page.locator("#vg-tooltip-element")
    await tooltip.wait_for()
    assert HOSTILE[2] in await tooltip.inner_text()
    assert await tooltip.locator("img").count() == 0


async def test_names_of_strangers_are_drawn_as_text(page: Page, tmp_path: Path) -> None:
    await opened(page, charts.chart(pages(*HOSTILE)), tmp_path / "chart.html")
    texts = await page.locator("#chart svg text").all_text_contents()
    assert "<script>alert(1)</script>" in texts


async def test_its_menu_offers_pictures_and_leads_nowhere_else(page: Page, tmp_path: Path) -> None:
    await opened(page, charts.chart(ANSWERS["series"]), tmp_path / "chart.html")
    offers = await page.locator(".vega-actions a").all_text_contents()
    assert offers == ["Save as SVG", "Save as PNG"]


@pytest.mark.parametrize("name", ["overview", "custom-events", "pages", "visits", "events"])
async def test_a_chart_follows_the_width_of_the_screen(
    page: Page, name: str, tmp_path: Path
) -> None:
    widths: list[float] = []
    for width in (360, 1_000):
        await page.set_viewport_size({"width": width, "height": 800})
        await opened(page, charts.chart(ANSWERS[name]), tmp_path / "chart.html")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        box = await page.locator("#chart svg").first.bounding_box()
        assert box is not None
        widths.append(box["width"])
    assert widths[1] > 2 * widths[0] > 500


async def test_a_page_has_headings_dates_and_words_for_those_who_cannot_see_it(
    page: Page, tmp_path: Path
) -> None:
    await opened(page, charts.chart(ANSWERS["overview"], title="Last week"), tmp_path / "c.html")
    headings = await page.get_by_role("heading").all_text_contents()
    assert headings == ["Last week", "Key figures", "Over time", "Top pages"]
    assert "04 Jun" in await page.locator("#chart svg text").all_text_contents()
    shown = page.locator('[aria-roledescription="visualization"]')
    assert await shown.count() == 3
    assert "Visitors 143" in (await shown.first.get_attribute("aria-label") or "")
