from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from loguro_async.models.kpis import Kpis, KpiValues, RangeInfo, TimeseriesPoint

RANGE = {
    "from": "2026-06-04T10:00:00.000Z",
    "to": "2026-06-11T10:00:00.000Z",
    "bucket": "day",
    "hasPrevious": False,
}
VALUES = {"visitors": 1, "pageviews": 2, "sessions": 1, "bounceRate": 0, "avgDurationSec": 9}
POINT = {"bucket": "2026-06-10T00:00:00.000Z", "pageviews": 84, "visitors": 51, "sessions": 63}


def test_attributes_are_in_snake_case_and_json_has_the_service_s_names() -> None:
    values = msgspec.convert(VALUES, KpiValues)

    assert (values.bounce_rate, values.avg_duration_sec) == (0.0, 9.0)
    assert msgspec.to_builtins(values) == VALUES


def test_timestamps_are_aware() -> None:
    span = msgspec.convert(RANGE, RangeInfo)

    assert span.from_ == dt.datetime(2026, 6, 4, 10, tzinfo=dt.UTC)
    assert span.to == dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


def test_a_window_of_one_s_own_has_no_chip() -> None:
    assert msgspec.convert(RANGE, RangeInfo).chip is None
    assert msgspec.convert({**RANGE, "chip": None}, RangeInfo).chip is None


def test_there_may_be_no_period_before() -> None:
    answer = msgspec.convert({"current": VALUES, "previous": None, "range": RANGE}, Kpis)

    assert answer.previous is None
    assert not answer.range.has_previous


def test_a_bucket_without_a_counterpart_is_read() -> None:
    point = msgspec.convert(POINT, TimeseriesPoint)

    assert (point.previous_pageviews, point.previous_visitors, point.previous_sessions) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("shape", "members", "required"),
    [
        (KpiValues, VALUES, {"visitors", "pageviews", "sessions"}),
        (RangeInfo, RANGE, set[str]()),
        (TimeseriesPoint, POINT, {"bucket"}),
    ],
)
def test_only_what_a_response_is_useless_without_must_be_there(
    shape: type[msgspec.Struct], members: dict[str, Any], required: set[str]
) -> None:
    msgspec.convert({name: members[name] for name in required}, shape)
    for name in required:
        rest = {key: value for key, value in members.items() if key != name}
        with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
            msgspec.convert(rest, shape)
    for name in members.keys() - required:
        assert msgspec.convert({**members, name: None}, shape) is not None


@pytest.mark.parametrize(
    ("shape", "members"),
    [
        (KpiValues, {**VALUES, "visitors": -1}),
        (KpiValues, {**VALUES, "visitors": 1.5}),
        (KpiValues, {**VALUES, "visitors": 2**53 + 1}),
        (KpiValues, {**VALUES, "visitors": "1"}),
        (KpiValues, {**VALUES, "visitors": None}),
        (KpiValues, {**VALUES, "bounceRate": "0.4"}),
        (RangeInfo, {**RANGE, "from": "2026-06-04T10:00:00"}),
        (RangeInfo, {**RANGE, "from": "yesterday"}),
        (RangeInfo, {**RANGE, "hasPrevious": 1}),
        (TimeseriesPoint, {**POINT, "previousVisitors": "many"}),
    ],
)
def test_the_strict_pass_refuses_another_type(
    shape: type[msgspec.Struct], members: dict[str, Any]
) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(members, shape)
