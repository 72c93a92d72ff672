"""Every block of Python in README and docs runs, against an embedded Loguro."""

from __future__ import annotations

import ast
import asyncio
import builtins
import subprocess
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.documents import PAGES, ROOT, Block, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator

BLOCKS = blocks("python")
TESTS = [block for block in BLOCKS if "def test_" in block.code]
PROGRAMS = [block for block in BLOCKS if block not in TESTS]


def run(block: Block) -> None:
    """Run a block as a notebook would, where ``await`` may stand at the top level."""
    code = compile(
        "\n" * (block.line - 1) + block.code,
        str(block.page),
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
    unfinished: Any = FunctionType(code, {"__name__": "__main__", "__builtins__": builtins})()
    if unfinished is not None:
        asyncio.run(unfinished)


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_a_block_runs(
    block: Block, served: LoguroEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGURO_PAT", served.token)
    monkeypatch.setenv("LOGURO_BASE_URL", served.base_url)
    run(block)


@pytest.mark.parametrize("block", TESTS, ids=str)
def test_a_block_of_tests_passes(block: Block, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    (tmp_path / "test_block.py").write_text(block.code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{block.code.count('def test_')} passed" in done.stdout


def test_the_guides_have_code() -> None:
    with_code = {block.page for block in BLOCKS}
    guides = {"README.md", "docs/quickstart.md", "docs/filters.md", "docs/testing.md"}
    assert guides <= {str(page.relative_to(ROOT)) for page in with_code}
    assert with_code <= set(PAGES)


def test_a_block_that_fails_is_noticed() -> None:
    failing = Block(
        ROOT / "README.md", 7, "python", "import asyncio\nawait asyncio.sleep(0)\n1 / 0\n"
    )
    with pytest.raises(ZeroDivisionError) as failed:
        run(failing)
    assert failed.traceback[-1].lineno == 8
