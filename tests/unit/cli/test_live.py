"""``loguro-async live``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from loguro_async import Project, RecentEvent
from loguro_async.cli import live
from loguro_async.cli.app import app
from loguro_async.models.rows import as_sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


ROW: dict[str, Any] = {
    "id": "e1",
    "event_type": "pageview",
    "path": "/a\x1b[31m",
    "timestamp": "2026-06-01T12:00:00Z",
}


@pytest.fixture
def intervals(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A project of one event, and the intervals that it was asked with."""
    asked: list[float] = []

    async def events(project: Project, *, interval: float) -> AsyncIterator[RecentEvent]:
        asked.append(interval)
        event = msgspec.convert(ROW, RecentEvent)
        yield as_sent(event, {**ROW, "new": [1]}, frozenset(ROW))

    monkeypatch.setattr(Project, "live", events, raising=False)
    monkeypatch.setenv("LOGURO_PAT", "pat_made_up")
    return asked


def run(*more: str) -> Result:
    return CliRunner().invoke(app, ["live", "shop", *more])


def test_a_pipe_gets_all_that_the_service_sent(intervals: list[float]) -> None:
    done = run("--interval", "7")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {**ROW, "new": [1]}
    assert intervals == [7.0]


def test_a_person_gets_a_line_that_no_terminal_obeys(
    intervals: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "is_terminal", lambda: True)
    done = run()
    assert re.fullmatch(r"\d\d:\d\d:\d\d  pageview  /a\?\[31m  -  -\n", done.stdout)
