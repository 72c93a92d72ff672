"""Pages, made without a network."""

from __future__ import annotations

import re

import pytest

from loguro_async import Count, charts
from tests.unit.charts.samples import ANSWERS, HOSTILE, pages


def test_a_page_holds_all_that_it_needs_and_may_fetch_nothing() -> None:
    page = charts.to_html(charts.chart(Count(3), title="How many"))
    assert "<title>How many</title>" in page
    assert "<h1>How many</h1>" in page
    assert "default-src 'none'; script-src 'unsafe-inline'" in page
    assert "src=" not in page.partition("<script>")[0]
    assert page.count("<script>") == page.count("</script>") == 2


def test_no_name_ends_the_page_s_script_or_its_title() -> None:
    page = charts.to_html(charts.chart(pages(*HOSTILE), title="</title><script>alert(1)</script>"))
    assert page.count("<script>") == page.count("</script>") == 2
    assert "alert(1)\\u003c/script>" in page
    assert "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>" in page


def test_a_page_can_be_made_of_a_specification_without_title_or_colours() -> None:
    assert "<title>Chart</title>" in charts.to_html({"mark": "point", "data": {"values": []}})


def test_the_parts_of_an_overview_have_headings_and_follow_the_screen() -> None:
    page = charts.to_html(charts.chart(ANSWERS["overview"]))
    views = page.rpartition("<script>")[2]
    assert re.findall(r'"title":"(Key figures|Over time|Top pages)","spec"', views) == [
        "Key figures",
        "Over time",
        "Top pages",
    ]
    assert views.count("containerSize()") >= 3


@pytest.mark.parametrize(("width", "widest"), [(None, 1_200), (300, 300)])
def test_a_chart_is_no_wider_than_the_given_width(width: int | None, widest: int) -> None:
    page = charts.to_html(charts.chart(Count(3), width=width))
    assert f"max-width: {widest}px" in page


def test_a_chart_that_cannot_be_drawn_is_reported_in_one_line() -> None:
    with pytest.raises(ValueError, match="cannot be drawn") as refused:
        charts.to_html({"mark": "no such mark", "data": {"values": []}})
    assert "\n" not in str(refused.value)
