"""A report in short sections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loguro_async.report import Failure
from loguro_async.report.message import (
    Line,
    Section,
    fitted,
    heading,
    how_many_fit,
    sections,
    units,
)
from tests.unit.report.samples import project, report, silent_project


def test_what_is_urgent_comes_first_then_figures_then_details() -> None:
    shown = report(
        project("a"), project("b"), silent_project(), failures=[Failure("c", "404")], filter="os:x"
    )
    titles = [f"{section.title} {section.slug or ''}".strip() for section in sections(shown)]
    assert titles == [
        "Filtered",
        "Fell silent",
        "Could not be fetched",
        "a",
        "b",
        "quiet",
        "Pages of a",
        "Referrers of a",
        "Custom events of a",
        "Largest changes in a",
        "Pages of b",
        "Referrers of b",
        "Custom events of b",
        "Largest changes in b",
    ]


def test_names_stand_apart_from_words_and_values() -> None:
    told = {section.title: section for section in sections(report(project("a")))}
    assert {section.slug for section in told.values()} == {"a"}
    assert told[""].lines[0] == Line("Visitors", None, "143 (▲ +19.2%)")
    assert told["Pages of"].lines[0] == Line("", "/", "200 (+12%)")
    assert told["Largest changes in"].lines[0] == Line("Page", "/", "150 → 90 (-40.0%)")


def test_what_may_quote_the_service_is_marked() -> None:
    (section,) = sections(
        report(failures=[Failure("a", "the service responded with: see evil.com")])
    )
    assert section.lines[0].is_quoted


def test_many_failures_are_counted() -> None:
    failures = [Failure(f"p{n}", "why") for n in range(25)]
    (section,) = sections(report(failures=failures))
    assert len(section.lines) == 11
    assert section.lines[-1] == Line("…", None, "and 15 more")


def test_no_projects_is_said() -> None:
    (section,) = sections(report())
    assert section == Section("No projects", None, (Line("Projects", None, "none were requested"),))


def test_the_heading_names_the_period() -> None:
    assert heading(report()) == "Web analytics, the last 7 days"


@given(st.lists(st.text(max_size=50)), st.integers(30, 500))
def test_lines_that_do_not_fit_are_counted(lines: list[str], room: int) -> None:
    text = fitted(lines, room)
    assert units(text) <= room
    whole = "\n".join(lines)
    if units(whole) <= room:
        assert text == whole
    else:
        kept, _, rest = text.rpartition("… and ")
        left = int(rest.removesuffix(" more").replace(",", ""))
        assert kept.removesuffix("\n") == "\n".join(lines[: len(lines) - left])
        assert left > 0


@given(st.lists(st.integers(0, 100)), st.integers(10, 300), st.integers(1, 20))
def test_parts_fit_with_the_note_about_the_others(lengths: list[int], room: int, most: int) -> None:
    shown = how_many_fit(lengths, room, rest=10, most=most)
    assert shown <= min(len(lengths), most)
    assert sum(lengths[:shown]) + (10 if shown < len(lengths) else 0) <= room


def test_a_letter_beyond_the_first_65536_counts_twice() -> None:
    assert units("a🎉") == 3
