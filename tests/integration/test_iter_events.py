"""Every event, held against the files that the embedded Loguro queries."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any, Final

import duckdb
import msgspec
import pytest

from loguro_async import (
    Between,
    EventCheckpoint,
    IncompleteAnswerError,
    InvalidQueryError,
    LoguroClient,
    Project,
    RetryPolicy,
)
from loguro_async.emulator import LoguroEmulator
from tests.events_by_hand import event, write

if TYPE_CHECKING:
    from pathlib import Path

# A million in CI, and as many as a developer waits for at hand.
MOST_EVENTS: Final = 980_000 if os.environ.get("CI") else 40_000
NOW = dt.datetime(2026, 6, 11, 10, tzinfo=dt.UTC)
SWITCHES: list[dict[str, Any]] = [
    {"from_inclusive": from_inclusive, "to_inclusive": to_inclusive}
    for from_inclusive in (True, False)
    for to_inclusive in (True, False)
]
QUICK = RetryPolicy(initial_backoff=0.001, max_backoff=0.002)


def a_client(emulator: LoguroEmulator) -> LoguroClient:
    return LoguroClient(emulator.token, base_url=emulator.base_url, retry=QUICK)


def rows_in_files(emulator: LoguroEmulator, project: str) -> list[tuple[Any, ...]]:
    """The events of a project as the emulator has them, newest first."""
    files = [str(path) for path in emulator.parquet(project)]
    with duckdb.connect() as connection:
        return connection.execute(
            "SELECT id, event_type, path, url, visitor_id, session_id, country_code, "
            "browser_family, device_type, epoch_us(timestamp) FROM read_parquet($files) "
            "ORDER BY timestamp DESC, id",
            {"files": files},
        ).fetchall()


async def rows_of(project: Project, **options: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Returns the events of a stream in the same shape, sorted within one instant."""
    epoch, tick = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
    rows = [
        (
            one.id,
            one.event_type,
            one.path,
            one.url,
            one.visitor_id,
            one.session_id,
            one.country_code,
            one.browser_family,
            one.device_type,
            (one.timestamp - epoch) // tick,
        )
        async for one in project.iter_events(**options)
    ]
    moments = [row[-1] for row in rows]
    assert moments == sorted(moments, reverse=True), "not newest first"
    return sorted(rows, key=lambda row: (-row[-1], row[0]))


@pytest.mark.timeout(180)
async def test_all_events_of_three_projects_are_those_of_the_files_row_by_row() -> None:
    sizes = {"large": MOST_EVENTS, "small": 19_000, "tiny": 1_000}
    for slug, events in sizes.items():
        async with (
            LoguroEmulator(projects=(slug,), events=events, seed=7, now=NOW) as emulator,
            a_client(emulator) as client,
        ):
            got = await rows_of(client.project(slug), range="all")
            expected = rows_in_files(emulator, slug)
            assert len(got) == len(expected) == events
            assert got == expected


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
async def test_ties_at_every_edge_are_given_once_whatever_the_bounds_mean(
    tmp_path: Path, switches: dict[str, Any]
) -> None:
    # 40 instants a millisecond apart, with up to three events each, so that every cut hits some.
    rows = [
        event(10 * place + tie, f"2026-06-10 12:00:00.{place:03}", f"/{tie}")
        for place in range(40)
        for tie in range(1 + place % 3)
    ]
    write(tmp_path, "local", rows)
    async with (
        LoguroEmulator(data=tmp_path, now=NOW, max_limits={"events": 6}, **switches) as emulator,
        a_client(emulator) as client,
    ):
        got = await rows_of(client.project("local"), range="all")
        assert got == rows_in_files(emulator, "local")


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
async def test_a_window_of_one_s_own_has_what_the_service_counts_in_it(
    tmp_path: Path, switches: dict[str, Any]
) -> None:
    rows = [event(n, f"2026-06-10 12:00:{n:02}.000", "/") for n in range(60)]
    write(tmp_path, "local", rows)
    first = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
    window = Between(first + dt.timedelta(seconds=10), first + dt.timedelta(seconds=50))
    async with (
        LoguroEmulator(data=tmp_path, now=NOW, max_limits={"events": 7}, **switches) as emulator,
        a_client(emulator) as client,
    ):
        project = client.project("local")
        got = await rows_of(project, range=window)
        assert len(got) == int(await project.count(range=window))
        assert len(got) == 39 + switches["from_inclusive"] + switches["to_inclusive"]


async def test_more_events_in_one_instant_than_a_page_holds_is_an_error(tmp_path: Path) -> None:
    rows = [event(n, "2026-06-10 12:00:00.000", "/") for n in range(9)]
    write(tmp_path, "local", rows)
    async with (
        LoguroEmulator(data=tmp_path, now=NOW, max_limits={"events": 8}) as emulator,
        a_client(emulator) as client,
    ):
        with pytest.raises(IncompleteAnswerError, match="9 events around 2026-06-10T12:00"):
            await rows_of(client.project("local"), range="all")


async def test_a_filter_narrows_what_is_given_and_an_empty_window_gives_nothing(
    loguro_emulator: LoguroEmulator, loguro_project: Project
) -> None:
    got = await rows_of(loguro_project, range="30d", filter="device:mobile")
    assert {row[8] for row in got} == {"mobile"}
    assert len(got) == int(await loguro_project.count(range="30d", filter="device:mobile"))
    long_ago = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    window = Between(long_ago, long_ago + dt.timedelta(days=1))
    assert await rows_of(loguro_project, range=window) == []


async def test_failures_on_the_way_are_not_noticed(loguro_emulator: LoguroEmulator) -> None:
    async with a_client(loguro_emulator) as client:
        loguro_emulator.fail(500, probability=0.2)
        got = await rows_of(client.project("local"), range="7d")
        loguro_emulator.heal()
        assert len(got) == int(await client.project("local").count(range="7d"))


async def test_it_goes_on_exactly_where_another_stopped(tmp_path: Path) -> None:
    rows = [event(n, f"2026-06-10 12:00:00.{n // 3:03}", f"/{n}") for n in range(31)]
    write(tmp_path, "local", rows)
    async with (
        LoguroEmulator(data=tmp_path, now=NOW, max_limits={"events": 9}) as emulator,
        a_client(emulator) as client,
    ):
        project = client.project("local")
        whole = [str(one.id) async for one in project.iter_events(range="all")]
        assert len(whole) == 31
        for stop in range(1, 31):
            first: list[str] = []
            async with project.iter_events(range="all") as stream:
                async for one in stream:
                    first.append(str(one.id))
                    if len(first) == stop:
                        break
            assert stream.checkpoint is not None
            kept = msgspec.json.encode(stream.checkpoint)
            checkpoint = msgspec.json.decode(kept, type=EventCheckpoint)
            rest = [str(one.id) async for one in project.iter_events(checkpoint=checkpoint)]
            assert sorted(first + rest) == sorted(whole)
            assert len(first) + len(rest) == 31


async def test_leaving_early_stops_requests_ahead(
    loguro_emulator: LoguroEmulator, loguro_client: LoguroClient
) -> None:
    loguro_emulator.fail(latency=0.2, endpoint="events")
    async with loguro_client.project("local").iter_events(range="30d", concurrency=8) as stream:
        async for _ in stream:
            break
    assert loguro_client.stats.in_flight == 0
    await stream.aclose()


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"concurrency": True},
        {"range": "8d"},
        {"filter": "colour:red"},
        {"range": "7d", "checkpoint": EventCheckpoint(NOW, NOW)},
        {"filter": "path:/a", "checkpoint": EventCheckpoint(NOW, NOW)},
    ],
)
async def test_an_invalid_argument_is_refused_at_the_call(
    loguro_emulator: LoguroEmulator, loguro_project: Project, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidQueryError):
        loguro_project.iter_events(**options)
    assert not loguro_emulator.requests
