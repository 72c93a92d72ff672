"""Reports of an embedded Loguro: fetched, written, and from the command line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from loguro_async import (
    AuthenticationError,
    Between,
    F,
    InvalidQueryError,
    LoguroClient,
)
from loguro_async.emulator import LoguroEmulator
from loguro_async.report import gather, to_html, to_markdown
from tests.integration.command import ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop"), "events": 3_000}


async def test_a_report_says_what_the_service_says(loguro_client: LoguroClient) -> None:
    shown = await gather(loguro_client, ["local"], range="7d", limit=3)
    (project,) = shown.projects
    asked = loguro_client.project("local")
    assert (shown.range, shown.filter, shown.failures) == ("7d", "", ())
    assert project.kpis == await asked.kpis(range="7d")
    assert project.timeseries == await asked.timeseries(range="7d")
    titles = [one.title for one in project.lists]
    assert titles == ["Pages", "Referrers", "Countries", "Devices", "Browsers"]
    whole = await asked.top_pages(range="7d", compare=True, limit=100)
    assert project.lists[0].rows.items == whole.items[:3]
    events = await asked.custom_events(range="7d", compare=True, limit=100)
    assert project.custom_events.items == events.items[:3]
    assert len(project.changes) == 3


async def test_the_largest_changes_may_be_beyond_the_shown_rows(
    loguro_client: LoguroClient,
) -> None:
    (few,) = (await gather(loguro_client, ["local"], range="7d", limit=1)).projects
    (many,) = (await gather(loguro_client, ["local"], range="7d", limit=50)).projects
    assert few.changes == many.changes[:1]


async def test_projects_stay_in_order_and_failures_are_listed(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    loguro_emulator.fail(status=400, slug="local", endpoint="top-browsers", times=1)
    shown = await gather(loguro_client, ["shop", "unknown", "../x", "local"], range="24h")
    assert [project.slug for project in shown.projects] == ["shop"]
    assert [failure.slug for failure in shown.failures] == ["unknown", "../x", "local"]
    assert "404" in shown.failures[0].reason
    assert "top-browsers of 'local'" in shown.failures[2].reason
    assert loguro_emulator.token not in repr(shown)


async def test_a_filter_reaches_every_request(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    shown = await gather(loguro_client, ["local"], range="7d", filter=F.country("RO"))
    assert shown.filter == "country:RO"
    assert {request.query["filter"] for request in loguro_emulator.requests} == {"country:RO"}
    endpoints = Counter(request.endpoint for request in loguro_emulator.requests)
    assert endpoints["kpis"] == 1
    assert {count for endpoint, count in endpoints.items() if endpoint != "kpis"} == {2}
    assert endpoints.total() == 15


async def test_a_window_of_one_s_own_has_a_period_before(loguro_client: LoguroClient) -> None:
    window = Between(NOW - dt.timedelta(days=3), NOW)
    shown = await gather(loguro_client, ["local"], range=window)
    (project,) = shown.projects
    assert project.kpis.previous is not None
    assert project.timeseries.items[0].previous_pageviews is not None
    assert "08 Jun 2026 10:00 to 11 Jun 2026 10:00 UTC" in to_markdown(shown)


async def test_a_local_week_has_seven_local_days(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    week = Between.week(dt.date(2026, 6, 3), tz=zone)
    shown = await gather(loguro_client, ["local"], range=week, tz="America/Los_Angeles")
    (project,) = shown.projects
    days = [point.bucket for point in project.timeseries.items]
    assert days == [dt.datetime(2026, 6, day, tzinfo=zone) for day in range(1, 8)]
    pageviews = [point.pageviews or 0 for point in project.timeseries.items]
    assert sum(pageviews) == project.kpis.current.pageviews > 0
    before = await loguro_client.project("local").kpis(
        range=Between.day(dt.date(2026, 5, 25), tz=zone)
    )
    assert project.timeseries.items[0].previous_pageviews == before.current.pageviews
    text = to_markdown(shown)
    assert "### By day (America/Los_Angeles)" in text
    assert "08 Jun 2026 00:00 America/Los_Angeles" in text


async def test_days_of_the_service_are_said_to_be_those_of_utc(loguro_client: LoguroClient) -> None:
    for zone in ("UTC", "Europe/Bucharest"):
        shown = await gather(loguro_client, ["local"], range="7d", tz=zone)
        assert "### By day (UTC)" in to_markdown(shown)


async def test_hours_are_those_of_the_zone(loguro_client: LoguroClient) -> None:
    shown = await gather(loguro_client, ["local"], range="24h", tz="Asia/Kolkata")
    assert shown.projects[0].timeseries.items[0].bucket.utcoffset() == dt.timedelta(minutes=330)
    assert "### By hour (Asia/Kolkata)" in to_markdown(shown)


async def test_all_time_has_none(
    loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    (project,) = (await gather(loguro_client, ["local"], range="all")).projects
    assert project.kpis.previous is None
    assert project.changes == ()
    assert len(loguro_emulator.requests) == 8


@pytest.mark.parametrize(
    ("slugs", "options"),
    [
        ("local", {}),
        (["local"], {"range": "8d"}),
        (["local"], {"filter": "colour:red"}),
        (["local"], {"limit": 0}),
        (["local"], {"limit": True}),
        (["local"], {"concurrency": 0}),
        (["local"], {"tz": "Mars/Olympus"}),
    ],
)
async def test_an_invalid_argument_is_refused_before_anything_is_sent(
    slugs: Any,  # noqa: ANN401 - wrong on purpose
    options: dict[str, Any],
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    with pytest.raises(InvalidQueryError):
        await gather(loguro_client, slugs, **options)
    assert loguro_emulator.requests == []


async def test_a_refused_token_ends_it(loguro_emulator: LoguroEmulator) -> None:
    async with LoguroClient("pat_wrong", base_url=loguro_emulator.base_url) as client:
        with pytest.raises(AuthenticationError):
            await gather(client, ["local", "shop"])


async def test_no_projects_are_a_report_too(loguro_client: LoguroClient) -> None:
    shown = await gather(loguro_client, [])
    assert (shown.projects, shown.failures) == ((), ())
    assert "No projects" in to_html(shown)


@pytest.fixture
async def quiet_loguro(tmp_path: Path) -> AsyncIterator[LoguroEmulator]:
    """A Loguro whose project had its last event ten days ago."""
    last = NOW - dt.timedelta(days=10)
    async with LoguroEmulator(events=500, seed=1, now=last, data=tmp_path, days=20):
        pass
    async with LoguroEmulator(now=NOW, data=tmp_path) as loguro:
        yield loguro


async def test_a_project_that_fell_silent_is_listed(quiet_loguro: LoguroEmulator) -> None:
    async with LoguroClient(quiet_loguro.token, base_url=quiet_loguro.base_url) as client:
        shown = await gather(client, ["local"], range="7d", limit=50)
    (project,) = shown.silent
    assert project.slug == "local"
    assert project.changes
    assert {change.now for change in project.changes if change.kind == "Page"} == {0}
    assert "Fell silent" in to_html(shown)


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("extension", ["html", "md"])
async def test_the_command_writes_a_file(
    extension: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / f"report.{extension}"
    done = await ended(
        loguro_emulator, "report", "local", "shop", "--filter", "country:RO", "--out", out
    )
    assert done == (0, "", f"2 of 2 projects succeeded; written to {out}\n")
    text = out.read_text(encoding="utf-8")
    assert "shop" in text
    assert "last 7 days" in text


async def test_where_some_fail_the_command_says_which_and_ends_with_3(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "report.md"
    done = await ended(
        loguro_emulator, "report", "local", "unknown", "--range", "24h", "--out", out
    )
    assert done.status == 3
    first, last = done.err.splitlines()
    assert first.startswith("unknown\t")
    assert "the service responded with 404" in first
    assert last == f"1 of 2 projects succeeded; written to {out}"
    assert out.exists()


async def test_where_all_fail_nothing_is_written(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await ended(loguro_emulator, "report", "unknown", "--out", tmp_path / "report.md")
    assert done.status == 1
    assert done.err.endswith("0 of 1 project succeeded; nothing was written\n")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "report.pdf"), "report.pdf"),
        (("--out", "report.md", "--filter", "colour:red"), "colour"),
        (("--out", "report.md", "--from", "2026-06-01"), "--to"),
    ],
)
async def test_wrong_use_is_reported_in_one_line(
    arguments: tuple[str, ...], said: str, loguro_emulator: LoguroEmulator
) -> None:
    done = await ended(loguro_emulator, "report", "local", *arguments)
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert loguro_emulator.requests == []


async def test_the_folder_is_checked_before_anything_is_fetched(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await ended(loguro_emulator, "report", "local", "--out", tmp_path / "missing" / "r.md")
    assert done.status == 1
    assert "no folder" in done.err
    assert loguro_emulator.requests == []


async def test_a_device_that_is_gone_is_among_the_changes(quiet_loguro: LoguroEmulator) -> None:
    async with LoguroClient(quiet_loguro.token, base_url=quiet_loguro.base_url) as client:
        (project,) = (await gather(client, ["local"], range="7d", limit=100)).projects
    kinds = {change.kind for change in project.changes if change.now == 0}
    assert kinds >= {"Page", "Referrer", "Country", "Device", "Browser"}
