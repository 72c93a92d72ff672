"""``loguro-async live``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from loguro_async import Filter, Project, RecentEvent
from loguro_async.models.row import as_sent
from loguro_async.text import NOTHING
from tests.unit.cli.in_process import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


ROW: dict[str, Any] = {
    "id": "e1",
    "event_type": "pageview",
    "path": "/a\x1b[31m",
    "timestamp": "2026-06-01T12:00:00Z",
}


filters: list[Filter | None] = []
"""The filters of the queries."""


@pytest.fixture
def intervals(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A project of one event, and the intervals that it was asked with."""
    asked: list[float] = []
    filters.clear()

    async def events(
        project: Project, *, interval: float, filter: Filter | None
    ) -> AsyncIterator[RecentEvent]:
        asked.append(interval)
        filters.append(filter)
        event = msgspec.convert(ROW, RecentEvent)
        yield as_sent(event, {**ROW, "new": [1]}, frozenset(ROW))

    monkeypatch.setattr(Project, "live", events, raising=False)
    monkeypatch.setenv("LOGURO_PAT", "pat_made_up")
    return asked


def test_a_pipe_gets_all_that_the_service_sent(intervals: list[float]) -> None:
    done = run("live", "shop", "--interval", "7")
    assert done.status == 0
    assert json.loads(done.out) == {**ROW, "new": [1]}
    assert (intervals, filters) == ([7.0], [None])


@pytest.mark.parametrize(
    ("zone", "time"), [("UTC", "12:00:00 UTC"), ("Europe/Bucharest", "15:00:00 EEST")]
)
def test_a_person_gets_a_line_with_the_zone_that_no_terminal_obeys(
    zone: str, time: str, intervals: list[float]
) -> None:
    done = run("live", "shop", "--tz", zone, in_terminal=True)
    assert done == (0, f"{time}  pageview  /a?[31m  {NOTHING}  {NOTHING}\n", "")


def test_a_filter_is_checked_and_handed_on(intervals: list[float]) -> None:
    assert run("live", "shop", "--filter", "country:RO").status == 0
    assert filters == [Filter.parse("country:RO")]
    assert run("live", "shop", "--filter", "contry:RO").status == 2
    assert len(intervals) == 1


def test_an_unknown_zone_is_refused(intervals: list[float]) -> None:
    assert run("live", "shop", "--tz", "Nowhere/Nope").status == 2
    assert intervals == []
