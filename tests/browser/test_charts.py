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
