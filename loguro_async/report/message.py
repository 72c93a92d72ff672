"""A report in a few short sections, for messages: the same text for every chat service."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.charts.bars import bar_list
from loguro_async.charts.formatting import change, number
from loguro_async.charts.key_figure_texts import key_figures
from loguro_async.charts.labels import label, labels
from loguro_async.text import noun_for, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loguro_async.charts.bars import BarList
    from loguro_async.report.model import ProjectReport, Report, RowChange

_MOST_URGENT: Final = 10
_MOST_ROWS: Final = 5
_MOST_LISTS: Final = 3
_LONGEST_NAME: Final = 80
_LONGEST_REASON: Final = 160


class Line(Struct, frozen=True):
    """One line: words of this package, a name that others chose, and a value.

    Attributes:
        words: Such as ``"Page"``; may be empty.
        name: A slug, a path, a referrer; ``None`` where there is none. Visible characters only,
            without markup.
        value: What is said of it.
        is_quoted: Whether the value is text of the service.
    """

    words: str
    name: str | None
    value: str
    is_quoted: bool = False


class Section(Struct, frozen=True):
    """A heading and its lines.

    Attributes:
        title: Such as ``"Pages of"``; may be empty.
        slug: The project that the section is about; ``None`` for several.
        lines: The lines.
    """

    title: str
    slug: str | None
    lines: tuple[Line, ...]


def heading(report: Report) -> str:
    """Returns the heading of a message."""
    return f"Web analytics, {report.period}"


def sections(report: Report) -> tuple[Section, ...]:
    """Returns the sections, the most important ones first, because long messages are truncated."""
    return (
        *_urgent(report),
        *(_figures(project) for project in report.projects),
        *(section for project in report.projects for section in _details(project)),
    )


def fitted(lines: Sequence[str], room: int) -> str:
    """Returns as many of the lines as fit, and how many more there are.

    Args:
        lines: Each with its markup.
        room: The most UTF-16 units. Services count those, or characters, which are fewer.
    """
    rest = units(_rest(len(lines))) + 1
    shown = how_many_fit([units(line) + 1 for line in lines], room + 1, rest=rest)
    return "\n".join(lines if shown == len(lines) else [*lines[:shown], _rest(len(lines) - shown)])


def _rest(left: int) -> str:
    return f"… and {left:,} more"


def how_many_fit(lengths: Sequence[int], room: int, *, rest: int, most: int | None = None) -> int:
    """Returns how many parts fit, from the first on.

    Args:
        lengths: The length of each part.
        room: The most that they may be long in all.
        rest: The length of the note about parts that were left out.
        most: The most parts.
    """
    if sum(lengths) <= room and len(lengths) <= (most or len(lengths)):
        return len(lengths)
    return sum(1 for end in accumulate(lengths[:most]) if end <= room - rest)


def more(left: int) -> str:
    """Returns the note about sections that were left out."""
    return f"… and {left:,} more sections in the full report"


def units(text: str) -> int:
    """Returns the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _urgent(report: Report) -> Iterator[Section]:
    if report.filter:
        text = shortened(visible(report.filter), _LONGEST_REASON)
        yield Section("Filtered", None, (Line("By", text, ""),))
    if report.silent:
        yield Section(
            "Fell silent",
            None,
            _first(
                Line("", _slug(project.slug), f"no traffic, {_before(project)} before")
                for project in report.silent
            ),
        )
    if report.failures:
        yield Section(
            "Could not be fetched",
            None,
            _first(
                Line(
                    "",
                    _slug(one.slug),
                    shortened(visible(one.reason), _LONGEST_REASON),
                    is_quoted=True,
                )
                for one in report.failures
            ),
        )
    if not report.projects and not report.failures:
        yield Section("No projects", None, (Line("Projects", None, "none were requested"),))


def _first(lines: Iterable[Line]) -> tuple[Line, ...]:
    known = tuple(lines)
    left = len(known) - _MOST_URGENT
    return (*known[:_MOST_URGENT], *([Line("…", None, f"and {left:,} more")] if left > 0 else ()))


def _before(project: ProjectReport) -> str:
    before = project.kpis.previous
    visitors = None if before is None else before.visitors
    return f"{number(visitors)} {noun_for(visitors, 'visitor')}"


def _figures(project: ProjectReport) -> Section:
    figures = key_figures(project.kpis)
    return Section(
        "", _slug(project.slug), tuple(Line(one.name, None, one.text) for one in figures)
    )


def _details(project: ProjectReport) -> Iterator[Section]:
    slug = _slug(project.slug)
    for one in project.lists[:_MOST_LISTS]:
        if one.rows.items:
            yield Section(f"{one.title} of", slug, _rows(bar_list(one.rows)))
    if project.custom_events.items:
        yield Section("Custom events of", slug, _rows(bar_list(project.custom_events)))
    if project.changes:
        yield Section("Largest changes in", slug, _changes(project.changes[:_MOST_ROWS]))


def _rows(listed: BarList) -> tuple[Line, ...]:
    bars = listed.bars[:_MOST_ROWS]
    names = _names([bar.sent for bar in bars])
    return tuple(
        Line("", name, _with(listed.count_text(bar), bar.change.text))
        for name, bar in zip(names, bars, strict=True)
    )


def _changes(changes: Sequence[RowChange]) -> tuple[Line, ...]:
    names = _names([one.name for one in changes])
    return tuple(
        Line(
            one.kind,
            name,
            _with(f"{number(one.before)} → {number(one.now)}", change(one.now, one.before).text),
        )
        for name, one in zip(names, changes, strict=True)
    )


def _slug(text: str) -> str:
    return shortened(label(text), _LONGEST_NAME)


def _names(texts: Sequence[str | None]) -> list[str]:
    return labels(texts, lambda text: shortened(text, _LONGEST_NAME))


def _with(value: str, change: str) -> str:
    return f"{value} ({change})" if change else value
