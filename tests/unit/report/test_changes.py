"""The rows that changed most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from loguro_async import (
    CustomEvent,
    CustomEvents,
    TopBrowser,
    TopCountry,
    TopDevice,
    TopList,
    TopPage,
    TopReferrer,
)
from loguro_async.report import RowChange
from loguro_async.report.changes import ComparedList, largest_changes
from tests.unit.charts.samples import kpis

if TYPE_CHECKING:
    from loguro_async.models.top_lists import TopRow

FIGURES = kpis()  # 402 pageviews


def pages(
    before: TopList[TopPage] | None = None, /, **counts: tuple[int, int | None]
) -> ComparedList:
    rows = (
        TopPage(path=f"/{name}", count=now, prev_count=then) for name, (now, then) in counts.items()
    )
    return ComparedList("Page", TopList(tuple(rows)), before, 100)


def changes(*lists: ComparedList, most: int = 10, figures: Any = FIGURES) -> list[tuple[Any, ...]]:  # noqa: ANN401 - Kpis
    found = largest_changes(lists, figures, most=most)
    return [(one.kind, one.name, one.now, one.before) for one in found]


def test_the_largest_change_comes_first_whichever_way_it_went() -> None:
    listed = pages(up=(30, 10), down=(10, 60), same=(5, 5), unknown=(9, None))
    assert largest_changes([listed], FIGURES, most=10) == (
        RowChange("Page", "/down", 10, 60, "pageviews"),
        RowChange("Page", "/up", 30, 10, "pageviews"),
    )


def test_there_are_no_more_than_requested() -> None:
    listed = pages(**{f"p{n}": (n, 0) for n in range(1, 30)})
    assert [now for *_, now, _ in changes(listed, most=3)] == [29, 28, 27]


def test_other_measures_are_not_compared_with_the_count_before() -> None:
    rows = TopList((TopPage(path="/", sessions=9, prev_count=90),))
    assert changes(ComparedList("Page", rows, None, 100)) == []


@pytest.mark.parametrize(
    ("kind", "row", "label"),
    [
        ("Referrer", TopReferrer, "referrer"),
        ("Country", TopCountry, "country_code"),
        ("Device", TopDevice, "device_type"),
        ("Browser", TopBrowser, "browser_family"),
    ],
)
def test_a_row_that_is_gone_is_among_the_changes_of_every_list(
    kind: str, row: type[TopRow], label: str
) -> None:
    def rows(*each: dict[str, Any]) -> TopList[Any]:
        return TopList(tuple(row(**{label: one.pop("name"), **one}) for one in each))

    now = rows({"name": "kept", "count": 9, "prev_count": 4})
    before = rows(
        {"name": "gone", "count": 7}, {"name": "kept", "count": 4}, {"name": None, "count": 3}
    )
    assert changes(ComparedList(kind, now, before, 100)) == [
        (kind, "gone", 0, 7),
        (kind, "kept", 9, 4),
    ]
    assert changes(ComparedList(kind, now, before, 1)) == [(kind, "kept", 9, 4)]


def test_of_some_lists_only_what_is_gone_is_among_them() -> None:
    now = TopList((TopDevice(device_type="desktop", count=900, prev_count=4),))
    before = TopList((TopDevice(device_type="tablet", count=7),))
    listed = ComparedList("Device", now, before, 100, only_gone=True)
    assert changes(listed) == [("Device", "tablet", 0, 7)]


def test_a_custom_event_that_is_gone_is_among_them() -> None:
    now = CustomEvents((CustomEvent("signup", 1, 8),), (), "day")
    before = CustomEvents((CustomEvent("signup", 8), CustomEvent("gone", 5)), (), "day")
    assert changes(ComparedList("Custom event", now, before, 100)) == [
        ("Custom event", "signup", 1, 8),
        ("Custom event", "gone", 0, 5),
    ]


def test_a_page_that_is_gone_is_among_them() -> None:
    before = TopList((TopPage(path="/gone", count=200), TopPage(path="/kept", count=3)))
    assert changes(pages(before, kept=(402, 380))) == [
        ("Page", "/gone", 0, 200),
        ("Page", "/kept", 402, 380),
    ]


def test_of_a_page_below_the_end_of_the_list_nothing_is_claimed() -> None:
    before = TopList((TopPage(path="/perhaps-gone", count=200),))
    assert changes(pages(before, kept=(401, 380))) == [("Page", "/kept", 401, 380)]


def test_where_all_pages_are_gone_they_all_changed() -> None:
    nothing = msgspec.structs.replace(FIGURES, current=kpis(visitors=0).current)
    before = TopList((TopPage(path="/a", count=2), TopPage(path=None, count=9), TopPage(path="/b")))
    assert changes(pages(before), figures=nothing) == [("Page", "/a", 0, 2)]
