"""Cards of figures."""

from __future__ import annotations

import msgspec
import pytest

from loguro_async import Count, KpiValues, Visitor
from loguro_async.charts import chart, to_svg
from tests.unit.charts.samples import START, kpis
from tests.unit.charts.texts import overlapping, texts_of


def test_key_figures_have_a_card_each_with_their_change() -> None:
    rows = chart(kpis())["data"]["values"]
    assert [(row["name"], row["value"], row["change"], row["news"]) for row in rows] == [
        ("Visitors", "143", "▲ +19.2%", "good"),
        ("Pageviews", "402", "▲ +14.9%", "good"),
        ("Sessions", "181", "▲ +16.0%", "good"),
        ("Bounce rate", "42.0%", "▼ -5.0 pts", "good"),
        ("Visit length", "1 min 36 s", "▲ +17.5%", "good"),
    ]


def test_without_a_period_before_there_is_no_change() -> None:
    rows = chart(kpis(previous=False))["data"]["values"]
    assert {(row["change"], row["news"]) for row in rows} == {("", "none")}


def test_cards_that_do_not_fit_wrap() -> None:
    def lines(width: int) -> set[float]:
        texts = texts_of(to_svg(chart(kpis(), width=width)))
        return {one.y for one in texts if one.text in {"Visitors", "Visit length"}}

    assert len(lines(640)) == 1
    assert len(lines(300)) == 2


def test_a_count_is_one_card_as_wide_as_the_others() -> None:
    spec = chart(Count(12_345))
    (row,) = spec["data"]["values"]
    assert row["value"] == "12,345"
    assert spec["encoding"]["x"] == chart(kpis())["encoding"]["x"]


@pytest.mark.parametrize("width", [130, 300, 640])
def test_huge_figures_stay_within_their_cards(width: int) -> None:
    now = KpiValues(143 * 10**12, 2**53, 181 * 10**12, 0.42, 987_654_321.0)
    huge = msgspec.structs.replace(kpis(), current=now)
    assert overlapping(to_svg(chart(huge, width=width))) == []


def test_what_is_shown_as_0_has_no_arrow_and_no_colour() -> None:
    now = KpiValues(99_999, 250_001, 100_000, 0.42004, 96.51)
    before = KpiValues(100_000, 250_000, 100_000, 0.42, 96.5)
    rows = chart(msgspec.structs.replace(kpis(), current=now, previous=before))["data"]["values"]
    assert [row["change"] for row in rows] == ["0.0%", "0.0%", "0.0%", "0.0 pts", "0.0%"]
    assert {row["news"] for row in rows} == {"none"}


def test_figures_that_are_not_known_are_dashes() -> None:
    now = KpiValues(0, 0, 0, None, None)
    rows = chart(msgspec.structs.replace(kpis(), current=now))["data"]["values"]
    assert [row["value"] for row in rows] == ["0", "0", "0", "\N{EN DASH}", "\N{EN DASH}"]
    assert rows[3]["change"] == ""


def test_what_is_not_known_of_a_visitor_is_a_dash() -> None:
    rows = chart(Visitor(sessions=3, first_seen=START))["data"]["values"]
    assert [row["value"] for row in rows] == [
        "3",
        "\N{EN DASH}",
        "\N{EN DASH}",
        "04 Jun 2026",
        "\N{EN DASH}",
    ]
