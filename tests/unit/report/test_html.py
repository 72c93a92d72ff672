"""A report as a page."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from loguro_async import ConfigurationError
from loguro_async.charts.labels import label
from loguro_async.report import Failure, Report, to_html, to_markdown
from tests.unit.charts.samples import HOSTILE
from tests.unit.report.samples import hostile_report, project, report, silent_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.report.html import PageTheme


class Page(HTMLParser):
    """The contents of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_all_that_is_known_is_on_the_page() -> None:
    failures = [Failure("gone", "404: not found")]
    page = Page(to_html(report(project("local"), silent_project(), failures=failures)))
    for text in (
        "For the last 7 days. Made 11 Jun 2026 10:00 UTC.",
        "Fell silent",
        ": no traffic, 120 visitors before",
        "404: not found",
        "143",
        "▲ +19.2%",
        "/pricing",
        "Largest changes",
        "Custom events",
        "Pageviews",
    ):
        assert text in page.texts


def test_hostile_names_are_text() -> None:
    page = Page(to_html(hostile_report(*HOSTILE)))
    assert page.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "link", "base"})
    assert not [name for name in page.attributes if name.startswith("on")]
    assert {href[0] for href in page.attributes["href"]} == {"#"}
    assert "src" not in page.attributes
    for name in HOSTILE:
        assert label(name).strip() in page.texts


def test_the_page_may_fetch_and_run_nothing() -> None:
    page = to_html(report(project()))
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    elsewhere = set(re.findall(r"https?://[^\"' <]+", page))
    assert elsewhere <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "@import" not in page
    assert "url(" not in page


def test_one_drawing_serves_light_and_dark() -> None:
    page = to_html(report(project()))
    assert 'stroke="var(--series-1)"' in page
    assert page.count("<svg") >= 2 * page.count("<article")
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize(
    ("theme", "schemes"), [("auto", "light dark"), ("light", "light"), ("dark", "dark")]
)
def test_a_theme_can_be_chosen(theme: PageTheme, schemes: str) -> None:
    page = to_html(report(project()), theme)
    assert f'<meta name="color-scheme" content="{schemes}">' in page
    assert ("prefers-color-scheme" in page) is (theme == "auto")
    assert ("--paper: #14191f" in page) is (theme != "light")


def test_a_theme_that_is_none_is_refused() -> None:
    unknown: Any = "blue"
    with pytest.raises(ConfigurationError, match="blue"):
        to_html(report(), unknown)


def test_several_projects_have_a_table_that_leads_to_each() -> None:
    page = to_html(report(project("a"), project("b")))
    assert "All projects" in page
    for place in (1, 2):
        assert f'href="#project-{place}"' in page
        assert f'id="project-{place}"' in page
    assert "All projects" not in to_html(report(project("a")))


def test_a_report_without_projects_says_so() -> None:
    assert "No projects were requested." in to_html(report())


def test_a_bar_is_as_long_as_its_share() -> None:
    page = to_html(report(project(names=["/", "/a", "/b", "/c"])))
    shares = re.findall(r"--share: ([0-9.]+)%", page)
    assert shares[:4] == ["100.0", "75.0", "50.0", "25.0"]


@pytest.mark.parametrize("form", [to_html, to_markdown])
def test_without_the_extra_it_is_named(
    form: Callable[[Report], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r'pip install "loguro-async\[report\]"'):
        form(report())
