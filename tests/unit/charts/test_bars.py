"""Top lists as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loguro_async import (
    Row,
    TopBrowser,
    TopCountry,
    TopDevice,
    TopEntryPage,
    TopExitPage,
    TopFlow,
    TopList,
    TopLocation,
    TopOs,
    TopPage,
    TopReferrer,
)
from loguro_async.charts import chart, to_svg
from loguro_async.charts.bars import Bar, bars_of
from tests.unit.charts.samples import pages

if TYPE_CHECKING:
    from loguro_async.models.top_lists import TopRow


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (TopPage(path="/a", count=3), "/a"),
        (TopEntryPage(path="/a", count=3), "/a"),
        (TopExitPage(path="/a", count=3), "/a"),
        (TopReferrer(referrer="direct", count=3), "direct"),
        (TopCountry(country_code="RO", count=3), "RO"),
        (TopBrowser(browser_family="Chrome", count=3), "Chrome"),
        (TopOs(os_family="macOS", count=3), "macOS"),
        (TopDevice(device_type="mobile", count=3), "mobile"),
        (TopFlow(steps=("/", "/b"), count=3), "/ → /b"),
    ],
)
def test_each_list_shows_what_it_counted(row: TopRow, name: str) -> None:
    assert bars_of(TopList((row,))) == (Bar(name, 3),)


def test_locations_are_counted_by_country() -> None:
    rows = (TopLocation(country_code=code) for code in ("RO", "US", "RO", None))
    assert bars_of(TopList(tuple(rows))) == (
        Bar("RO", 2),
        Bar("US", 1),
        Bar("\N{EN DASH}", 1),
    )


@pytest.mark.parametrize(
    ("row", "count"),
    [
        (TopPage(count=0, visitors=4), 0),
        (TopPage(pageviews=5, visitors=4), 5),
        (TopPage(sessions=6), 6),
        (TopPage(visitors=7), 7),
        (TopPage(), None),
    ],
)
def test_the_count_is_whatever_the_service_gave(row: TopPage, count: int | None) -> None:
    assert bars_of(TopList((row,)))[0].count == count


def test_a_row_without_name_or_count_has_dashes() -> None:
    spec = chart(TopList((TopPage(),)))
    (row,) = spec["data"]["values"]
    assert (row["name"], row["count_text"]) == ("\N{EN DASH}", "\N{EN DASH}")
    assert to_svg(spec).startswith("<svg")


def test_the_change_stands_beside_the_count() -> None:
    assert chart(pages("/"))["data"]["values"][0]["count_text"] == "100  +12%"


def test_two_rows_of_one_name_are_two_bars() -> None:
    spec = chart(pages("/same", "/same"))
    assert [row["place"] for row in spec["data"]["values"]] == [0, 1]
    assert spec["encoding"]["y"]["field"] == "place"


def test_a_long_path_keeps_its_end_and_is_whole_in_the_tooltip() -> None:
    path = "/" + "section/" * 40 + "the-page"
    (row,) = chart(pages(path))["data"]["values"]
    assert row["shown"].startswith("/section/")
    assert row["shown"].endswith("the-page")
    assert "…" in row["shown"]
    assert row["name"] == path


def test_there_is_a_height_for_each_row() -> None:
    assert chart(pages(*"abcdefghij"))["height"] == 10 * chart(pages("a"))["height"]


def test_an_empty_list_says_so() -> None:
    empty: TopList[TopPage] = TopList(())
    assert chart(empty)["data"]["values"] == [{"text": "No data in this range"}]


def test_rows_of_an_unknown_kind_are_refused() -> None:
    class Unknown(Row, frozen=True):
        """Some row."""

    with pytest.raises(TypeError, match="Unknown"):
        chart(TopList((Unknown(),)))
