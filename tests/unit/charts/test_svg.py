"""SVG and pages, made without a network."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from loguro_async import Count, charts
from tests.unit.charts.samples import ANSWERS, HOSTILE, pages

NOT_DRAWABLE: dict[str, Any] = {"mark": "no such mark", "data": {"values": []}}
ASKING: dict[str, Any] = {"mark": "bar", "data": {"url": "http://127.0.0.1:9/data.json"}}


def test_an_svg_is_drawn_in_the_theme_s_colours() -> None:
    svg = charts.to_svg(charts.chart(ANSWERS["pages"], theme="dark"))
    assert svg.startswith("<svg")
    assert "#14191f" in svg


@pytest.mark.parametrize("spec", [NOT_DRAWABLE, ASKING])
def test_what_cannot_be_drawn_is_told_in_one_line(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be drawn") as refused:
        charts.to_svg(spec)
    assert "\n" not in str(refused.value)


def test_data_from_elsewhere_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        charts.to_svg(ASKING)


def test_a_page_holds_all_that_it_needs_and_may_fetch_nothing() -> None:
    page = charts.to_html(charts.chart(Count(3), title="How many"))
    assert "<title>How many</title>" in page
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


async def test_without_the_extra_pictures_name_it_and_specifications_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    spec = charts.chart(Count(3))
    named = r'pip install "loguro-async\[charts\]"'
    with pytest.raises(ImportError, match=named):
        charts.to_svg(spec)
    with pytest.raises(ImportError, match=named):
        await charts.to_png(spec)
