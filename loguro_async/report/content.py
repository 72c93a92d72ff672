"""What a report says: plain data, of which every form of it is made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct

from loguro_async.charts.text import change
from loguro_async.models.events import CustomEvents
from loguro_async.models.kpis import Kpis, KpiValues, Timeseries
from loguro_async.models.responses import TopList
from loguro_async.query.ranges import Between


class Move(Struct, frozen=True):
    """Something that was counted now and in the period before.

    Attributes:
        kind: What it is, such as ``"Page"``.
        name: Which one, in characters that show.
        now: The count in the range.
        before: The count in the period before.
    """

    kind: str
    name: str
    now: int
    before: int

    @property
    def rise(self) -> int:
        """How many more there are; below 0, how many fewer."""
        return self.now - self.before

    @property
    def change(self) -> str:
        """The rise in percent, as text."""
        return change(self.now, self.before)


class TitledList(Struct, frozen=True):
    """A top list and its heading."""

    title: str
    rows: TopList[Any]


class ProjectReport(Struct, frozen=True):
    """What is to be said of one project.

    Attributes:
        slug: The project.
        kpis: Its key figures, now and before.
        timeseries: Its series; its points hold the period before, where that is known.
        lists: The top lists.
        custom_events: The custom events by name.
        moves: What changed most, whether up or down, largest first.
    """

    slug: str
    kpis: Kpis
    timeseries: Timeseries
    lists: tuple[TitledList, ...]
    custom_events: CustomEvents
    moves: tuple[Move, ...]

    @property
    def fell_silent(self) -> bool:
        """Whether it had traffic in the period before, and has none now."""
        before = self.kpis.previous
        return before is not None and _traffic(self.kpis.current) == 0 < _traffic(before)


def _traffic(values: KpiValues) -> int:
    return values.visitors + values.pageviews + values.sessions


class Failure(Struct, frozen=True):
    """A project of which nothing can be said, and why."""

    slug: str
    reason: str


class Report(Struct, frozen=True):
    """What is to be said of some projects.

    Attributes:
        range: The chip, or the window, that was asked for.
        filter: The filter, in the dashboard's syntax; empty where there is none.
        made_at: When the figures were fetched, in UTC.
        projects: In the order in which they were asked for.
        failures: Those that could not be fetched.
    """

    range: str | Between
    filter: str
    made_at: dt.datetime
    projects: tuple[ProjectReport, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def silent(self) -> tuple[ProjectReport, ...]:
        """The projects that fell silent."""
        return tuple(project for project in self.projects if project.fell_silent)

    @property
    def period(self) -> str:
        """From when to when, in words."""
        if isinstance(self.range, Between):
            start, end = self.range.start, self.range.end
            return f"{start:%d %b %Y %H:%M} to {end:%d %b %Y %H:%M} UTC"
        return _PERIODS[self.range]


_PERIODS = {
    "1h": "the last hour",
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "3m": "the last 3 months",
    "12m": "the last 12 months",
    "all": "all time",
}
