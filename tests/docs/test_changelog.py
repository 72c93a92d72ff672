"""The changelog is one list for each version: every kind of change once, every entry once."""

from __future__ import annotations

import re

import pytest

from loguro_async import __version__
from tests.docs.documents import ROOT

# The kinds of Keep a Changelog, in the order of this changelog.
KINDS = ("Security", "Added", "Changed", "Deprecated", "Removed", "Fixed")
TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
VERSIONS = [section for section in SECTIONS if re.search(r"^- ", section, re.MULTILINE)]


def test_there_is_a_section_for_what_is_not_released() -> None:
    assert SECTIONS[0].startswith("[Unreleased]\n")


def test_the_version_of_the_package_has_a_section_with_entries() -> None:
    assert any(section.startswith(f"[{__version__}] - ") for section in VERSIONS)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda text: text.partition("\n")[0])
def test_each_kind_of_change_is_there_once_and_in_order(version: str) -> None:
    kinds = re.findall(r"^### (.+)$", version, re.MULTILINE)
    assert kinds
    assert kinds == [kind for kind in KINDS if kind in kinds]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda text: text.partition("\n")[0])
def test_no_entry_is_repeated(version: str) -> None:
    first_lines = re.findall(r"^- (.+)$", version, re.MULTILINE)
    assert first_lines
    assert len(first_lines) == len(set(first_lines))
