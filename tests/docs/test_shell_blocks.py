"""Commands in README and docs exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from loguro_async.cli.app import app
from tests.docs.documents import ROOT, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def words(block: Block) -> Iterator[list[str]]:
    for line in block.code.splitlines():
        typed = shlex.split(line, comments=True)
        if typed:
            yield typed


def explain(typed: list[str]) -> str | None:
    """Why a command cannot work, if it cannot."""
    match typed:
        case ["make", target]:
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            known = re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)
            return None if known else f"no target {target}"
        case ["loguro-async", command, *_]:
            commands = getattr(get_command(app), "commands", {})
            return None if command in commands else f"no command {command}"
        case ["pip", "install", requirement]:
            found = re.fullmatch(r"([\w-]+)(?:\[([\w,]+)\])?", requirement)
            if found is None or found[1] != PROJECT["name"]:
                return f"not this package: {requirement}"
            extras = set(filter(None, (found[2] or "").split(",")))
            missing = extras - PROJECT["optional-dependencies"].keys()
            return f"no extras {missing}" if missing else None
        case [assignment, *_] if assignment.startswith(("export", "LOGURO_")):
            return None
        case _:
            return "a command that this test does not know"


@pytest.mark.parametrize("block", blocks("sh", "shell", "bash", "console"), ids=str)
def test_a_command_exists(block: Block) -> None:
    assert [reason for typed in words(block) if (reason := explain(typed))] == []


@pytest.mark.parametrize(
    "typed",
    [["make", "nothing"], ["loguro-async", "nothing"], ["pip", "install", "loguro-async[nothing]"]],
)
def test_a_command_that_does_not_exist_is_noticed(typed: list[str]) -> None:
    assert explain(typed) is not None


def test_the_readme_ends_with_the_commands_for_a_clone() -> None:
    last = [block for block in blocks("sh") if block.page.name == "README.md"][-1]
    assert list(words(last)) == [["make", "demo"], ["make", "test"]]
