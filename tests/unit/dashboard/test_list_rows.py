"""Rows of lists: labels, counts with their unit, shares, changes and links."""

# ruff: noqa: RUF001 - the signs that are shown

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from loguro_async import F, Filter
from loguro_async.dashboard.access import Access
from loguro_async.dashboard.list_rows import RowList, list_of, referrer_condition, spark_points
from loguro_async.models.events import CustomEvent, CustomEvents
from loguro_async.models.top_lists import (
    TopCountry,
    TopDevice,
    TopList,
    TopPage,
    TopReferrer,
    TopRow,
)

if TYPE_CHECKING:
    from loguro_async.dashboard.context import PageContext
    from tests.unit.dashboard.conftest import MakeContext


def pages(context: PageContext, *rows: TopRow) -> RowList:
    return list_of(TopList(items=rows), context, heading="Page", labels="text", condition=F.path)


def filter_in(href: str | None) -> str:
    assert href is not None
    return parse_qs(href.partition("?")[2])["filter"][0]


def test_rows_have_count_unit_share_and_bar(make_context: MakeContext) -> None:
    found = pages(make_context(), TopPage(path="/", count=300), TopPage(path="/a", count=100))
    assert (found.unit, found.total) == ("Pageviews", "400")
    assert [(row.count, row.share, row.percent) for row in found.rows] == [
        ("300", "75%", 100.0),
        ("100", "25%", 33.33),
    ]


def test_a_list_without_counts_has_no_shares(make_context: MakeContext) -> None:
    found = pages(make_context(), TopPage(path="/"))
    assert (found.has_shares, found.rows[0].count, found.rows[0].share) == (False, "–", "")


def test_changes_are_shown_where_compared(make_context: MakeContext) -> None:
    rows = (
        TopPage(path="/", count=150, prev_count=100),
        TopPage(path="/new", count=5, prev_count=0),
        TopPage(path="/told", count=5, delta_pct=-12.4),
        TopPage(path="/unknown", count=5),
    )
    found = pages(make_context({"compare": "1"}), *rows)
    assert [row.change for row in found.rows] == ["+50%", "new", "−12%", ""]
    assert [row.change for row in pages(make_context(), *rows).rows] == [""] * 4


def test_a_click_filters_by_the_row_instead_of_others_of_its_key(
    make_context: MakeContext,
) -> None:
    context = make_context({"filter": "path:/old !path:/not device:mobile"})
    found = pages(context, TopPage(path="/a b", count=1))
    expected = ~F.path("/not") & F.device("mobile") & F.path("/a b")
    assert Filter.parse(filter_in(found.rows[0].href)) == expected


@pytest.mark.parametrize("label", ["", None, "/\u202ex", "/a\nb", "/\x00"])
def test_an_invisible_label_is_no_link(make_context: MakeContext, label: str | None) -> None:
    found = pages(make_context(), TopPage(path=label, count=1))
    assert found.rows[0].href is None
    assert "\u202e" not in found.rows[0].label


def test_a_row_beyond_the_fixed_filter_is_no_link(make_context: MakeContext) -> None:
    access = Access(project="local", filter=F.country("RO"))
    context = make_context(access=access)
    found = pages(context, TopPage(path="/a", count=2), TopPage(path='/"', count=1))
    assert [row.href is None for row in found.rows] == [False, True]


def test_countries_have_names_and_flags(make_context: MakeContext) -> None:
    found = list_of(
        TopList(items=(TopCountry(country_code="RO", count=1), TopCountry(count=1))),
        make_context(language="de"),
        heading="Country",
        labels="country",
        condition=F.country,
    )
    assert (found.rows[0].label, found.rows[0].icon) == ("Rumänien", "🇷🇴")
    assert filter_in(found.rows[0].href) == "country:RO"
    assert found.rows[1].href is None


def test_devices_and_direct_traffic_have_names(make_context: MakeContext) -> None:
    context = make_context()
    devices = list_of(
        TopList(items=(TopDevice(device_type="mobile"), TopDevice(device_type="fridge"))),
        context,
        heading="Device",
        labels="device",
        condition=F.device,
    )
    assert [row.label for row in devices.rows] == ["Mobile", "fridge"]
    referrers = list_of(
        TopList(items=(TopReferrer(referrer="direct"), TopReferrer(referrer="a.example"))),
        context,
        heading="Referrer",
        labels="referrer",
        condition=referrer_condition,
    )
    assert [row.label for row in referrers.rows] == ["Direct", "a.example"]
    assert referrers.rows[0].href is None
    assert filter_in(referrers.rows[1].href) == "search:a.example"


def test_custom_events_have_sparklines(make_context: MakeContext) -> None:
    events = CustomEvents(
        items=(CustomEvent(name="signup", count=3, spark=(1, 0, 2)),), buckets=(), bucket="day"
    )
    found = list_of(
        events, make_context(), heading="Event", labels="text", condition=F.custom_event_name
    )
    assert found.has_sparks
    assert found.rows[0].spark == "0.0,10.0 50.0,20.0 100.0,0.0"
    assert spark_points((5,)) == ""


def test_counts_of_different_measures_are_not_compared(make_context: MakeContext) -> None:
    found = pages(make_context(), TopPage(path="/", count=5), TopPage(path="/a", sessions=500))
    assert found.total == "5"
    assert found.rows[1].value is None
