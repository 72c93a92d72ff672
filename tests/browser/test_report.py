"""A report in a browser: it opens without a network, shows names as text, and prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.async_playwright import Axe

from loguro_async.charts.labels import label
from loguro_async.report import to_html, write
from tests.unit.charts.samples import HOSTILE
from tests.unit.report.samples import hostile_report, project, report, silent_project

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shown = report(project("local"), project("shop"), silent_project())
    return write(shown, tmp_path_factory.mktemp("report") / "r.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(hostile_report(*HOSTILE), tmp_path_factory.mktemp("report") / "r.html")


async def test_it_opens_from_a_file(page: Page, opened: Path) -> None:
    await page.goto(opened.as_uri())
    assert await page.title() == "Web analytics, the last 7 days"
    assert await page.locator("article").count() == 3
    assert await page.locator("figure svg:visible").count() == 3


async def test_names_of_strangers_show_as_text(page: Page, hostile: Path) -> None:
    await page.goto(hostile.as_uri())
    headings = await page.locator("article > h2").all_text_contents()
    assert headings == [label(name) for name in (*HOSTILE, HOSTILE[0])]
    assert await page.locator("script, img, iframe").count() == 0


async def test_long_names_do_not_make_it_wider(page: Page, hostile: Path) -> None:
    for width in (320, 360, 700, 1000):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(hostile.as_uri())
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_script_that_got_into_it_would_not_run(
    page: Page, page_problems: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "r.html"
    bad = "<script>window.ran = true</script><img src=x onerror='window.ran = true'>"
    path.write_text(to_html(report(project())).replace("<h1>", f"{bad}<h1>"), encoding="utf-8")
    await page.goto(path.as_uri())
    assert await page.evaluate("window.ran") is None
    assert any("Content Security Policy" in problem for problem in page_problems)
    page_problems.clear()


@pytest.mark.parametrize(
    ("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 25, 31)")]
)
async def test_it_is_light_or_dark_as_the_reader_prefers(
    page: Page, opened: Path, scheme: Literal["light", "dark"], paper: str
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(opened.as_uri())
    assert await background(page) == paper
    line = page.locator("figure svg .mark-line path").first
    stroke = await line.evaluate("line => getComputedStyle(line).stroke")
    assert stroke == {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[scheme]


async def test_paper_is_light_even_where_the_screen_is_dark(page: Page, opened: Path) -> None:
    await page.emulate_media(media="print", color_scheme="dark")
    await page.goto(opened.as_uri())
    assert await background(page) == "rgb(255, 255, 255)"
    assert (await page.pdf()).startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(
    page: Page, opened: Path, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(opened.as_uri())
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def background(page: Page) -> str:
    colour: str = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


async def test_on_a_phone_rows_become_blocks_and_the_drawing_is_made_for_it(
    page: Page, opened: Path
) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.goto(opened.as_uri())
    assert await page.locator("figure svg:visible").count() == 3
    text = page.locator("figure svg:visible").first.locator("text", has_text="Pageviews").first
    box = await text.bounding_box()
    assert box is not None
    assert box["height"] > 10
    row = page.locator("table.stacks tbody tr").first
    assert await row.evaluate("row => getComputedStyle(row).display") == "flex"
