"""Reads the decisions in docs/adr, and makes the table of docs/adr/index.md from them.

``python -m tests.docs.decisions`` prints the table.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.docs.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "docs" / "adr"
INDEX = FOLDER / "index.md"

_HEAD = re.compile(r"# (\d{4}): (.+)\n\n((?:.+\n)+)\n")
_ACCEPTED = re.compile(r"\bAccepted\s+(\d{4}-\d{2}-\d{2})\b")
_SUPERSEDED = re.compile(
    r"\bSuperseded\s+(\d{4}-\d{2}-\d{2})\s+by\s+\[\d{4}\]\((\d{4}-[\w-]+\.md)\)"
)


class Decision(NamedTuple):
    """One decision: its heading and its status, as its file states them.

    Attributes:
        path: Its file.
        number: Four digits.
        title: The heading without the number.
        accepted: The date, as YYYY-MM-DD.
        superseded: The date, where a later decision replaced it.
        successor: The file name of that decision.
    """

    path: Path
    number: str
    title: str
    accepted: str
    superseded: str | None
    successor: str | None

    @property
    def row(self) -> str:
        """The row of the table."""
        status = "Accepted"
        if self.successor is not None:
            status = f"Superseded {self.superseded} by [{self.successor[:4]}]({self.successor})"
        return f"| [{self.number}]({self.path.name}) | {self.title} | {self.accepted} | {status} |"


def read(path: Path) -> Decision:
    """Returns the decision in a file.

    Raises:
        ValueError: The file does not begin with a heading, and a status with a date.
    """
    head = _HEAD.match(path.read_text(encoding="utf-8"))
    accepted = _ACCEPTED.search(head[3]) if head is not None else None
    if head is None or accepted is None:
        message = f"{path.name} must begin with '# 0000: Title' and 'Accepted YYYY-MM-DD.'"
        raise ValueError(message)
    superseded = _SUPERSEDED.search(head[3])
    date, successor = superseded.groups() if superseded is not None else (None, None)
    return Decision(path, head[1], head[2], accepted[1], date, successor)


def paths() -> list[Path]:
    """Returns the files of all decisions, in the order of their numbers."""
    return sorted(path for path in FOLDER.glob("*.md") if path != INDEX)


def table() -> str:
    """Returns the table of all decisions."""
    rows = [read(path).row for path in paths()]
    return "\n".join(["| | decision | accepted | status |", "| --- | --- | --- | --- |", *rows])


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
