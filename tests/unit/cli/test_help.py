"""Help and completion: what they say, that they fit, and that they load little."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from loguro_async.cli.commands.endpoints import COMMANDS
from tests.unit.cli.in_process import run

HEAVY = ("aiohttp", "asyncio", "duckdb", "pyarrow", "pydantic", "rich", "loguro_async.client")
OTHERS = (
    *("batch", "export", "report", "live", "dashboard", "doctor", "mcp", "openapi"),
    *("demo", "serve"),
)
ALL = (*(command.name for command in COMMANDS), *OTHERS)


def about(option: str, text: str) -> str:
    """Returns the help of one option on one line."""
    found = re.search(rf"{option}\b(.*?)(?= --\w|\n\n|$)", " ".join(text.split()))
    assert found is not None
    return found[1]


def test_commands_are_listed_in_groups() -> None:
    text = run("--help").out
    groups = re.findall(r"^(\w[^\n]*):\n((?:  .*\n)+)", text, re.MULTILINE)
    listed = [re.findall(r"^  (\S+)", lines, re.MULTILINE) for _, lines in groups]
    assert [title for title, _ in groups][:4] == [
        "Query one project",
        "Many projects, and exports",
        "Tools",
        "Try it without an account",
    ]
    assert sorted(name for names in listed[:4] for name in names) == sorted(ALL)


@pytest.mark.parametrize("command", ["", *ALL])
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_help_fits_the_terminal_and_is_ascii(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run(*command.split(), "-h")
    assert (done.status, done.err) == (0, "")
    assert done.out.isascii()
    text = done.out.partition("\nExample")[0]  # an example is one line, to be copied
    assert max(map(len, text.splitlines())) <= columns
    assert "x>=" not in text


@pytest.mark.parametrize(
    ("command", "option", "told"),
    [
        ("serve", "--project", "local, or those of the data"),
        ("mcp", "--project", "all that the token can see"),
        ("kpis", "--profile", "$LOGURO_PROFILE"),
        ("kpis", "--timeout", "30"),
        ("kpis", "--tz", "UTC"),
        ("top-flows", "--depth", "3; 2 to 5"),
        ("top-pages", "--limit", "1 or more"),
        ("export", "--format", "parquet"),
        ("batch", "--format", "by the file's extension"),
        ("batch", "--concurrency", "64"),
    ],
)
def test_help_shows_defaults_and_bounds(
    command: str, option: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert told in about(option, run(command, "--help").out)


def loaded_by(*arguments: str, **environment: str) -> set[str]:
    """The heavy packages that a command loads, in a process of its own."""
    code = f"""
import atexit, json, sys
heavy = {HEAVY!r}
atexit.register(lambda: print(json.dumps([n for n in heavy if n in sys.modules]), file=sys.stderr))
from loguro_async.cli import main
main()
"""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COV_", "COVERAGE_", "LOGURO_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**plain, **environment},
        check=False,
    )
    assert done.stdout
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["kpis", "--help"], ["batch", "-h"], ["--version"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == set()


@pytest.mark.parametrize("typed", ["loguro-async top-p", "loguro-async kpis local --range 2"])
def test_completion_loads_nothing_heavy(typed: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert loaded_by(_LOGURO_ASYNC_COMPLETE="complete_bash", **words) == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kpis"], "Missing argument 'SLUG'; see loguro-async kpis --help"),
        (["kpi", "local"], "No such command 'kpi'. Did you mean 'kpis'?"),
        (["kpis", "local", "--rang", "7d"], "No such option: --rang"),
        (["kpis", "local", "--range", "5d"], "'5d' is not one of '1h', '24h', '7d'"),
        (["kpis", "local", "--tz", "Mars/Phobos"], "--tz is 'Mars/Phobos'"),
        (["batch"], "give a file with a slug in each line"),
        (["batch", "-", "--out", "a.xlsx"], "or give --format"),
        (["batch", "-", "--endpoint", "count", "--limit", "5"], "--limit does not apply to"),
        (["export", "local", "--out", "x"], "give either --from and --to, or --last"),
        (["export", "local", "--out", "x", "--last", "7 days"], "--last must be a number of days"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGURO_PAT", "pat_made_up")
    done = run(*arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
