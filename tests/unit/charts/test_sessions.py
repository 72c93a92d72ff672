"""Visits, one below the other."""

from __future__ import annotations

from loguro_async import VisitorSessions
from loguro_async.charts import chart, to_svg
from tests.unit.charts.samples import HOSTILE, visits


def test_each_visit_is_a_bar_of_its_length_with_a_tick_for_each_event() -> None:
    bars, ticks, _ = chart(visits("/", "/a"))["layer"]
    assert [row["minutes"] for row in bars["data"]["values"]] == [4, 5]
    assert [row["minute"] for row in ticks["data"]["values"]] == [0, 2, 0, 2]


def test_a_visit_says_when_it_began_and_how_long_it_was() -> None:
    text = chart(visits("/"))["layer"][2]["data"]["values"][0]["text"]
    assert text == "04 Jun 2026 00:00 UTC, 4 min 00 s, 2 pages"


def test_without_visits_it_says_so() -> None:
    assert chart(VisitorSessions(()))["data"]["values"] == [{"text": "No visits"}]


def test_hostile_names_are_drawn() -> None:
    assert "<script" not in to_svg(chart(visits(*HOSTILE)))
