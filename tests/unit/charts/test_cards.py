"""Cards of figures."""

from __future__ import annotations

from loguro_async import Count, Visitor
from loguro_async.charts import chart
from tests.unit.charts.samples import START, kpis


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


def test_a_count_is_one_card_as_wide_as_the_others() -> None:
    spec = chart(Count(12_345))
    (row,) = spec["data"]["values"]
    assert row["value"] == "12,345"
    assert spec["encoding"]["x"]["scale"]["domain"] == [0, 4.95]


def test_what_is_not_known_of_a_visitor_is_a_dash() -> None:
    rows = chart(Visitor(sessions=3, first_seen=START))["data"]["values"]
    assert [row["value"] for row in rows] == [
        "3",
        "\N{EN DASH}",
        "\N{EN DASH}",
        "04 Jun 2026",
        "\N{EN DASH}",
    ]


def test_values_that_are_long_are_written_smaller() -> None:
    small, large = (chart(Count(count))["layer"][2]["mark"]["fontSize"] for count in (2**53, 1))
    assert small < large
