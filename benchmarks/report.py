"""Writes the figures of the last run into the documentation, and draws the picture there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.plot import picture
from benchmarks.side_by_side import beside_by_hand, goodput_of_fan_outs
from benchmarks.tables import RESULTS, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
PICTURE = PAGE.parent / "images" / "benchmarks.svg"
# What a batch gets first, then from what most calls cost to what is rarely paid.
ORDER = (
    "goodput",
    "cache",
    "requests-asyncio",
    "requests-uvloop",
    "overview",
    "dashboards",
    "deadline",
    *("decode-1", "decode-300", "decode-10000"),
    *("fan-out-1000-asyncio", "fan-out-10000-asyncio", "fan-out-10000-uvloop"),
    "fan-out-100000-asyncio",
    "cluster",
    "memory",
    "dashboard-page",
    *("generate", "emulator"),
    "import",
)
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def section(table: dict[str, Any]) -> str:
    """Returns a table as Markdown."""
    reference = table["rows"][table["reference"]]
    lines = [
        f"## {table['title'][:1].upper()}{table['title'][1:]}",
        "",
        table["method"],
        "",
        f"| | {table['unit']} | ratio | |",
        "| --- | ---: | ---: | --- |",
    ]
    for row, figure in shown(table):
        note = table["notes"].get(row, "")
        lines.append(f"| {row} | {figure:,.2f} | {figure / reference:.2f} | {note} |")
    return "\n".join(lines)


def described(tables: Mapping[str, dict[str, Any]]) -> str:
    """Returns the machines and versions that the tables were measured with."""
    machines = " and ".join(sorted({table["machine"] for table in tables.values()}))
    versions = {item for table in tables.values() for item in table["with"].items()}
    used = ", ".join(f"{name} {version}" for name, version in sorted(versions))
    return (
        f"Measured on {machines}, with {used}. Only the ratios carry over to another machine: "
        "each is that of a row to the row that has 1.00, in one run."
    )


def pages(tables: Mapping[str, dict[str, Any]]) -> dict[Path, str]:
    """Returns the text between the marks of each page with figures."""
    shown = f"![Bars for the most important of the figures below](images/{PICTURE.name})"
    return {
        PAGE: "\n\n".join([described(tables), shown, *map(section, tables.values())]),
        ROOT / "README.md": beside_by_hand(tables),
        ROOT / "docs" / "rate-limits.md": goodput_of_fan_outs(tables),
    }


def main() -> None:
    tables = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in ORDER}
    PICTURE.write_text(picture(tables), encoding="utf-8")
    for page, figures in pages(tables).items():
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        page.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")
        print(f"written: {page}")


if __name__ == "__main__":
    main()
