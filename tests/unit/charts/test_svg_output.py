"""SVG, made without a network."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from loguro_async import Count, charts
from tests.unit.charts.samples import ANSWERS

NOT_DRAWABLE: dict[str, Any] = {"mark": "no such mark", "data": {"values": []}}
ASKING: dict[str, Any] = {"mark": "bar", "data": {"url": "http://127.0.0.1:9/data.json"}}


def test_an_svg_is_drawn_in_the_theme_s_colours() -> None:
    svg = charts.to_svg(charts.chart(ANSWERS["pages"], theme="dark"))
    assert svg.startswith("<svg")
    assert "#14191f" in svg


@pytest.mark.parametrize("spec", [NOT_DRAWABLE, ASKING])
def test_a_chart_that_cannot_be_drawn_is_reported_in_one_line(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be drawn") as refused:
        charts.to_svg(spec)
    assert "\n" not in str(refused.value)


def test_data_from_elsewhere_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        charts.to_svg(ASKING)


def test_what_a_chart_shows_is_said_in_words() -> None:
    for name, response in ANSWERS.items():
        spec = charts.chart(response)
        assert len(spec["description"]) > 5, name
    assert "Visitors 143 (▲ +19.2%)" in charts.chart(ANSWERS["kpis"])["description"]
    assert "/pricing 300" in charts.chart(ANSWERS["pages"])["description"]


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
