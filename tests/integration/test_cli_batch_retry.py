"""``loguro-async batch --retry-failed``, and its note about truncated lists."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.integration.command import ended, requested, running
from tests.unit.export.samples import names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

MANY = tuple(f"p{n}" for n in range(6))
COUNT = ("--endpoint", "count", "--concurrency", "1")


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", *MANY), "events": 200, "days": 14}


@pytest.fixture
def slugs(tmp_path: Path) -> Path:
    path = tmp_path / "slugs.txt"
    path.write_text("".join(f"{slug}\n" for slug in MANY))
    return path


def projects(out: Path) -> list[str]:
    match out.suffix:
        case ".ndjson":
            return [json.loads(line)["project"] for line in out.read_text().splitlines()]
        case ".csv":
            return pl.read_csv(out)["project"].to_list()
        case _:
            return pl.read_parquet(out)["project"].to_list()


def listed(failed: Path) -> list[str]:
    query, *slugs = failed.read_text().splitlines()
    assert query == "# query: --endpoint count"
    return slugs


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
async def test_failed_projects_are_listed_retried_and_added(
    form: str, slugs: Path, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out, failed = tmp_path / f"a.{form}", tmp_path / "failed.txt"
    command = ("batch", slugs, *COUNT, "--out", out, "--retry-failed", failed)
    for slug in ("p1", "p4"):
        loguro_emulator.fail(status=400, slug=slug)
    done = await ended(loguro_emulator, *command)
    assert done.status == 3
    assert done.err.splitlines()[-2:] == [
        (
            f"projects without a response are listed in {failed}; "
            "to retry them, run the same command again"
        ),
        f"4 of 6 projects succeeded; written to {out}",
    ]
    assert sorted(listed(failed)) == ["p1", "p4"]
    assert projects(out) == ["p0", "p2", "p3", "p5"]

    loguro_emulator.heal()
    loguro_emulator.fail(status=400, slug="p4")
    assert (await ended(loguro_emulator, *command)).status == 3
    assert listed(failed) == ["p4"]
    assert projects(out) == ["p0", "p2", "p3", "p5", "p1"]

    loguro_emulator.heal()
    loguro_emulator.forget_requests()
    done = await ended(loguro_emulator, "batch", *command[2:])  # the list alone will do
    assert done == (0, "", f"1 of 1 project succeeded; written to {out}\n")
    assert [request.slug for request in loguro_emulator.requests] == ["p4"]
    assert projects(out) == ["p0", "p2", "p3", "p5", "p1", "p4"]
    assert names(tmp_path) == [out.name, "slugs.txt"]


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_stopped_run_continues_where_it_stopped(
    form: str,
    number: signal.Signals,
    slugs: Path,
    loguro_emulator: LoguroEmulator,
    tmp_path: Path,
) -> None:
    out, failed = tmp_path / f"a.{form}", tmp_path / "failed.txt"
    command = ("batch", slugs, *COUNT, "--out", out, "--retry-failed", failed)
    loguro_emulator.fail(latency=600, slug="p3")
    async with running(loguro_emulator, *command) as process:
        await requested(loguro_emulator, "p3")
        process.send_signal(number)
        _, err = await process.communicate()
    assert process.returncode == 128 + number
    assert err.decode().endswith(f"stopped: 3 of 6 projects succeeded; written to {out}\n")
    assert projects(out) == ["p0", "p1", "p2"]
    assert listed(failed) == ["p3", "p4", "p5"]
    loguro_emulator.heal()
    assert (await ended(loguro_emulator, *command)).status == 0
    assert projects(out) == list(MANY)
    assert names(tmp_path) == [out.name, "slugs.txt"]


async def test_a_token_revoked_during_the_run_leaves_the_rows_so_far(
    slugs: Path, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out, failed = tmp_path / "a.ndjson", tmp_path / "failed.txt"
    command = ("batch", slugs, *COUNT, "--out", out, "--retry-failed", failed)
    loguro_emulator.fail(status=401, slug="p2")
    done = await ended(loguro_emulator, *command)
    assert done.status == 3
    assert "the service refused the token of $LOGURO_PAT" in done.err
    assert done.err.endswith(f"2 of 6 projects succeeded; written to {out}\n")
    assert projects(out) == ["p0", "p1"]
    assert listed(failed) == ["p2", "p3", "p4", "p5"]


async def test_a_file_with_other_columns_is_not_added_to(
    slugs: Path, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out, failed = tmp_path / "a.csv", tmp_path / "failed.txt"
    out.write_text('"project","visitors"\n')
    failed.write_text("p1\n")
    loguro_emulator.forget_requests()
    command = ("batch", slugs, *COUNT, "--out", out, "--retry-failed", failed)
    done = await ended(loguro_emulator, *command)
    assert done == (
        2,
        "",
        f"loguro-async: {out} has other columns than the new rows; give another --out\n",
    )
    assert loguro_emulator.requests == []
    assert failed.read_text() == "p1\n"


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
async def test_rows_of_another_query_are_not_added(
    form: str, slugs: Path, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out, failed = tmp_path / f"a.{form}", tmp_path / "failed.txt"
    command = ("batch", slugs, "--endpoint", "kpis", "--out", out, "--retry-failed", failed)
    loguro_emulator.fail(status=400, slug="p1")
    assert (await ended(loguro_emulator, *command, "--range", "7d")).status == 3
    before = out.read_bytes(), failed.read_text()
    loguro_emulator.heal()
    loguro_emulator.forget_requests()
    done = await ended(loguro_emulator, *command, "--range", "30d", "--filter", "country:RO")
    assert done == (
        2,
        "",
        (
            f"loguro-async: {failed} lists the projects that failed for "
            "`--endpoint kpis --range 7d`, but this run has "
            "`--endpoint kpis --range 30d --filter country:RO`; give the same options, or another "
            "--out and --retry-failed\n"
        ),
    )
    assert loguro_emulator.requests == []
    assert (out.read_bytes(), failed.read_text()) == before


async def test_one_file_for_two_purposes_is_refused_and_stays(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    slugs = tmp_path / "slugs.txt"
    slugs.write_text("local\n")
    loguro_emulator.forget_requests()
    command = ("batch", slugs, *COUNT, "--out", tmp_path / "a.csv", "--retry-failed", slugs)
    assert await ended(loguro_emulator, *command) == (
        2,
        "",
        f"loguro-async: FILE and --retry-failed are the same file, {slugs}; give different files\n",
    )
    assert loguro_emulator.requests == []
    assert slugs.read_text() == "local\n"
    assert names(tmp_path) == ["slugs.txt"]


async def test_a_list_that_cannot_be_written_is_reported_before_anything_is_sent(
    slugs: Path, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    loguro_emulator.forget_requests()
    failed = tmp_path / "none" / "failed.txt"
    command = ("batch", slugs, *COUNT, "--out", tmp_path / "a.csv", "--retry-failed", failed)
    done = await ended(loguro_emulator, *command)
    assert (done.status, done.out) == (1, "")
    assert f"there is no folder {failed.parent}" in done.err
    assert loguro_emulator.requests == []
    assert names(tmp_path) == ["slugs.txt"]


async def test_limit_and_compare_are_sent(loguro_emulator: LoguroEmulator) -> None:
    asked = ("batch", "-", "--endpoint", "top-pages", "--range", "30d", "--limit", "3", "--compare")
    done = await ended(loguro_emulator, *asked, stdin="local\n")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert (done.status, len(rows)) == (0, 3)
    assert all("prev_count" in row for row in rows)
    assert done.err.splitlines() == [
        ("1 list reached --limit 3; give a greater --limit for more, up to the service's maximum"),
        "1 of 1 project succeeded",
    ]


async def test_without_a_limit_the_service_s_default_is_reported(
    loguro_emulator: LoguroEmulator,
) -> None:
    asked = ("batch", "-", "--endpoint", "top-pages", "--range", "30d")
    done = await ended(loguro_emulator, *asked, stdin="local\n")
    longest = len(done.out.splitlines())
    assert longest >= 10
    assert done.err.splitlines()[0] == (
        f"lists have at most {longest} rows, which may be the service's default; "
        "give --limit for more"
    )
    done = await ended(loguro_emulator, *asked, "--limit", "500", stdin="local\n")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_slugs_may_come_from_windows(
    encoding: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    path = tmp_path / "slugs.txt"
    path.write_bytes("local\r\np1\r\n".encode(encoding))
    done = await ended(loguro_emulator, "batch", path, "--endpoint", "count")
    assert (done.status, done.err) == (0, "2 of 2 projects succeeded\n")
