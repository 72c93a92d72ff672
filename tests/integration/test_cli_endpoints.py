"""A command for every endpoint, as a person runs it: in a terminal, piped, into files."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import msgspec
import pytest
from pyarrow import parquet

from loguro_async.cli.commands.endpoints import COMMANDS
from tests.integration.command import (
    Ended,
    ended,
    ended_on_full_disk,
    ended_on_screen,
    new_python,
    requested,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loguro_async import LoguroClient
    from loguro_async.emulator import LoguroEmulator

NAMES = [command.name for command in COMMANDS]
HOSTILE = "/<b>\x1b]0;owned\x07\u202eevil/" + "x" * 300


@pytest.fixture(scope="session")
def loguro_emulator_options() -> Mapping[str, Any]:
    return {"events": 500, "days": 14}


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def words(name: str, client: LoguroClient) -> list[str]:
    """A command's name, and the arguments that it needs."""
    if not name.startswith("visitor"):
        return [name, "local"]
    (event,) = (await client.project("local").events(range="30d", limit=1)).items
    return [name, "local", str(event.visitor_id)]


@pytest.mark.parametrize("name", NAMES)
async def test_piped_every_command_gives_what_the_service_sent(
    loguro_emulator: LoguroEmulator, loguro_client: LoguroClient, name: str
) -> None:
    arguments = await words(name, loguro_client)
    status, out, err = await ended(loguro_emulator, *arguments)
    assert (status, err) == (0, "")
    answer = json.loads(out)
    if name == "overview":
        assert list(answer) == ["kpis", "timeseries", "topPages"]
        assert answer["kpis"]["current"]["visitors"] > 0
    else:
        method = getattr(loguro_client.project("local"), name.replace("-", "_"))
        assert answer == json.loads((await method(*arguments[2:])).raw)


async def test_ndjson_has_a_line_for_each_row(loguro_emulator: LoguroEmulator) -> None:
    asked = ("top-pages", "local", "--range", "30d", "--limit", "3", "--compare")
    status, out, _ = await ended(loguro_emulator, *asked, "--format", "ndjson")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (status, len(rows)) == (0, 3)
    assert {"path", "count", "prev_count"} <= rows[0].keys()


@pytest.mark.parametrize("extension", ["json", "ndjson", "csv", "parquet"])
async def test_the_file_extension_selects_the_format(
    loguro_emulator: LoguroEmulator, tmp_path: Path, extension: str
) -> None:
    out = tmp_path / f"pages.{extension}"
    ran = await ended(loguro_emulator, "top-pages", "local", "--range", "30d", "--out", out)
    assert ran == Ended(0, "", "")
    assert names_in(tmp_path) == [out.name]
    if extension == "parquet":
        assert parquet.read_table(out).num_rows == 10
    else:
        assert "/pricing" in out.read_text()


async def test_csv_and_parquet_go_through_a_pipe(
    loguro_emulator: LoguroEmulator,
) -> None:
    asked = ("count", "local", "--range", "30d", "--format")
    for to in ((), ("--out", "-")):
        done = await ended(loguro_emulator, *asked, "csv", *to)
        assert done.out.splitlines()[0] == '"count"'
    async with running(loguro_emulator, *asked, "parquet") as process:
        out, _ = await process.communicate()
    assert out[:4] == out[-4:] == b"PAR1"


async def test_csv_may_begin_with_a_byte_order_mark(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    asked = ("top-pages", "local", "--range", "30d", "--bom")
    ran = await ended(loguro_emulator, *asked, "--out", tmp_path / "pages.csv")
    assert ran == Ended(0, "", "")
    assert (tmp_path / "pages.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    loguro_emulator.forget_requests()
    refused = await ended(loguro_emulator, *asked, "--format", "json")
    assert (refused.status, refused.out) == (2, "")
    assert "--bom needs the format csv" in refused.err
    assert not loguro_emulator.requests


async def test_range_filter_and_window_are_sent(loguro_emulator: LoguroEmulator) -> None:
    await ended(
        *(loguro_emulator, "kpis", "local", "--from", "2026-06-01", "--to", "2026-06-03"),
        *("--tz", "Europe/Bucharest", "--filter", "country:RO !device:mobile"),
    )
    await ended(loguro_emulator, "recent-events", "local", "--window", "120", "--limit", "5")
    await ended(loguro_emulator, "top-flows", "local", "--depth", "2")
    kpis, recent, flows = (dict(request.query) for request in loguro_emulator.requests)
    assert kpis == {
        "from": "2026-05-31T21:00:00.000Z",
        "to": "2026-06-02T21:00:00.000Z",
        "filter": "country:RO !device:mobile",
    }
    assert recent == {"windowMs": "120000", "limit": "5"}
    assert flows == {"depth": "2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kpis", "a/b"], "a/b"),
        (["kpis", "local", "--filter", "colour:red"], "filter"),
        (["kpis", "local", "--from", "2026-06-01"], "give both --from and --to"),
        (["kpis", "local", "--from", "1", "--to", "2"], "--from is '1'"),
        (["count", "local", "--range", "7d", "--tz", "Mars/Phobos"], "--tz is 'Mars/Phobos'"),
        (["kpis", "local", "--format", "table", "--out", "x.json"], "a table is for the terminal"),
        (["kpis", "local", "--out", "kpis.xlsx"], "cannot tell the format"),
        (["kpis", "local", "--profile", "unknown"], "cannot read the profiles"),
        (["kpis", "local", "--timeout", "0"], "timeout must be"),
        (["kpis", "local", "--range", "5d"], "'5d' is not one of '1h', '24h'"),
        (["kpis", "local", "--limitt", "5"], "--limitt"),
        (["kpis"], "SLUG"),
        (["kpi", "local"], "No such command 'kpi'"),
        (["top-pages", "local", "--limit", "0"], "limit"),
    ],
)
async def test_wrong_use_is_reported_in_one_line_before_anything_is_sent(
    loguro_emulator: LoguroEmulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGURO_CONFIG", str(tmp_path / "none.toml"))
    status, out, err = await ended(loguro_emulator, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert loguro_emulator.requests == []


async def test_without_a_token_or_a_network_it_says_what_to_do(
    loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOGURO_CONFIG", str(tmp_path / "none.toml"))
    loguro = Mock(token="", base_url=loguro_emulator.base_url)
    status, out, err = await ended(loguro, "kpis", "local")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "set $LOGURO_PAT, or write a profile" in err
    unreachable = Mock(token="pat_made-up", base_url="http://127.0.0.1:9")
    status, out, err = await ended(unreachable, "kpis", "local", "--timeout", "3")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "check the network" in err
    assert "pat_made-up" not in err


async def test_failures_of_the_service_are_one_line(
    loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = await ended(loguro_emulator, "kpis", "no-such-project")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "check the slug" in err
    loguro_emulator.revoke(loguro_emulator.token)
    status, out, err = await ended(loguro_emulator, "kpis", "local")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert loguro_emulator.token not in err


async def test_a_profile_is_used_with_its_own_token(
    loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    shop = loguro_emulator.issue_token(projects=("local",))
    loguro_emulator.revoke(loguro_emulator.token)  # what $LOGURO_PAT holds
    config.write_text(
        f'[profiles.shop]\ntoken = "{shop}"\nbase_url = "{loguro_emulator.base_url}"\n'
    )
    config.chmod(0o600)
    monkeypatch.setenv("LOGURO_CONFIG", str(config))
    assert (await ended(loguro_emulator, "count", "local")).status == 1
    assert (await ended(loguro_emulator, "count", "local", "--profile", "shop")).status == 0
    config.chmod(0o644)
    status, _, err = await ended(loguro_emulator, "count", "local", "--profile", "shop")
    assert (status, err.count("\n")) == (2, 1)
    assert f"chmod 600 {config}" in err


async def test_a_full_disk_leaves_no_half_file(
    loguro_emulator: LoguroEmulator, tmp_path: Path
) -> None:
    out = tmp_path / "events.json"
    out.write_text("older")
    status, _, err = await ended_on_full_disk(
        loguro_emulator, "events", "local", "--range", "30d", "--out", out
    )
    assert (status, err.count("\n")) == (1, 1)
    assert err == f"loguro-async: {out}: File too large\n"
    assert names_in(tmp_path) == [out.name]
    assert out.read_text() == "older"


async def test_ctrl_c_ends_it_in_one_line(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(latency=60)
    async with running(loguro_emulator, "kpis", "local") as process:
        await requested(loguro_emulator, "local")
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"loguro-async: stopped\n")


async def test_a_closed_pipe_ends_it_quietly(loguro_emulator: LoguroEmulator) -> None:
    loguro_emulator.fail(latency=0.3)
    async with new_python(loguro_emulator, "events", "local", "--range", "30d") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout._transport.close()  # type: ignore[attr-defined]
        assert await process.stderr.read() == b""
        assert await process.wait() == 141


async def test_untrusted_text_cannot_control_a_terminal(
    loguro_emulator: LoguroEmulator,
) -> None:
    body = msgspec.json.encode({"items": [{"path": HOSTILE, "count": 1, "new\x1b[2J": "\x1b[2J"}]})
    loguro_emulator.fail(status=200, body=body, endpoint="top-pages")
    status, out, _ = await ended_on_screen(loguro_emulator, "top-pages", "local", columns=40)
    assert status == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "<b>" in out


async def test_an_empty_response_is_reported(loguro_emulator: LoguroEmulator) -> None:
    asked = ("custom-events", "local", "--from", "2001-01-01", "--to", "2001-01-02")
    assert (await ended_on_screen(loguro_emulator, *asked)).out == "nothing in this range\n"


async def test_shells_can_complete_commands_options_and_profiles(
    loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[profiles.staging]\ntoken = "pat_made-up"\n')
    config.chmod(0o600)
    monkeypatch.setenv("LOGURO_CONFIG", str(config))
    monkeypatch.setenv("_LOGURO_ASYNC_COMPLETE", "complete_bash")
    for typed, completed in {
        "loguro-async top-p": "top-pages",
        "loguro-async kpis --ra": "--range",
        "loguro-async kpis --range 2": "24h",
        "loguro-async kpis --profile ": "staging",
    }.items():
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
        assert completed in (await ended(loguro_emulator)).out.split()
