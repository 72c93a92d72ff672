"""Every block of Python in README and docs runs, against an embedded Loguro."""

from __future__ import annotations

import ast
import asyncio
import builtins
import re
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


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the blocks of tests, each in a file that is named after its place."""
    folder = tmp_path_factory.mktemp("blocks")
    (folder / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    for block in TESTS:
        (folder / file_name(block)).write_text(block.code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-W", "error", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def file_name(block: Block) -> str:
    return f"test_{block.page.stem}_{block.line}.py"


@pytest.mark.timeout(180)  # the first one waits for all
@pytest.mark.parametrize("block", TESTS, ids=str)
def test_a_block_of_tests_passes(block: Block, tested: str) -> None:
    passed = re.findall(rf"^PASSED {re.escape(file_name(block))}::", tested, re.MULTILINE)
    assert len(passed) == block.code.count("def test_"), tested
    assert not re.search(rf"^(FAILED|ERROR) .*{re.escape(file_name(block))}", tested, re.MULTILINE)


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
