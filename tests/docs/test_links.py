"""The pages lead to one another, and to the tests that they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

GUIDES = re.findall(r"^      - (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
WORDS = {
    word
    for path in (ROOT / "tests").rglob("*.py")
    for word in re.findall(r"\btest_\w+", f"{path.stem} {path.read_text(encoding='utf-8')}")
}


@pytest.mark.parametrize("guide", [name for name in GUIDES if "/" not in name])
def test_the_first_page_leads_to_every_guide(guide: str) -> None:
    assert f"]({guide})" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


def test_every_picture_is_shown_and_there() -> None:
    shown = {
        found
        for page in PAGES
        for found in re.findall(r"!\[[^\]]+\]\((?:docs/)?(images/[^)]+)\)", page.read_text("utf-8"))
    }
    there = {f"images/{path.name}" for path in (ROOT / "docs" / "images").iterdir()}
    assert shown == there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = re.findall(r"`(?:tests/[\w/]*)?(test_\w+)(?:\.py)?(…?)`", text)
    missing = [
        name
        for name, is_beginning in named
        if not (any(word.startswith(name) for word in WORDS) if is_beginning else name in WORDS)
    ]
    assert missing == []
