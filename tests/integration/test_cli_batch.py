"""``loguro-async batch`` as a person runs it."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.integration.command import (
    ended,
    ended_in_terminal,
    ended_on_full_disk,
    requested,
    running,
)
from tests.unit.export.samples import names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

MANY = tuple(f"p{n}" for n in range(5))


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop", *MANY), "events": 200, "days": 14}


@pytest.fixture
def slugs(tmp_path: Path) -> Path:
    path = tmp_path / "slugs.txt"
    path.write_text("# ours\nlocal\n\n  shop\n")
    return path


async def test_overviews_of_many_projects_are_one_parquet_file(
    loguro_emulator: LoguroEmulator, slugs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "overview.parquet"
    done = await ended(loguro_emulator, "batch", slugs, "--range", "7d", "--out", out)
    assert done == (0, "", f"2 of 2 projects succeeded; written to {out}\n")
    frame = pl.read_parquet(out)
    assert sorted(frame["project"]) == ["local", "shop"]
    assert frame["kpis_range_chip"].to_list() == ["7d", "7d"]


async def test_without_a_file_there_is_a_line_for_each_row(
    loguro_emulator: LoguroEmulator,
) -> None:
    done = await ended(loguro_emulator, "batch", "-", "--endpoint", "count", stdin="local\nshop\n")
    assert done.status == 0
    assert done.err == "2 of 2 projects succeeded\n"
    rows = sorted(json.loads(line)["project"] for line in done.out.splitlines())
    assert rows == ["local", "shop"]


@pytest.mark.parametrize("endpoint", ["kpis", "timeseries", "top-pages", "top-countries", "events"])
async def test_any_endpoint_with_a_range_can_be_queried(
    endpoint: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.csv"
    days = ("--from", "2026-06-01", "--to", "2026-06-08", "--tz", "Europe/Bucharest")
    done = await ended(
        loguro_emulator, "batch", "-", "--endpoint", endpoint, *days, "--out", out, stdin="shop"
    )
    assert done.status == 0
    assert set(pl.read_csv(out)["project"]) == {"shop"}
    assert loguro_emulator.requests[-1].query["from"] == "2026-05-31T21:00:00.000Z"
    assert loguro_emulator.requests[-1].query["to"] == "2026-06-07T21:00:00.000Z"


async def test_csv_may_begin_with_a_byte_order_mark(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.csv"
    done = await ended(loguro_emulator, "batch", "-", "--out", out, "--bom", stdin="shop")
    assert done.status == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


async def test_the_filter_is_sent(loguro_emulator: LoguroEmulator) -> None:
    await ended(
        loguro_emulator,
        *("batch", "-", "--endpoint", "count", "--filter", "country:RO"),
        stdin="local",
    )
    assert loguro_emulator.requests[-1].query["filter"] == "country:RO"


async def test_some_failures_are_reported_line_by_line(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    asked = ("batch", "-", "--endpoint", "count", "--out", out)
    done = await ended(loguro_emulator, *asked, stdin="local\nnope\n../x\n")
    assert done.status == 3
    *failed, summary = done.err.splitlines()
    assert sorted(line.split("\t")[0] for line in failed) == ["../x", "nope"]
    assert summary == f"1 of 3 projects succeeded; written to {out}"
    assert pl.read_parquet(out)["project"].to_list() == ["local"]


async def test_without_any_response_the_old_file_stays(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    out.write_bytes(b"old")
    done = await ended(loguro_emulator, "batch", "-", "--out", out, stdin="nope\n")
    assert done.status == 1
    assert done.err.endswith("0 of 1 project succeeded; nothing was written\n")
    assert out.read_bytes() == b"old"
    assert names(tmp_path) == ["a.parquet"]


async def test_no_slugs_make_a_file_without_rows(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    done = await ended(loguro_emulator, "batch", "-", "--out", out)
    assert done.status == 0
    assert pl.read_parquet(out).columns[0] == "project"


async def test_a_terminal_gets_a_bar_and_a_table(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    slugs = tmp_path / "slugs.txt"
    slugs.write_text("local\nshop\nnope\n")
    done = await ended_in_terminal(
        loguro_emulator, "batch", slugs, "--endpoint", "count", "--concurrency", "1"
    )
    assert done.status == 3
    assert re.search(r"projects .*3/3 .*projects/s.*1 failed", done.err)
    assert re.search(r"Failed +Why.*nope +count of 'nope'", done.err, re.DOTALL)
    assert "\x1b" not in done.out


async def test_a_pipe_gets_no_bar(loguro_emulator: LoguroEmulator, slugs: Path) -> None:
    done = await ended(loguro_emulator, "batch", slugs)
    assert done.err == "2 of 2 projects succeeded\n"


async def test_ctrl_c_leaves_a_complete_file_of_the_responses_so_far(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    loguro_emulator.fail(latency=600, slug="p4")
    asked = ("batch", "-", "--endpoint", "count", "--concurrency", "1", "--out", out)
    async with running(loguro_emulator, *asked) as process:
        process.stdin.write("".join(f"{slug}\n" for slug in MANY).encode())
        await process.stdin.drain()
        await requested(loguro_emulator, "p4")
        process.send_signal(signal.SIGINT)  # while stdin is still open
        _, err = await process.communicate()
    assert process.returncode == 130
    assert err.decode() == f"stopped: 4 of 5 requested projects succeeded; written to {out}\n"
    assert pl.read_parquet(out)["project"].to_list() == ["p0", "p1", "p2", "p3"]
    assert names(tmp_path) == ["a.parquet"]


async def test_ctrl_c_before_any_response_leaves_the_old_file(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "a.parquet"
    out.write_bytes(b"old")
    loguro_emulator.fail(latency=600)
    async with running(loguro_emulator, "batch", "-", "--out", out) as process:
        process.stdin.write(b"local\n")
        await process.stdin.drain()
        await requested(loguro_emulator, "local")
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode == 130
    assert err.decode() == "stopped: 0 of 1 requested project succeeded; nothing was written\n"
    assert out.read_bytes() == b"old"
    assert names(tmp_path) == ["a.parquet"]


async def test_rows_are_written_as_responses_arrive(loguro_emulator: LoguroEmulator) -> None:
    async with running(loguro_emulator, "batch", "-", "--endpoint", "count") as process:
        for slug in ("local", "shop"):
            process.stdin.write(f"{slug}\n".encode())
            await process.stdin.drain()
            assert json.loads(await process.stdout.readline())["project"] == slug
        process.stdin.close()
        assert await process.wait() == 0


async def test_a_closed_pipe_ends_it_quietly(loguro_emulator: LoguroEmulator) -> None:
    async with running(loguro_emulator, "batch", "-", "--endpoint", "count") as process:
        process.stdin.write(b"local\n")
        await process.stdout.readline()
        process.stdout._transport.close()  # type: ignore[attr-defined]
        process.stdin.write(b"shop\n")
        assert await process.stderr.read() == b""
        assert await process.wait() == 141


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--filter", "contry:RO"], 2, "did you mean 'country'"),
        (["--endpoint", "visitors"], 2, "must be one of overview, kpis"),
        (["--from", "2026-06-01"], 2, "give both --from and --to"),
        (["--from", "2026-06-01", "--to", "soon"], 2, "--to is 'soon'"),
        (["--from", "2026-06-01", "--to", "2026-06-02", "--tz", "Mars"], 2, "--tz is 'Mars'"),
        (["--range", "7d", "--from", "2026-06-01", "--to", "2026-06-02"], 2, "without --range"),
        (["--out", "a.xlsx"], 2, "end the name with .parquet, .csv or .ndjson"),
        (["--out", "/no/such/folder/a.csv"], 1, "there is no folder /no/such/folder"),
        (["--out", "/dev/null", "--format", "csv"], 1, "no regular file"),
    ],
)
async def test_invalid_options_give_one_line_and_send_nothing(
    arguments: list[str], status: int, message: str, loguro_emulator: LoguroEmulator
) -> None:
    done = await ended(loguro_emulator, "batch", "-", *arguments, stdin="local")
    assert done.status == status
    assert re.fullmatch(rf"loguro-async: .*{re.escape(message)}.*\n", done.err)
    assert loguro_emulator.requests == []


@pytest.mark.parametrize("format", ["parquet", "csv", "ndjson"])
async def test_a_disk_that_is_full_leaves_the_old_file(
    format: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / f"a.{format}"
    out.write_bytes(b"old")
    done = await ended_on_full_disk(
        loguro_emulator, "batch", "-", "--out", out, stdin="local\nshop\n"
    )
    assert done.status == 1
    assert done.err == f"loguro-async: {out}: File too large\n"
    assert out.read_bytes() == b"old"
    assert names(tmp_path) == [out.name]


async def test_a_missing_file_of_slugs_is_reported(loguro_emulator: LoguroEmulator) -> None:
    done = await ended(loguro_emulator, "batch", "missing.txt")
    assert done.status == 1
    assert re.fullmatch(r"loguro-async: .*missing\.txt.*\n", done.err)


@pytest.mark.parametrize("body", [b"\xff", b"\x80abc\n", b"\xff\xfe\x00\xd8"])
async def test_a_file_of_slugs_that_is_not_text_is_reported(
    body: bytes, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    (tmp_path / "slugs").write_bytes(body)
    done = await ended(loguro_emulator, "batch", tmp_path / "slugs")
    assert done.status == 2
    assert re.fullmatch(r"loguro-async: .*decode.*\n", done.err)


async def test_a_token_that_is_refused_ends_the_run(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    loguro_emulator.revoke(loguro_emulator.token)
    done = await ended(loguro_emulator, "batch", "-", "--out", tmp_path / "a.csv", stdin="local")
    assert done.status == 1
    assert re.fullmatch(r"loguro-async: .*401.*\n", done.err)
    assert loguro_emulator.token not in done.err
    assert names(tmp_path) == []
