"""Reports made by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from loguro_async import CustomEvents, TopList, TopReferrer
from loguro_async.report import Failure, ProjectReport, Report, RowChange, TitledList
from tests.unit.charts.samples import custom_events, kpis, pages, series

if TYPE_CHECKING:
    from collections.abc import Sequence

MADE_AT: Final = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


def project(slug: str = "local", names: Sequence[str] = ("/", "/pricing")) -> ProjectReport:
    """A project whose pages, referrers, events and changes have these names."""
    referrers = TopList(tuple(TopReferrer(referrer=name, count=7) for name in names))
    return ProjectReport(
        slug=slug,
        kpis=kpis(),
        timeseries=series(8),
        lists=(TitledList("Pages", pages(*names)), TitledList("Referrers", referrers)),
        custom_events=custom_events(*names),
        changes=tuple(RowChange("Page", name, 90, 150, "pageviews") for name in names),
    )


def silent_project(slug: str = "quiet") -> ProjectReport:
    """A project without traffic, which had some before."""
    return ProjectReport(
        slug, kpis(visitors=0), series(8, scale=0), (), CustomEvents((), (), "day"), ()
    )


def report(*projects: ProjectReport, failures: Sequence[Failure] = (), filter: str = "") -> Report:
    """A report about the last 7 days."""
    return Report("7d", filter, MADE_AT, projects, tuple(failures))


def hostile_report(*names: str) -> Report:
    """A report in which everything that strangers choose has these names."""
    return report(
        *(project(name, names) for name in names),
        silent_project(names[0]),
        failures=[Failure(name, name) for name in names],
        filter=names[0],
    )
