"""Top lists as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

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
from loguro_async.charts.bars import bar_list
from tests.unit.charts.samples import pages
from tests.unit.charts.texts import overlapping

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
    assert [(bar.name, bar.count) for bar in bar_list(TopList((row,))).bars] == [(name, 3)]


def test_locations_are_counted_by_country() -> None:
    rows = (TopLocation(country_code=code) for code in ("RO", "US", "RO", None))
    listed = bar_list(TopList(tuple(rows)))
    assert (listed.heading, listed.unit) == ("Country", "visitors")
    assert [(bar.name, bar.count) for bar in listed.bars] == [
        ("RO", 2),
        ("US", 1),
        ("\N{EN DASH}", 1),
    ]


@pytest.mark.parametrize(
    ("row", "count"),
    [
        (TopPage(count=0, visitors=4), 0),
        (TopPage(pageviews=5, visitors=4), 5),
        (TopPage(sessions=6), 6),
        (TopPage(visitors=7), None),
        (TopPage(), None),
    ],
)
def test_the_count_is_whatever_the_service_gave(row: TopPage, count: int | None) -> None:
    assert bar_list(TopList((row,))).bars[0].count == count


def drawn(spec: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = spec["data"]["values"]
    assert rows[0]["row"] == -1
    return rows[1:]


def test_a_row_without_name_or_count_has_dashes() -> None:
    spec = chart(TopList((TopPage(),)))
    (row,) = drawn(spec)
    assert (row["name"], row["count_text"]) == ("\N{EN DASH}", "\N{EN DASH}")
    assert to_svg(spec).startswith("<svg")


def test_count_and_change_have_columns_with_headings() -> None:
    head, row = chart(pages("/"))["data"]["values"]
    assert (head["name"], head["count_text"], head["change"]) == ("Page", "Pageviews", "Change")
    assert (row["name"], row["count_text"], row["change"]) == ("/", "100", "+12%")
    unchanged = chart(TopList((TopPage(path="/", count=3),)))
    assert unchanged["data"]["values"][0]["change"] == ""
    assert len(unchanged["layer"]) < len(chart(pages("/"))["layer"])


def test_a_row_of_another_unit_has_no_bar() -> None:
    rows = (TopReferrer(referrer="a", count=9), TopReferrer(referrer="b", sessions=900))
    listed = bar_list(TopList(rows))
    assert (listed.unit, listed.top) == ("events", 9)
    assert [row["count"] for row in drawn(chart(TopList(rows)))] == [9, None]
    assert drawn(chart(TopList(rows)))[1]["count_text"] == "900 sessions"


def test_two_rows_of_one_name_are_two_bars() -> None:
    spec = chart(pages("/same", "/same"))
    assert [row["row"] for row in drawn(spec)] == [0, 1]
    assert spec["encoding"]["y"]["field"] == "row"


def test_a_long_path_keeps_its_end_and_is_whole_in_the_tooltip() -> None:
    path = "/" + "section/" * 40 + "the-page"
    (row,) = drawn(chart(pages(path)))
    assert row["wide"].startswith("/section/")
    assert row["wide"].endswith("the-page")
    assert "…" in row["wide"]
    assert len(row["narrow"]) < len(row["wide"])
    assert row["name"] == path


def test_percent_encoded_paths_are_decoded_and_stay_apart() -> None:
    paths = ["/%E4%BA%A7%E5%93%81", "/a%20b", "/a b"]
    assert [row["name"] for row in drawn(chart(pages(*paths)))] == ["/产品", "/a%20b", "/a b"]


def test_there_is_a_height_for_each_row() -> None:
    one, two, ten = (chart(pages(*names))["height"] for names in ("a", "ab", "abcdefghij"))
    assert ten - one == 9 * (two - one) > 0


@pytest.mark.parametrize("width", [220, 640])
def test_no_text_is_drawn_over_another(width: int) -> None:
    rows = pages("/" + "long/" * 40, "/" + "日本語" * 40)
    huge = TopList(tuple(structs.replace(row, count=2**53, delta_pct=9e9) for row in rows.items))
    for spec in (chart(rows, width=width), chart(huge, width=max(width, 300))):
        assert overlapping(to_svg(spec)) == []


def test_an_empty_list_says_so() -> None:
    empty: TopList[TopPage] = TopList(())
    assert chart(empty)["data"]["values"] == [{"text": "No data in this range"}]


def test_rows_of_an_unknown_kind_are_refused() -> None:
    class Unknown(Row, frozen=True):
        """Some row."""

    with pytest.raises(TypeError, match="Unknown"):
        chart(TopList((Unknown(),)))
