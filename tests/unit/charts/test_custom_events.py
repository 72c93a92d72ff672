"""Custom events as bars, with when they happened."""

from __future__ import annotations

from loguro_async import CustomEvent, CustomEvents
from loguro_async.charts import chart, to_svg
from tests.unit.charts.samples import HOSTILE, custom_events


def test_each_name_has_a_bar_and_a_strip_of_buckets() -> None:
    bars, strips = chart(custom_events("a", "b", buckets=4))["hconcat"]
    assert [row["name"] for row in bars["data"]["values"]] == ["a", "b"]
    assert len(strips["data"]["values"]) == 2 * 4
    assert bars["height"] == strips["height"]


def test_both_have_room_in_the_width() -> None:
    bars, strips = chart(custom_events("a"), width=500)["hconcat"]
    assert bars["width"] + strips["width"] < 500


def test_without_buckets_there_are_bars_alone() -> None:
    spec = chart(CustomEvents((CustomEvent("a", 3),), (), "day"))
    assert [row["count_text"] for row in spec["data"]["values"]] == ["3"]


def test_without_events_it_says_so() -> None:
    assert chart(CustomEvents((), (), "day"))["data"]["values"] == [
        {"text": "No data in this range"}
    ]


def test_four_hundred_buckets_and_hostile_names_are_drawn() -> None:
    assert "<script" not in to_svg(chart(custom_events(*HOSTILE, buckets=400)))


def test_buckets_in_which_nothing_happened_are_drawn() -> None:
    event = CustomEvent("a", 0, spark=(0, 0))
    buckets = custom_events("a", buckets=2).buckets
    assert to_svg(chart(CustomEvents((event,), buckets, "day"))).startswith("<svg")
