"""Messages to an assistant about invalid arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from loguro_async.integrations.mcp.arguments import (
    ProjectArguments,
    SeriesArguments,
    TopArguments,
    explain,
)
from loguro_async.integrations.mcp.calendar_periods import latest_periods
from loguro_async.query.ranges import Between

KNOWN = ("project", "range", "from", "to", "filter", "by", "limit")


def explanation(**given: Any) -> str:  # noqa: ANN401 - JSON
    with pytest.raises(ValidationError) as refused:
        SeriesArguments.model_validate({"project": "local", "by": "day", **given})
    return explain(refused.value, KNOWN)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("fliter", "filter"),
        ("Filter", "filter"),
        ("rang", "range"),
        ("days", "range"),
        ("n", "limit"),
        ("granularity", "by"),
        ("start", "from"),
        ("from_", "from"),
        ("slug", "project"),
    ],
)
def test_an_unknown_argument_names_the_near_one(name: str, meant: str) -> None:
    assert explanation(**{name: "x"}).startswith(
        f"unknown argument {name!r}: did you mean {meant!r}? "
    )


def test_without_a_near_one_all_are_named() -> None:
    assert explanation(zzz=1) == f"unknown argument 'zzz': this tool takes {', '.join(KNOWN)}"


def test_long_values_are_cut() -> None:
    assert len(explanation(range="x" * 10_000)) < 250
    assert len(explanation(**{"y" * 10_000: 1})) < 250


def test_several_errors_are_reported_in_one_line() -> None:
    assert explanation(limit=0, by="year").count("; ") == 1


@pytest.mark.parametrize("moment", ["2026-06-01", "2026-06-01T00:00:00Z", "2026-06-01T03:00+03:00"])
def test_a_moment_without_an_offset_is_in_utc(moment: str) -> None:
    given = {"project": "local", "by": "day", "from": moment, "to": "2026-06-08"}
    window = SeriesArguments.model_validate(given).window
    assert window == Between(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))


def test_null_is_as_left_out() -> None:
    nothing = dict.fromkeys(("range", "from", "to", "filter"))
    query = {"project": "local", "by": "day", **nothing}
    assert SeriesArguments.model_validate(query).window == "7d"


def test_the_names_of_version_0_1_are_still_taken() -> None:
    given = TopArguments.model_validate(
        {"project": "local", "what": "pages", "span": "30d", "rows": 2}
    )
    assert (given.window, given.limit) == ("30d", 2)


def test_a_former_name_beside_the_present_one_is_an_unknown_argument() -> None:
    found = explanation(span="30d", range="7d")
    assert found.startswith("unknown argument 'span': did you mean 'range'? ")


def test_a_former_name_is_unknown_to_a_tool_without_that_argument() -> None:
    with pytest.raises(ValidationError) as refused:
        ProjectArguments.model_validate({"project": "local", "rows": 2})
    assert explain(refused.value, ("project",)).startswith("unknown argument 'rows'")


def test_a_series_says_how_wide_its_rows_are() -> None:
    with pytest.raises(ValidationError) as refused:
        SeriesArguments.model_validate({"project": "local", "range": "12m"})
    assert explain(refused.value, KNOWN) == "by is missing"


def test_periods_are_cut_at_the_ends_of_the_window() -> None:
    start, end = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    months, more = latest_periods(start, end, "month", 60)
    assert not more
    assert [(one.start.month, one.is_complete) for one in months] == [(1, False), (2, True)]
    assert (months[0].window.start, months[-1].window.end) == (start, end)
    weeks, _ = latest_periods(start, end, "week", 60)
    assert all(one.start.weekday() == 0 for one in weeks)
    assert weeks[0].window.start == start
    assert [one.window.end for one in weeks[:-1]] == [one.start for one in weeks[1:]]


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_the_latest_periods_are_those_of_the_whole_window(
    by: Literal["day", "week", "month"],
) -> None:
    start, end = datetime(2024, 1, 15, 12, tzinfo=UTC), datetime(2026, 3, 1, 7, tzinfo=UTC)
    whole, more = latest_periods(start, end, by, 1_000)
    assert (whole[0].window.start, whole[-1].window.end, more) == (start, end, False)
    for most in (1, 2, 20):
        assert latest_periods(start, end, by, most) == (whole[-most:], True)


def test_the_end_of_the_calendar_is_no_error() -> None:
    last = datetime(9999, 12, 30, tzinfo=UTC)
    periods, _ = latest_periods(last, last.replace(day=31), "month", 5)
    assert [one.start for one in periods] == [datetime(9999, 12, 1, tzinfo=UTC)]
