"""The series, and the period before it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from loguro_async import Count, InvalidQueryError, Timeseries
from loguro_async.charts import chart, to_svg
from loguro_async.charts.series import with_previous
from loguro_async.charts.theme import LIGHT
from loguro_async.models.response_base import note_received
from tests.unit.charts.samples import DAY, HOUR, START, series
from tests.unit.charts.texts import texts_of


def texts(spec: dict[str, Any]) -> list[str]:
    return [row["text"] for row in spec["data"]["values"] if "text" in row]


def counts(spec: dict[str, Any], metric: str, period: str = "this period") -> list[float]:
    return [
        row["count"]
        for row in spec["data"]["values"]
        if (row["metric"], row["period"]) == (metric, period)
    ]


def labels_of(spec: dict[str, Any]) -> list[str]:
    return [one.text for one in texts_of(to_svg(spec))]


@pytest.mark.parametrize("buckets", [1, 2, 31, 32, 100])
def test_each_bucket_has_a_row_for_each_metric_and_period(buckets: int) -> None:
    spec = chart(series(buckets))
    assert len(spec["data"]["values"]) == buckets * 3 * 2
    assert to_svg(spec).startswith("<svg")


def test_without_buckets_it_says_so() -> None:
    assert texts(chart(series(0))) == ["No data in this range"]


def test_without_a_period_before_there_is_no_legend_of_periods() -> None:
    spec = chart(series(3, previous=False))
    assert spec["encoding"]["strokeDash"]["legend"] is None
    assert {row["period"] for row in spec["data"]["values"]} == {"this period"}


def test_the_period_before_is_drawn_behind() -> None:
    lines = [layer for layer in chart(series(3))["layer"] if layer["mark"]["type"] == "line"]
    behind, before = (layer["transform"][0]["filter"]["and"][0]["equal"] for layer in lines)
    assert (behind, before) == ("period before", "this period")


def test_one_metric_can_be_chosen() -> None:
    spec = chart(series(3), metric="sessions")
    assert {row["metric"] for row in spec["data"]["values"]} == {"Sessions"}
    assert spec["encoding"]["color"]["scale"]["range"] == [LIGHT.series[2]]
    with pytest.raises(InvalidQueryError, match="pageviews, visitors, sessions"):
        chart(series(3), metric="bounces")  # type: ignore[arg-type]
    with pytest.raises(InvalidQueryError, match="Count"):
        chart(Count(3), metric="visitors")


def with_sessions(shown: Timeseries, apart: int) -> Timeseries:
    items = tuple(
        msgspec.structs.replace(point, sessions=(point.visitors or 0) + apart)
        for point in shown.items
    )
    return msgspec.structs.replace(shown, items=items)


def widths(spec: dict[str, Any]) -> dict[str, float]:
    return {
        name: layer["mark"]["strokeWidth"]
        for layer in spec["layer"]
        if layer["mark"]["type"] == "line"
        for name in layer["transform"][0]["filter"]["and"][1]["oneOf"]
    }


def test_of_two_lines_that_coincide_the_lower_one_is_wider() -> None:
    apart = widths(chart(with_sessions(series(8, previous=False), 30)))
    together = widths(chart(with_sessions(series(8, previous=False), 0)))
    assert len(set(apart.values())) == 1
    assert together["Visitors"] > 2 * together["Sessions"]
    assert together["Sessions"] == apart["Sessions"]


def test_a_bucket_that_is_not_over_yet_is_dashed() -> None:
    shown = series(8, previous=False)
    note_received(shown, raw=b"", fetched_at=START + 7 * DAY + 10 * HOUR, shape=Timeseries)
    spec = chart(shown)
    assert len(counts(spec, "Visitors")) == 7
    assert counts(spec, "Visitors", "not over yet") == [
        shown.items[6].visitors,
        shown.items[7].visitors,
    ]
    dashes = spec["encoding"]["strokeDash"]["scale"]
    assert dashes["domain"] == ["this period", "not over yet"]
    assert "not over yet" in labels_of(spec)


def test_a_line_breaks_where_buckets_or_counts_are_missing() -> None:
    first, second, third, *rest = series(8, previous=False).items
    unknown = msgspec.structs.replace(third, visitors=None)
    spec = chart(Timeseries((first, second, unknown, *rest[2:]), "day"))
    rows = [row for row in spec["data"]["values"] if row["metric"] == "Visitors"]
    parts = [row["part"] for row in rows]
    assert len(rows) == 5
    assert parts[0] == parts[1] < parts[2] == parts[3] == parts[4]


def test_a_point_without_neighbours_is_drawn_among_many() -> None:
    items = series(60, previous=False).items
    alone = Timeseries((*items[:20], items[22], *items[24:]), "day")
    dots = [row["at"] for row in chart(alone)["data"]["values"] if row["dot"]]
    assert set(dots) == {f"{items[22].bucket:%Y-%m-%dT%H:%M:%SZ}"}


def test_another_series_can_be_the_period_before_bucket_by_bucket() -> None:
    now, before = series(3, previous=False), series(2, previous=False, scale=2)
    joined = with_previous(now, before)
    assert [point.previous_visitors for point in joined.items] == [
        before.items[0].visitors,
        before.items[1].visitors,
        None,
    ]
    assert [point.visitors for point in joined.items] == [point.visitors for point in now.items]
    assert chart(now, previous=before) == chart(joined)


def test_what_the_period_before_has_more_of_has_no_counterpart() -> None:
    joined = with_previous(series(2), series(9, previous=False, scale=3))
    assert len(joined.items) == 2
    assert joined.items[1].previous_pageviews == series(9, scale=3).items[1].pageviews


def test_it_replaces_the_previous_counts_of_the_series() -> None:
    joined = with_previous(series(3), Timeseries((), "day"))
    assert {point.previous_sessions for point in joined.items} == {None}


def test_few_buckets_have_points_and_many_are_a_line() -> None:
    few, many, one = (chart(series(buckets)) for buckets in (31, 32, 1))
    assert any(row["dot"] for row in few["data"]["values"])
    assert not any(row["dot"] for row in many["data"]["values"])
    assert all(row["dot"] for row in one["data"]["values"])


def test_where_nothing_happened_the_axis_still_has_a_top() -> None:
    assert chart(series(3, scale=0))["encoding"]["y"]["scale"] == {"domainMin": 0, "domainMax": 1}


@pytest.mark.parametrize(
    ("shown", "label"),
    [
        (series(24, hourly=True), "00:0004 Jun"),
        (series(48, hourly=True), "00:0005 Jun"),
        (series(30), "04 Jun"),
        (series(365), "01 Jun2026"),
        (series(1_000), "Jun 2026"),
    ],
)
def test_the_time_axis_carries_dates(shown: Timeseries, label: str) -> None:
    texts = labels_of(chart(shown))
    assert label in texts
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("buckets", "title"),
    [(2, "by day (UTC)"), (300, "mean day of each week"), (1_000, "mean day of each month")],
)
def test_long_ranges_are_drawn_by_week_or_month(buckets: int, title: str) -> None:
    spec = chart(series(buckets))
    assert spec["encoding"]["x"]["axis"]["title"].startswith(title)
    assert len(spec["data"]["values"]) <= 110 * 3 * 2


@pytest.mark.parametrize("buckets", [400, 1_000])
def test_no_peak_is_lost_in_a_long_range(buckets: int) -> None:
    items = list(series(buckets, previous=False).items)
    items[buckets // 2] = msgspec.structs.replace(items[buckets // 2], visitors=9_876)
    spec = chart(Timeseries(tuple(items), "day"), metric="visitors")
    assert max(row["high"] for row in spec["data"]["values"]) == 9_876
    assert spec["layer"][0]["mark"]["type"] == "area"
    assert "8K" in labels_of(spec)


def test_visitors_of_several_days_are_not_added_up() -> None:
    spec = chart(series(400, previous=False), metric="visitors")
    daily = [point.visitors or 0 for point in series(400).items]
    assert (
        min(daily) <= min(counts(spec, "Visitors")) <= max(counts(spec, "Visitors")) <= max(daily)
    )


def test_huge_counts_have_short_labels() -> None:
    texts = labels_of(chart(series(8, scale=10**9)))
    assert "100B" in texts or "150B" in texts
    assert not [text for text in texts if "G" in text]


def test_hours_are_those_of_utc_wherever_it_is_drawn() -> None:
    spec = chart(series(2, hourly=True))
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}
    assert spec["data"]["values"][0]["at"] == "2026-06-04T00:00:00Z"
    assert spec["data"]["values"][0]["when"] == "04 Jun 2026, 00:00 UTC"
