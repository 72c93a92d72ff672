"""The commands: what they print and how they end."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from loguro_async import __version__
from tests.unit.cli.in_process import run

if TYPE_CHECKING:
    from pathlib import Path


def test_an_invalid_slug_is_reported_in_one_line() -> None:
    done = run("serve", "--project", "../x")
    assert done.status == 2
    assert re.fullmatch(r"loguro-async: .*\.\./x.*\n", done.err)


def test_a_port_in_use_is_reported_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--events", "10", "--port", port)
    assert done.status == 1
    assert done.err == (
        f"loguro-async: port {port} is in use; give another --port, or leave it out for any free "
        "one\n"
    )


def test_an_invalid_choice_is_reported_without_words_of_a_library() -> None:
    done = run("kpis", "local", "--range", "99d")
    assert done.status == 2
    assert done.err.startswith("loguro-async: Invalid value for '--range': '99d' is not one of")


def test_a_dash_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("openapi", "--out", "-")
    assert (done.status, done.out) == (0, run("openapi").out)
    assert list(tmp_path.iterdir()) == []


def test_version_is_the_package_s() -> None:
    assert run("--version").out == f"loguro-async {__version__}\n"


@pytest.mark.parametrize("missing", ["rich", "typer"])
def test_a_missing_extra_is_reported_in_one_line(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from loguro_async.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "kpis", "local", "--format", "table"],
        capture_output=True,
        text=True,
        env={"LOGURO_PAT": "pat_made_up", "LOGURO_BASE_URL": "http://127.0.0.1:9"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f'loguro-async: the command line needs {missing}: install "loguro-async[cli]"\n'
    )


def test_without_the_emulator_s_extra_demo_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(sys.modules):
        if name.startswith("loguro_async.emulator"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = run("demo")
    assert done.status == 2
    assert done.err.endswith('install "loguro-async[emulator]"\n')


def test_the_bare_command_shows_the_help() -> None:
    bare = run()
    assert (bare.status, bare.err) == (2, "")
    assert bare.out == run("--help").out
    assert run("--help").status == 0


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_without_the_extra_for_tables_nothing_is_sent(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in tuple(sys.modules):
        if name.startswith("loguro_async.export"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setenv("LOGURO_PAT", "pat_made_up")
    monkeypatch.setenv("LOGURO_BASE_URL", "http://127.0.0.1:9")
    done = run("kpis", "local", "--format", form)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.endswith('"loguro-async[arrow]"\n')
