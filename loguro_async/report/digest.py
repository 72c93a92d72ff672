"""A report in a few short sections, for messages: what every chat is given, each in its markup."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from loguro_async.charts.bars import bars_of
from loguro_async.charts.custom_events import bars_of_events
from loguro_async.charts.figures import figures
from loguro_async.charts.text import label, number, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loguro_async.charts.bars import Bar
    from loguro_async.report.content import ProjectReport, Report

_MOST_ALARMS: Final = 10
_MOST_ROWS: Final = 5
_LONGEST_NAME: Final = 80
_LONGEST_REASON: Final = 160


class Section(Struct, frozen=True):
    """A heading, and lines of which each is a name and what is said of it.

    All text is visible characters, without markup.
    """

    title: str
    lines: tuple[tuple[str, str], ...]


def heading(report: Report) -> str:
    """What the message is about."""
    return f"Web analytics, {report.period}"


def sections(report: Report) -> tuple[Section, ...]:
    """The sections, the most important ones first: what is left out is cut from the end."""
    return (
        *_alarms(report),
        *(_figures(project) for project in report.projects),
        *(section for project in report.projects for section in _details(project)),
    )


def fitted(lines: Sequence[str], room: int) -> str:
    """As many of the lines as have room; where some do not, a last line says how many.

    Args:
        lines: Each with its markup.
        room: UTF-16 units that there may be. Services count those, or letters, which are fewer.
    """
    rest = _rest(len(lines))
    shown = how_many_fit([units(line) + 1 for line in lines], room + 1, rest=units(rest) + 1)
    return "\n".join(lines if shown == len(lines) else [*lines[:shown], _rest(len(lines) - shown)])


def _rest(left: int) -> str:
    return f"… and {left:,} more"


def how_many_fit(lengths: Sequence[int], room: int, *, rest: int, most: int | None = None) -> int:
    """How many parts, from the first on, have room.

    Args:
        lengths: How long each part is.
        room: How long they may be together.
        rest: How long that is which tells of parts left out.
        most: How many parts there may be.
    """
    if sum(lengths) <= room and len(lengths) <= (most or len(lengths)):
        return len(lengths)
    return sum(1 for end in accumulate(lengths[:most]) if end <= room - rest)


def more(left: int) -> str:
    """What is said where sections had to be left out."""
    return f"… and {left:,} more sections in the full report"


def units(text: str) -> int:
    """How long a text is, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _alarms(report: Report) -> Iterator[Section]:
    if report.filter:
        yield Section("Filtered", (("By", shortened(visible(report.filter), _LONGEST_REASON)),))
    if report.silent:
        yield Section(
            "Fell silent",
            _first(
                (_name(project.slug), f"no traffic, {_before(project)} visitors before")
                for project in report.silent
            ),
        )
    if report.failures:
        yield Section(
            "Could not be fetched",
            _first(
                (_name(one.slug), shortened(visible(one.reason), _LONGEST_REASON))
                for one in report.failures
            ),
        )
    if not report.projects and not report.failures:
        yield Section("No projects", (("Projects", "none were asked for"),))


def _first(lines: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    known = tuple(lines)
    left = len(known) - _MOST_ALARMS
    return (*known[:_MOST_ALARMS], *([("…", f"and {left:,} more")] if left > 0 else ()))


def _before(project: ProjectReport) -> str:
    before = project.kpis.previous
    return number(None if before is None else before.visitors)


def _figures(project: ProjectReport) -> Section:
    return Section(
        _name(project.slug),
        tuple(
            (figure.name, _said(figure.value, f"{figure.arrow} {figure.change}".strip()))
            for figure in figures(project.kpis)
        ),
    )


def _details(project: ProjectReport) -> Iterator[Section]:
    slug = _name(project.slug)
    for one in project.lists[:3]:
        if one.rows.items:
            yield Section(f"{one.title} of {slug}", _rows(bars_of(one.rows)))
    if project.custom_events.items:
        yield Section(f"Custom events of {slug}", _rows(bars_of_events(project.custom_events)))
    if project.moves:
        lines = (
            (
                f"{move.kind} {_name(move.name)}",
                _said(f"{move.before:,} → {move.now:,}", move.change),
            )
            for move in project.moves[:_MOST_ROWS]
        )
        yield Section(f"What moved most in {slug}", tuple(lines))


def _rows(bars: Sequence[Bar]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_name(bar.name), _said(number(bar.count), bar.change)) for bar in bars[:_MOST_ROWS]
    )


def _name(text: str) -> str:
    return shortened(label(text), _LONGEST_NAME)


def _said(value: str, of_change: str) -> str:
    return f"{value} ({of_change})" if of_change else value
