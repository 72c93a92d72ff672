"""The guides list every endpoint, error, environment variable and exit code."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.main import get_command

import loguro_async
from loguro_async.cli import exit_codes
from loguro_async.cli.app import app
from tests.docs.documents import ROOT, blocks
from tests.docs.endpoint_table import COUNTS, table


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_column(text: str) -> set[str]:
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`?([\w.]+)`?(?:, |$)", cell)}


def test_every_endpoint_has_its_method_fields_and_command() -> None:
    text = page("endpoints.md")
    assert table() in text
    assert COUNTS
    assert [name for name in COUNTS if f"`{name}`" not in text] == []


def test_every_error_has_something_to_do() -> None:
    errors = {name for name in loguro_async.__all__ if name.endswith("Error")}
    parents = {"LoguroError", "ResponseError", "StatusError", "TransportError"}
    named = {name for name in first_column(page("troubleshooting.md")) if name.endswith("Error")}
    assert named - {"ImportError", "SyntaxError"} == errors - parents
    assert [name for name in parents if f"`{name}`" not in page("troubleshooting.md")] == []


def test_every_variable_that_is_read_is_listed() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "loguro_async").rglob("*.py")]
    read = {
        name for text in sources for name in re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", text)
    }
    text = page("environment-variables.md")
    own = {name for name in read if "LOGURO" in name}
    assert own == {name for name in first_column(text) if "LOGURO" in name} != set()
    assert [name for name in read - own if f"`{name}`" not in text] == []


def test_every_exit_code_is_explained() -> None:
    text = page("scheduled-jobs.md")
    codes = {0, exit_codes.FAILED, exit_codes.WRONG_USE, exit_codes.SOME_FAILED}
    codes |= {exit_codes.SIGNALLED + number for number in (1, 2, 15)} | {exit_codes.CLOSED_PIPE}
    listed = re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE)
    assert {int(code) for cell in listed for code in cell.split(",")} == codes


@pytest.mark.parametrize("block", blocks("crontab", "ini"), ids=str)
def test_scheduled_commands_have_only_options_that_exist(block: object) -> None:
    commands = getattr(get_command(app), "commands", {})
    typed = [
        shlex.split(line[line.index("loguro-async ") :])
        for line in str(getattr(block, "code", "")).splitlines()
        if "loguro-async " in line
    ]
    for _, name, *arguments in typed:
        commands[name].make_context(name, list(arguments))


def test_there_are_scheduled_commands() -> None:
    code = "".join(block.code for block in blocks("crontab", "ini"))
    assert len(re.findall(r"loguro-async (export|batch|report) ", code)) >= 4


@pytest.mark.parametrize(
    "words", ["rate limit", "cron", "proxy", "environment variable", "exit code", "Jupyter"]
)
def test_the_search_finds(words: str) -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")]
    assert any(words.lower() in text.lower() for text in texts)
