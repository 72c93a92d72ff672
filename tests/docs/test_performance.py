"""The page of figures shows what was measured, all of it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from benchmarks.plot import PANELS, picture
from benchmarks.report import ORDER, PAGE, PICTURE, described, pages, section
from benchmarks.tables import RESULTS, machine, versions

TABLES: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")
}


def texts(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]+)<", svg)]


def test_every_table_is_on_the_page() -> None:
    assert set(ORDER) == set(TABLES)


@pytest.mark.parametrize("name", ORDER)
def test_the_page_shows_a_table_as_it_was_measured(name: str) -> None:
    assert section(TABLES[name]) in PAGE.read_text(encoding="utf-8")


def test_the_page_says_where_it_was_measured() -> None:
    assert described(TABLES) in PAGE.read_text(encoding="utf-8")


def test_every_page_shows_the_figures_that_were_measured() -> None:
    written = pages(TABLES)
    assert {page.name for page in written} == {"performance.md", "README.md", "rate-limits.md"}
    for page, figures in written.items():
        if page != PAGE:
            assert figures in page.read_text(encoding="utf-8"), page


def test_the_picture_shows_every_row_of_its_tables() -> None:
    rows = {row for panel in PANELS for row in TABLES[panel.table]["rows"]}
    assert rows <= set(texts(PICTURE.read_text(encoding="utf-8")))


def test_the_picture_is_drawn_from_the_tables() -> None:
    assert texts(picture(TABLES)) == texts(PICTURE.read_text(encoding="utf-8"))


def test_the_machine_and_the_compared_versions_are_named() -> None:
    assert " cores of " in machine()
    assert versions().keys() >= {"loguro-async", "aiohttp", "msgspec"}
