"""The data of a report, which all formats use."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from msgspec import Struct

from loguro_async.charts.formatting import change, moment, zone_name
from loguro_async.models.events import CustomEvents
from loguro_async.models.kpis import Kpis, KpiValues, Timeseries
from loguro_async.models.top_lists import TopList
from loguro_async.query.ranges import Between

_PERIODS: Final = {
    "1h": "the last hour",
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "3m": "the last 3 months",
    "12m": "the last 12 months",
    "all": "all time",
}


class RowChange(Struct, frozen=True):
    """The change of one row of a list since the period before.

    Attributes:
        kind: What the row is, such as ``"Page"``.
        name: The row's label, as the service sent it; ``None`` where it sent none.
        now: The count in the range; 0 for a row that is gone.
        before: The count in the period before.
        unit: What is counted, such as ``"pageviews"``.
    """

    kind: str
    name: str | None
    now: int
    before: int
    unit: str | None = None

    @property
    def difference(self) -> int:
        """How many more there are; below 0, how many fewer."""
        return self.now - self.before

    @property
    def change(self) -> str:
        """The change in percent, as text."""
        return change(self.now, self.before).text


class TitledList(Struct, frozen=True):
    """A top list and its heading."""

    title: str
    rows: TopList[Any]


class ProjectReport(Struct, frozen=True):
    """The figures of one project.

    Attributes:
        slug: The project.
        kpis: Its key figures, now and before.
        timeseries: Its series; its points hold the period before, where that is known.
        lists: The top lists.
        custom_events: The custom events by name.
        changes: The rows that changed most, up or down, largest first.
    """

    slug: str
    kpis: Kpis
    timeseries: Timeseries
    lists: tuple[TitledList, ...]
    custom_events: CustomEvents
    changes: tuple[RowChange, ...]

    @property
    def fell_silent(self) -> bool:
        """Whether it had traffic in the period before, and has none now."""
        before = self.kpis.previous
        return before is not None and _traffic(self.kpis.current) == 0 < _traffic(before)


def _traffic(values: KpiValues) -> int:
    return values.visitors + values.pageviews + values.sessions


class Failure(Struct, frozen=True):
    """A project that could not be fetched, and why."""

    slug: str
    reason: str


class Report(Struct, frozen=True):
    """The figures of several projects.

    Attributes:
        range: The chip, or the window, of the figures.
        filter: The filter, in the dashboard's syntax; empty where there is none.
        made_at: When the figures were fetched, in UTC.
        projects: In the order of the slugs.
        failures: The projects that could not be fetched.
        tz: The time zone in which times are shown.
    """

    range: str | Between
    filter: str
    made_at: dt.datetime
    projects: tuple[ProjectReport, ...]
    failures: tuple[Failure, ...] = ()
    tz: dt.tzinfo = dt.UTC

    @property
    def silent(self) -> tuple[ProjectReport, ...]:
        """The projects that fell silent."""
        return tuple(project for project in self.projects if project.fell_silent)

    @property
    def period(self) -> str:
        """The range in words."""
        if isinstance(self.range, Between):
            start, end = self.local(self.range.start), self.local(self.range.end)
            return f"{moment(start)} to {moment(end)} {zone_name(self.tz)}"
        return _PERIODS[self.range]

    def local(self, at: dt.datetime) -> dt.datetime:
        """Returns a moment in the report's time zone."""
        return at.astimezone(self.tz)
