"""Custom events as bars, with when they happened."""

from __future__ import annotations

from typing import Any

import pytest

from loguro_async import CustomEvent, CustomEvents
from loguro_async.charts import chart, to_svg
from tests.unit.charts.samples import HOSTILE, custom_events
from tests.unit.charts.texts import overlapping


def parts(spec: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    bars, strips = spec["layer"]
    return bars["data"]["values"][1:], strips["data"]["values"]


def test_each_name_has_a_bar_and_a_strip_of_buckets() -> None:
    bars, cells = parts(chart(custom_events("a", "b", buckets=4)))
    assert [row["name"] for row in bars] == ["a", "b"]
    assert len(cells) == 2 * 4
    assert {cell["row"] for cell in cells} == {row["row"] for row in bars}


@pytest.mark.parametrize("width", [260, 500, 900])
def test_both_fit_into_the_width(width: int) -> None:
    spec = chart(custom_events("a-long-name-of-an-event", "b"), width=width)
    assert overlapping(to_svg(spec)) == []


def test_without_buckets_there_are_bars_alone() -> None:
    spec = chart(CustomEvents((CustomEvent("a", 3),), (), "day"))
    assert [row["count_text"] for row in spec["data"]["values"]] == ["Events", "3"]


def test_an_unknown_count_of_a_bucket_leaves_its_place_empty() -> None:
    event = CustomEvent("a", 3, spark=(1, None, 2))
    _, cells = parts(chart(CustomEvents((event,), custom_events("a", buckets=3).buckets, "day")))
    assert [(cell["bucket"], cell["count"]) for cell in cells] == [(0, 1), (2, 2)]


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
