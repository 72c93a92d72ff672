"""Every format of every endpoint: to standard output, to a file, and in real terminals."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet
from rich.cells import cell_len

from loguro_async.cli.commands.endpoints import COMMANDS
from tests.integration.command import Ended, ended, environment, session
from tests.unit.cli.in_process import run
from tests.unit.export.samples import names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from loguro_async import LoguroClient
    from loguro_async.emulator import LoguroEmulator

NAMES = [command.name for command in COMMANDS]
FORMATS = ("table", "json", "ndjson", "csv", "parquet")
EVENT: dict[str, Any] = {
    "id": "e1",
    "event_type": "custom",
    "path": "/café/日本",
    "url": "https://x.example/café",
    "visitor_id": "v1",
    "session_id": "s1",
    "timestamp": "2026-06-10T09:00:00Z",
    "custom_event_name": "buy",
    "custom_props": {"price": 9.5, "tags": ["a"]},
    "added_later": {"a": None},
}


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"events": 500, "days": 14}


async def words(name: str, client: LoguroClient) -> list[str]:
    """A command's name, and the arguments that it needs."""
    if not name.startswith("visitor"):
        return [name, "local"]
    (event,) = (await client.project("local").events(range="30d", limit=1)).items
    assert event.visitor_id is not None
    return [name, "local", event.visitor_id]


def in_process(loguro: LoguroEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in environment(loguro).items():
        if variable.startswith("LOGURO_"):
            monkeypatch.setenv(variable, value)


@pytest.mark.parametrize("name", NAMES)
async def test_every_format_is_written_to_stdout_and_to_files(
    name: str,
    loguro_emulator: LoguroEmulator,
    loguro_client: LoguroClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_process(loguro_emulator, monkeypatch)
    arguments = await words(name, loguro_client)
    written: dict[str, bytes] = {}
    for form in FORMATS[1:]:
        out = tmp_path / f"x.{form}"
        done = await asyncio.to_thread(run, *arguments, "--out", out, encoding="latin-1")
        assert done == (0, "", "")
        written[form] = out.read_bytes()
        # Bytes are the same whatever the encoding of the stream.
        done = await asyncio.to_thread(run, *arguments, "--format", form, encoding="latin-1")
        assert (done.status, done.err) == (0, "")
        if form != "parquet":
            assert done.out.encode("latin-1") == written[form]
    done = await asyncio.to_thread(run, *arguments, "--format", "table")
    assert (done.status, done.err) == (0, "")
    assert done.out.strip()

    whole: dict[str, Any] = json.loads(written["json"])
    rows: list[Any] = [json.loads(line) for line in written["ndjson"].splitlines()]
    sent: Any = whole.get("items", whole.get("sessions"))
    assert rows == (sent if isinstance(sent, list) else [whole])
    assert all(isinstance(row, dict) for row in rows)
    assert len(list(csv.reader(io.StringIO(written["csv"].decode())))) == len(rows) + 1
    assert parquet.read_table(tmp_path / "x.parquet").num_rows == len(rows)
    assert names(tmp_path) == sorted(f"x.{form}" for form in FORMATS[1:])


@pytest.mark.parametrize("command", [["events", "local"], ["recent-events", "local"]])
async def test_rows_are_as_the_service_sent_them(
    command: list[str], loguro_emulator: LoguroEmulator
) -> None:
    body = json.dumps({"items": [EVENT], "count": 1}).encode()
    loguro_emulator.fail(status=200, body=body)
    done = await ended(loguro_emulator, *command, "--format", "ndjson")
    assert (done.status, json.loads(done.out)) == (0, EVENT)


async def test_all_commands_have_one_dialect(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    for name in ("overview", "kpis", "events", "top-pages"):
        asked = ("--range", "7d", "--limit", "3") if name != "kpis" else ("--range", "7d")
        one = await ended(loguro_emulator, name, "local", *asked, "--format", "ndjson")
        out = tmp_path / "x.ndjson"
        batch = ("batch", "-", "--endpoint", name, *asked, "--out", out)
        assert (await ended(loguro_emulator, *batch, stdin="local")).status == 0
        rows = [json.loads(line) for line in one.out.splitlines()]
        assert rows
        assert [json.loads(line) for line in out.read_text().splitlines()] == [
            {"project": "local", **row} for row in rows
        ]


def fitting(ran: Sequence[Ended], columns: int) -> None:
    assert ran
    for done in ran:
        assert (done.status, done.err) == (0, "")
        assert done.out.strip()
        assert max(map(cell_len, done.out.splitlines())) <= columns


@pytest.mark.parametrize(
    ("columns", "encoding"),
    [
        *((columns, "utf-8") for columns in (40, 80, 120)),
        *((40, encoding) for encoding in ("latin-1", "cp1252", "cp437", "ascii")),
        *((columns, "cp437") for columns in (80, 120)),
    ],
)
async def test_in_a_terminal_every_command_fits_its_width_and_encoding(
    columns: int,
    encoding: str,
    loguro_emulator: LoguroEmulator,
    loguro_client: LoguroClient,
) -> None:
    commands = [await words(name, loguro_client) for name in NAMES]
    helps = [[name, "--help"] for name in ("kpis", "batch", "export", "serve")]
    asked = [*commands, ["--help"], *helps]
    ran = await session(loguro_emulator, *asked, columns=columns, encoding=encoding)
    fitting(ran[: len(commands)], columns)
    said = ran[len(commands) :]
    assert said
    assert all(done.status == 0 and "Usage: loguro-async" in done.out for done in said)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp437", "ascii"])
async def test_letters_that_an_encoding_lacks_are_replaced_in_a_terminal(
    encoding: str, loguro_emulator: LoguroEmulator
) -> None:
    pages = [{"path": "/café/日本" + "/x" * 40, "count": 12345}, {"path": "/plain", "count": 2}]
    body = json.dumps({"items": pages}).encode()
    loguro_emulator.fail(status=200, body=body, endpoint="top-pages")
    (done,) = await session(loguro_emulator, ["top-pages", "local"], columns=40, encoding=encoding)
    fitting([done], 40)
    assert "/caf" in done.out
    assert "12,345" in done.out
    assert ("日本" in done.out) == (encoding == "utf-8")
