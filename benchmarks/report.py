"""Writes the figures of the last run into docs/performance.md, between its two marks."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.tables import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def section(kept: dict[str, Any]) -> str:
    """One table as Markdown."""
    reference = kept["rows"][kept["reference"]]
    lines = [
        f"## {kept['title'][:1].upper()}{kept['title'][1:]}",
        "",
        kept["method"],
        "",
        f"| | {kept['unit']} | ratio | |",
        "| --- | ---: | ---: | --- |",
    ]
    for row, figure in sorted(kept["rows"].items(), key=lambda pair: pair[1]):
        note = kept["notes"].get(row, "")
        lines.append(f"| {row} | {figure:,.2f} | {figure / reference:.2f} | {note} |")
    return "\n".join(lines)


def machine() -> str:
    return (
        f"Measured on {os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}. Only the ratios carry over to another machine."
    )


def main() -> None:
    tables = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    figures = "\n\n".join([machine(), *map(section, tables)])
    text = f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
    PAGE.write_text(text, encoding="utf-8")
    print(f"\nwritten: {PAGE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
