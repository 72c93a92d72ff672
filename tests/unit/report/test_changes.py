"""What moved most."""

from __future__ import annotations

import msgspec

from loguro_async import CustomEvent, CustomEvents, TopCountry, TopDevice, TopList, TopPage
from loguro_async.report import Move, TitledList
from loguro_async.report.moves import largest_moves
from tests.unit.charts.samples import kpis

NO_EVENTS = CustomEvents((), (), "day")
FIGURES = kpis()  # 402 pageviews


def pages(**counts: tuple[int, int | None]) -> TitledList:
    rows = (
        TopPage(path=f"/{name}", count=now, prev_count=before)
        for name, (now, before) in counts.items()
    )
    return TitledList("Pages", TopList(tuple(rows)))


def test_the_largest_change_comes_first_whichever_way_it_went() -> None:
    lists = [pages(up=(30, 10), down=(10, 60), same=(5, 5), unknown=(9, None))]
    assert largest_moves(lists, NO_EVENTS, FIGURES, None, most=10) == (
        Move("Page", "/down", 10, 60),
        Move("Page", "/up", 30, 10),
    )


def test_countries_and_custom_events_are_among_them_and_devices_are_not() -> None:
    lists = [
        pages(),
        TitledList("Countries", TopList((TopCountry(country_code="RO", count=9, prev_count=4),))),
        TitledList("Devices", TopList((TopDevice(device_type="mobile", count=9, prev_count=4),))),
    ]
    events = CustomEvents((CustomEvent("signup", 1, 8), CustomEvent("new", 3)), (), "day")
    assert largest_moves(lists, events, FIGURES, None, most=10) == (
        Move("Custom event", "signup", 1, 8),
        Move("Country", "RO", 9, 4),
    )


def test_there_are_no_more_than_asked_for() -> None:
    lists = [pages(**{f"p{n}": (n, 0) for n in range(1, 30)})]
    assert [move.now for move in largest_moves(lists, NO_EVENTS, FIGURES, None, most=3)] == [
        29,
        28,
        27,
    ]


def test_a_page_that_nobody_views_any_more_moved() -> None:
    before = TopList((TopPage(path="/gone", count=200), TopPage(path="/kept", count=3)))
    lists = [pages(kept=(402, 380))]
    assert largest_moves(lists, NO_EVENTS, FIGURES, before, most=10) == (
        Move("Page", "/gone", 0, 200),
        Move("Page", "/kept", 402, 380),
    )


def test_of_a_page_below_the_end_of_the_list_nothing_is_claimed() -> None:
    before = TopList((TopPage(path="/perhaps-gone", count=200),))
    lists = [pages(kept=(401, 380))]
    assert largest_moves(lists, NO_EVENTS, FIGURES, before, most=10) == (
        Move("Page", "/kept", 401, 380),
    )


def test_where_all_pages_are_gone_they_all_moved() -> None:
    nothing = msgspec.structs.replace(FIGURES, current=kpis(visitors=0).current)
    before = TopList((TopPage(path="/a", count=2), TopPage(path=None, count=9), TopPage(path="/b")))
    assert largest_moves([pages()], NO_EVENTS, nothing, before, most=10) == (
        Move("Page", "/a", 0, 2),
    )
