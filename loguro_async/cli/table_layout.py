"""Prints columns that fit the terminal: long text is shortened, and a note names hidden columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from loguro_async.cli.formatting import printable, shortened

if TYPE_CHECKING:
    from rich.console import Console

_GAP: Final = 2
_LEAST: Final = 14


class Column(Struct, frozen=True):
    """One column.

    Attributes:
        heading: The text above the column.
        cells: The text of each row.
        kind: ``"text"`` may be shortened; ``"whole"`` and ``"number"``, which is right-aligned,
            are never shortened; an ``"id"`` that does not fit is printed below its row.
        styles: The rich style of each cell; empty for no styles.
    """

    heading: str
    cells: Sequence[str]
    kind: Literal["text", "whole", "number", "id"] = "text"
    styles: Sequence[str] = ()

    @property
    def widest(self) -> int:
        """The width that the longest text needs."""
        return max(cell_len(printable(text)) for text in (self.heading, *self.cells))

    @property
    def least(self) -> int:
        """The minimal width; a column that has less is hidden."""
        return min(self.widest, _LEAST) if self.kind == "text" else self.widest


def print_columns(console: Console, columns: Sequence[Column]) -> None:
    """Prints columns side by side, and a note that names those that do not fit."""
    widths = _widths(columns, console.width)
    shown = [(column, width) for column, width in zip(columns, widths, strict=True) if width]
    hidden = [column for column, width in zip(columns, widths, strict=True) if not width]
    below = [one for one in hidden if one.kind == "id" and one.widest + _GAP <= console.width]
    if any(column.heading for column, _ in shown):
        _print_line(console, [(_fitted(one.heading, one, width), "dim") for one, width in shown])
    for row in range(len(columns[0].cells)):
        line = [
            (_fitted(one.cells[row], one, width), one.styles[row] if one.styles else "")
            for one, width in shown
        ]
        _print_line(console, line)
        for column in below:
            _print_line(console, [("", ""), (printable(column.cells[row]), "dim")])
    missing = [printable(column.heading) for column in hidden if column not in below]
    if missing:
        named = ": " + ", ".join(filter(None, missing)) if any(missing) else " all columns"
        console.print(Text(f"no room for{named}; --format json has all", "dim"))


def _widths(columns: Sequence[Column], room: int) -> list[int]:
    """Returns a width for each column, 0 for those that are not shown."""
    first, *others = columns
    value = next((column for column in others if column.kind == "number"), None)
    # A figure is worth more than the whole of its label.
    reserved = value.least + _GAP if value else 0
    widths = [min(first.least, max(room - reserved, 1))]
    room -= widths[0]
    for column in others:
        fits = column.least + _GAP <= room
        widths.append(column.least if fits else 0)
        room -= column.least + _GAP if fits else 0
    for _ in range(room):  # one character at a time, to the narrowest column that needs more
        growing = [
            (width, index)
            for index, (column, width) in enumerate(zip(columns, widths, strict=True))
            if 0 < width < column.widest
        ]
        if growing:
            widths[min(growing)[1]] += 1
    return widths


def _fitted(text: str, column: Column, width: int) -> str:
    fitted = shortened(printable(text), width)
    space = " " * (width - cell_len(fitted))
    return space + fitted if column.kind == "number" else fitted + space


def _print_line(console: Console, cells: Sequence[tuple[str, str]]) -> None:
    line = Text(" " * _GAP).join(Text(text, style) for text, style in cells)
    line.rstrip()
    console.print(line, soft_wrap=True)
