"""A report as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loguro_async.charts.labels import label
from loguro_async.report import to_markdown
from loguro_async.report.markdown import escaped
from loguro_async.text import visible
from tests.unit.charts.samples import HOSTILE
from tests.unit.report.samples import hostile_report, project, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ACTING = {
    "code_block",
    "code_inline",
    "em_open",
    "fence",
    "html_block",
    "html_inline",
    "image",
    "link_open",
    "strong_open",
}
READ = MarkdownIt("commonmark").enable("table")


def pieces(markdown: str) -> Iterator[Token]:
    for token in READ.parse(markdown):
        yield token
        yield from token.children or ()


def cells(markdown: str) -> list[str]:
    """The text of every cell and heading, as a reader sees it."""
    return [
        "".join(child.content for child in token.children or ())
        for token in READ.parse(markdown)
        if token.type == "inline"
    ]


def test_figures_lists_and_changes_are_tables() -> None:
    markdown = to_markdown(report(project()))
    assert "| Visitors | 143 | ▲ +19.2% |" in markdown
    assert "| /pricing | 100 | +12% |" in markdown
    assert "| Page | /pricing | 150 | 90 | -40.0% |" in markdown
    assert "| 04 Jun 2026 00:00 | 120 | 40 | 48 |" in markdown
    assert "\n\n\n" not in markdown


def test_hostile_names_are_text_in_cells() -> None:
    markdown = to_markdown(hostile_report(*HOSTILE))
    assert ACTING.isdisjoint(token.type for token in pieces(markdown))
    read = cells(markdown)
    for name in HOSTILE:
        assert label(name).strip() in read


@given(st.text(max_size=60))
def test_any_name_is_read_as_it_was(name: str) -> None:
    table = f"| a |\n| --- |\n| .{escaped(label(name))}. |\n"
    assert cells(table) == ["a", f".{label(name)}."]


@pytest.mark.parametrize("name", ["www.evil.example", "https://evil.example", "a@evil.example"])
def test_hosts_do_not_become_links(name: str) -> None:
    shown = escaped(name)
    assert "www." not in shown
    assert "://" not in shown
    assert "@" not in shown


def test_a_report_without_projects_says_so() -> None:
    assert "No projects were requested." in to_markdown(report())


def test_the_filter_is_said() -> None:
    assert visible("country&#58;RO") in to_markdown(report(project(), filter="country:RO"))
