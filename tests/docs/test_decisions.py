"""The table of decisions lists every file, with the status that the file states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.decisions import FOLDER, INDEX, Decision, paths, read, table

if TYPE_CHECKING:
    from pathlib import Path

PATHS = paths()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_a_title_and_a_date(path: Path) -> None:
    decision = read(path)
    assert path.name.startswith(f"{decision.number}-")


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in PATHS]
    assert numbers
    assert len(numbers) == len(set(numbers))


def test_the_table_lists_every_decision_with_its_date_and_status() -> None:
    # Run `python -m tests.docs.decisions` to print the table.
    assert table() in INDEX.read_text(encoding="utf-8")


def test_a_superseded_decision_names_a_successor_that_names_it() -> None:
    superseded = [decision for decision in map(read, PATHS) if "Superseded" in decision.row]
    assert superseded
    for decision in superseded:
        assert decision.successor is not None
        successor = read(FOLDER / decision.successor)
        assert successor.accepted == decision.superseded
        status = successor.path.read_text(encoding="utf-8").split("\n\n", 2)[1]
        assert f"]({decision.path.name})" in status


def test_every_status_that_says_superseded_names_the_successor() -> None:
    for path in PATHS:
        status = path.read_text(encoding="utf-8").split("\n\n", 2)[1]
        assert ("Superseded" in status) == (read(path).successor is not None)
        assert "Replaced" not in status


@pytest.mark.parametrize(
    "text",
    [
        "# 0001: No status\n\n## Context\n",
        "# 0001: No date\n\nAccepted.\n\n## Context\n",
        "# 0001: No day\n\nAccepted, November 2026.\n\n## Context\n",
        "No heading\n\nAccepted 2026-11-26.\n\n",
    ],
)
def test_a_decision_without_a_heading_or_date_is_noticed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "0001-decision.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"0001-decision\.md must begin with"):
        read(path)


def test_a_status_may_take_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "0001-decision.md"
    path.write_text(
        "# 0001: Decision\n\nSuperseded 2026-11-26 by\n[0002](0002-other.md). Accepted\n"
        "2026-11-23.\n\n## Context\n",
        encoding="utf-8",
    )
    assert read(path) == Decision(
        path, "0001", "Decision", "2026-11-23", "2026-11-26", "0002-other.md"
    )
