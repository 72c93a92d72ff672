"""Standard streams that are closed, gone or full, of every kind of command; signals; leftovers."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.command import (
    Ended,
    ended,
    ended_in_new_python,
    new_python,
    requested,
    running,
)
from tests.unit.export.samples import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.emulator import LoguroEmulator

FULL = Path("/dev/full")
EXPORT = ("export", "local", "--from", "2026-06-01", "--to", "2026-06-03", "--out", "OUT")
PRINTING = {
    "help": ("--help",),
    "bare": (),
    "version": ("--version",),
    "kpis": ("kpis", "local"),
    "table": ("events", "local", "--range", "30d", "--format", "table"),
    "ndjson": ("events", "local", "--range", "30d", "--format", "ndjson"),
    "parquet": ("events", "local", "--range", "30d", "--format", "parquet"),
    "batch": ("batch", "SLUGS", "--endpoint", "count"),
    "export": EXPORT,
    "doctor": ("doctor", "local"),
    "doctor json": ("doctor", "local", "--format", "json"),
    "demo": ("demo", "--events", "200"),
    "serve": ("serve", "--events", "200"),
}


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"projects": ("local", "shop"), "events": 200, "days": 14}


def in_folder(folder: Path, arguments: tuple[str, ...]) -> list[str]:
    (folder / "slugs").write_text("local\nshop\n")
    named = {"OUT": str(folder / "out"), "SLUGS": str(folder / "slugs")}
    return [named.get(word, word) for word in arguments]


async def end(
    loguro: LoguroEmulator, folder: Path, arguments: tuple[str, ...], redirect: str
) -> Ended:
    """Run a command with redirections as in ``sh``."""
    words = in_folder(folder, arguments)
    if "kpis" in words:  # once, Python itself finds its streams closed
        return await ended_in_new_python(loguro, *words, script=f'exec "$@" {redirect}')
    with FULL.open("wb", buffering=0) as full:  # noqa: ASYNC230 - a device
        streams = {
            int(number or sign == ">"): None if target == "&-" else full.fileno()
            for number, sign, target in re.findall(r"(\d?)([<>])(&-|/dev/full)", redirect)
        }
        return await ended(loguro, *words, streams=streams)


@pytest.mark.parametrize("name", PRINTING)
async def test_a_reader_that_is_gone_ends_it_with_141_and_no_word(
    name: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        words = in_folder(tmp_path, PRINTING[name])
        done = await ended(loguro_emulator, *words, streams={1: writing})
    finally:
        os.close(writing)
    assert done.status == 141
    assert "Traceback" not in done.err
    assert "loguro-async:" not in done.err


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("name", PRINTING)
async def test_a_full_disk_behind_stdout_is_one_line(
    name: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await end(loguro_emulator, tmp_path, PRINTING[name], ">/dev/full")
    assert done.status == 1
    assert done.err.splitlines()[-1] == (
        "loguro-async: cannot write to standard output: No space left on device"
    )
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", PRINTING)
async def test_closed_output_is_one_line(
    name: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await end(loguro_emulator, tmp_path, PRINTING[name], ">&-")
    assert done.status == 1
    assert done.err.splitlines()[-1] == (
        "loguro-async: cannot write to standard output: it is closed"
    )
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["kpis", "batch", "export", "doctor json", "demo"])
@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
async def test_other_streams_may_be_closed_or_full(
    name: str, redirect: str, loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await end(loguro_emulator, tmp_path, PRINTING[name], redirect)
    assert done.status == 0
    assert done.out


async def test_nothing_is_written_to_stdout_where_a_file_is(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    for asked in (("kpis", "local"), ("batch", "SLUGS", "--endpoint", "count")):
        out = (*asked, "--format", "csv", "--out", "OUT")
        done = await end(loguro_emulator, tmp_path, out, ">&-")
        assert done.status == 0
        assert names(tmp_path) == ["out", "slugs"]


@pytest.mark.parametrize("asked", [("batch", "-"), ("mcp",)])
async def test_closed_input_is_reported_where_it_is_needed(
    asked: tuple[str, ...], loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    done = await end(loguro_emulator, tmp_path, asked, "<&-")
    assert done == (
        1,
        "",
        "loguro-async: standard input is closed; open it, or give a file\n",
    )


SLOW = {
    "kpis": ("kpis", "local"),
    "csv": ("events", "local", "--out", "x.csv"),
    "batch": ("batch", "-", "--out", "x.parquet"),
    "batch ndjson": ("batch", "-", "--out", "x.ndjson"),
    "batch to stdout": ("batch", "-"),
    "report": ("report", "local", "--out", "x.html"),
    "doctor": ("doctor", "local"),
    "live": ("live", "local"),
}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *((name, signal.SIGINT) for name in SLOW),
        *((name, signal.SIGTERM) for name in ("kpis", "csv", "batch")),
        *((name, signal.SIGHUP) for name in ("batch ndjson", "report")),
    ],
)
async def test_a_signal_ends_it_in_one_line_and_leaves_nothing(
    name: str,
    number: signal.Signals,
    loguro_emulator: LoguroEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    loguro_emulator.fail(latency=600)
    run = new_python if name == "kpis" else running
    async with run(loguro_emulator, *SLOW[name]) as process:
        assert process.stdin is not None
        process.stdin.write(b"local\n")
        await process.stdin.drain()
        await requested(loguro_emulator, "local")
        process.send_signal(number)
        out, err = await process.communicate()
    assert (process.returncode, out) == (128 + number, b"")
    (line,) = err.decode().splitlines()
    assert "stopped" in line
    assert names(tmp_path) == []
