"""Tables of figures from one run, printed and stored as JSON for the documentation."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

RESULTS = Path(__file__).parent / "results"
PEERS = Path(__file__).parent / "peers.txt"


class Table:
    """Rows of figures; the ratio to one of them is what carries over to another machine.

    Args:
        name: The name of its file.
        title: What a row is.
        unit: Of the figures.
        reference: The row that the others are divided by.
        method: How it was measured, in a sentence.
        in_order: Whether rows stay in the order in which they were measured; sorted by default.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        unit: str,
        reference: str,
        method: str,
        in_order: bool = False,
    ) -> None:
        self.name = name
        self.in_order = in_order
        self.title = title
        self.unit = unit
        self.reference = reference
        self.method = method
        self.rows: dict[str, float] = {}
        self.notes: dict[str, str] = {}

    def ratio(self, row: str) -> float:
        return self.rows[row] / self.rows[self.reference]

    def show(self) -> None:
        """Prints the table, and stores it."""
        width = max(len(row) for row in self.rows)
        print(f"\n{self.title} ({self.unit})\n{self.method}")
        for row, figure in shown(self._as_dict()):
            note = self.notes.get(row, "")
            print(f"  {row:{width}}  {figure:12,.2f}  {self.ratio(row):8.2f}  {note}")
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self.name}.json").write_text(json.dumps(self._as_dict(), indent=1) + "\n")

    def _as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "unit": self.unit,
            "method": self.method,
            "reference": self.reference,
            "rows": {row: round(figure, 3) for row, figure in self.rows.items()},
            "in_order": self.in_order,
            "notes": self.notes,
            "machine": machine(),
            "with": {"python": platform.python_version()} | versions(),
        }


def shown(table: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Returns the rows of a stored table in the order in which they are shown."""
    rows = list(table["rows"].items())
    return rows if table.get("in_order") else sorted(rows, key=lambda pair: pair[1])


def machine() -> str:
    """Returns the processor, the memory and the system, as text."""
    system = f"{platform.system()} on {platform.machine()}"
    try:
        model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        model = None
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    processor = model[1] if model else "a processor without a name"
    return f"{os.cpu_count()} cores of {processor}, {gib:.0f} GiB of memory, {system}"


def versions() -> dict[str, str]:
    """Returns the versions of this package, its dependencies and the installed peers."""
    peers = re.findall(r"^([\w-]+)", PEERS.read_text(), re.MULTILINE)
    found: dict[str, str] = {}
    for name in ("loguro-async", "aiohttp", "cachetools", "msgspec", *peers):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


async def medians_in_turn(
    rows: Mapping[str, Callable[[], Awaitable[float]]], *, rounds: int
) -> dict[str, float]:
    """Each row's median over interleaved rounds, so that a drifting machine hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for measure in rows.values():
        await measure()  # what is only needed once is not measured
    for _ in range(rounds):
        for name, measure in rows.items():
            taken[name].append(await measure())
    return {name: statistics.median(figures) for name, figures in taken.items()}
