"""Single events, counted by stretches of time."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loguro_async import EventList, RecentEvent, RecentEvents
from loguro_async.charts import chart, to_svg
from loguro_async.charts.theme import LIGHT
from tests.unit.charts.samples import START, event


def at(*seconds: int) -> RecentEvents:
    return RecentEvents(
        tuple(
            RecentEvent(event_type="pageview", timestamp=START + dt.timedelta(seconds=after))
            for after in seconds
        )
    )


def test_types_of_events_stand_upon_each_other() -> None:
    events = EventList((event(0), event(0), event(0, kind="custom")), 3)
    rows = chart(events)["data"]["values"]
    assert [(row["type"], row["low"], row["high"]) for row in rows] == [
        ("custom", 0, 1),
        ("pageview", 1, 3),
    ]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_every_event_is_counted_once_in_not_too_many_stretches(seconds: list[int]) -> None:
    spec = chart(at(*seconds))
    rows = spec["data"]["values"]
    assert sum(row["count"] for row in rows) == len(seconds)
    assert max(row["high"] for row in rows) == spec["encoding"]["y"]["scale"]["domain"][1]
    step = dt.datetime.fromisoformat(rows[0]["end"]) - dt.datetime.fromisoformat(rows[0]["begin"])
    assert (max(seconds) - min(seconds)) / step.total_seconds() <= 60 or step.days == 30


def test_a_single_event_is_a_bar() -> None:
    assert to_svg(chart(at(0))).startswith("<svg")


def test_an_event_without_a_time_has_no_place() -> None:
    spec = chart(RecentEvents((RecentEvent(event_type="pageview"),)))
    assert spec["data"]["values"] == [{"text": "No events in this range"}]


def test_a_type_of_any_length_is_a_short_label() -> None:
    events = EventList((event(0, kind="🎉" * 400),), 1)
    spec = chart(events)
    assert len(spec["data"]["values"][0]["type"]) == 24
    assert to_svg(spec).startswith("<svg")


@pytest.mark.parametrize(
    ("span_s", "clock"),
    [
        (180, "%H:%M:%S"),
        (7_200, "%H:%M"),
        (90_000, "%d %b %H:%M"),
        (10**7, "%d %b"),
        (10**8, "%d %b %Y"),
    ],
)
def test_the_time_axis_has_the_parts_that_differ(span_s: int, clock: str) -> None:
    assert chart(at(0, span_s))["encoding"]["x"]["axis"]["format"] == clock


def test_a_time_axis_that_crosses_midnight_carries_days() -> None:
    late = tuple(
        RecentEvent(event_type="pageview", timestamp=START + dt.timedelta(minutes=after))
        for after in (-30, 30)
    )
    assert chart(RecentEvents(late))["encoding"]["x"]["axis"]["format"] == "%d %b %H:%M"


def test_pageviews_have_the_colour_of_pageviews_everywhere() -> None:
    spec = chart(EventList((event(0), event(1, kind="custom"), event(2, kind="x")), 3))
    scale = spec["encoding"]["color"]["scale"]
    colours = dict(zip(scale["domain"], scale["range"], strict=True))
    assert colours["pageview"] == LIGHT.series[0]
    assert colours["custom"] == LIGHT.events
    assert colours["x"] not in {*LIGHT.series, LIGHT.events}
