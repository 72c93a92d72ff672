"""``loguro-async export`` as a person runs it, against a service that truncates its pages."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from tests.integration.command import ended, ended_in_terminal, requested, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

DAYS = ("--from", "2026-06-01", "--to", "2026-06-06")
READ = """
    SELECT id, epoch_ms(timestamp) AS ms, path FROM read_parquet(?)
    WHERE timestamp >= '2026-06-01' AND timestamp < '2026-06-06' ORDER BY id
"""


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"events": 2_800, "days": 14, "max_limits": {"events": 100}}


def stored(loguro: LoguroEmulator) -> list[tuple[Any, ...]]:
    """Returns the events of these days from the files of the service."""
    files = [str(path) for path in loguro.parquet("local")]
    return duckdb.execute(READ, [files]).fetchall()


def exported(folder: Path) -> list[tuple[Any, ...]]:
    frame = pl.read_parquet(folder / "**/*.parquet").sort("id")
    return frame.select("id", pl.col("timestamp").dt.epoch("ms"), "path").rows()


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


async def test_every_event_is_there_once(loguro_emulator: LoguroEmulator, tmp_path: Path) -> None:
    done = await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    expected = stored(loguro_emulator)
    assert done.status == 0
    assert done.err == (
        f"5 days, {len(expected):,} events; 5 days fetched, 0 were complete before\n"
    )
    assert len(done.out.splitlines()) == 5
    assert len(expected) > 500
    assert exported(tmp_path) == expected


async def test_a_second_run_sends_nothing(loguro_emulator: LoguroEmulator, tmp_path: Path) -> None:
    await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    asked = len(loguro_emulator.requests)
    done = await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    assert len(loguro_emulator.requests) == asked
    assert done.err.endswith("0 days fetched, 5 were complete before\n")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_run_that_was_ended_is_taken_up_again(
    how: signal.Signals, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    first = ("--from", "2026-06-01", "--to", "2026-06-03")
    await ended(loguro_emulator, "export", "local", *first, "--out", tmp_path)
    loguro_emulator.forget_requests()
    loguro_emulator.fail(latency=600, endpoint="events")
    async with running(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path) as process:
        await requested(loguro_emulator, "local")
        process.send_signal(how)
        _, err = await process.communicate()
    assert process.returncode == (-how if how == signal.SIGKILL else 128 + how)
    assert err.decode() == ("" if how == signal.SIGKILL else "loguro-async: stopped\n")
    loguro_emulator.heal()
    done = await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    assert done.err.endswith("3 days fetched, 2 were complete before\n")
    assert exported(tmp_path) == stored(loguro_emulator)
    assert hidden(tmp_path) == []


async def test_a_failing_service_ends_it_with_a_status_of_its_own(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    await ended(loguro_emulator, "export", "local", *DAYS[:3], "2026-06-02", "--out", tmp_path)
    loguro_emulator.fail(status=400)
    done = await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    assert done.status == 3
    assert re.fullmatch(
        r"loguro-async: .*400.*; 1 day is complete; run it again to continue\n", done.err
    )


async def test_a_terminal_sees_the_days_go_by(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await ended_in_terminal(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    assert done.status == 0
    assert re.search(r"days .*5/5 .*events/s", done.err)


async def test_another_filter_into_the_same_folder_is_refused(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    await ended(loguro_emulator, "export", "local", *DAYS, "--out", tmp_path)
    done = await ended(
        loguro_emulator, "export", "local", *DAYS, "--out", tmp_path, "--filter", "country:RO"
    )
    assert done.status == 2
    assert re.fullmatch(r"loguro-async: .*holds another export.*\n", done.err)
    assert exported(tmp_path) == stored(loguro_emulator)


async def test_a_missing_project_is_reported(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await ended(loguro_emulator, "export", "nope", *DAYS, "--out", tmp_path)
    assert done.status == 1
    assert re.fullmatch(r"loguro-async: .*404.*\n", done.err)
