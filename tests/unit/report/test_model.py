"""Values that a report computes from its figures."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from loguro_async import Between
from loguro_async.report import Report, RowChange
from tests.unit.charts.samples import kpis, series
from tests.unit.report.samples import MADE_AT, project, report, silent_project


def test_a_project_fell_silent_that_had_traffic_and_has_none() -> None:
    assert silent_project().fell_silent
    assert not project().fell_silent
    assert report(project(), silent_project()).silent == (silent_project(),)


def test_without_a_period_before_no_project_fell_silent() -> None:
    quiet = silent_project()
    newborn = type(quiet)(
        "new", kpis(visitors=0, previous=False), series(0), (), quiet.custom_events, ()
    )
    assert not newborn.fell_silent


@pytest.mark.parametrize(
    ("range", "period"),
    [
        ("24h", "the last 24 hours"),
        ("all", "all time"),
        (Between.day(dt.date(2026, 6, 1)), "01 Jun 2026 00:00 to 02 Jun 2026 00:00 UTC"),
    ],
)
def test_the_period_is_said_in_words(range: str | Between, period: str) -> None:
    assert Report(range, "", MADE_AT, ()).period == period


def test_the_period_is_said_in_the_report_s_zone() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    week = Between.week(dt.date(2026, 6, 3), tz=zone)
    shown = Report(week, "", MADE_AT, (), tz=zone)
    assert shown.period == "01 Jun 2026 00:00 to 08 Jun 2026 00:00 America/Los_Angeles"


def test_a_change_is_up_or_down() -> None:
    fall = RowChange("Page", "/", 3, 5)
    assert (fall.difference, fall.change) == (-2, "-40.0%")
