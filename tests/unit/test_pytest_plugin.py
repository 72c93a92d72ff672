"""The fixtures for users' own tests, used as a user would: in a run of pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

A_USER_S_TESTS = """
from datetime import UTC, datetime

import pytest

from loguro_async import LoguroClient, Project
from loguro_async.emulator import LoguroEmulator

FILES = []


async def test_emulator(loguro_emulator):
    assert isinstance(loguro_emulator, LoguroEmulator)
    assert loguro_emulator.base_url.startswith("http://127.0.0.1:")
    assert loguro_emulator.now == datetime(2026, 6, 11, 10, tzinfo=UTC)
    loguro_emulator.fail(500)
    FILES.extend(loguro_emulator.parquet("local"))


async def test_client(loguro_client, loguro_emulator):
    assert isinstance(loguro_client, LoguroClient)
    # The fault of the test before is gone, its files are used again.
    assert (await loguro_client.project("local").count(range="all")).count == 2_000
    assert loguro_emulator.parquet("local") == FILES
    assert len(loguro_emulator.requests) == 1


async def test_project(loguro_project, loguro_emulator):
    assert isinstance(loguro_project, Project)
    assert (await loguro_project.kpis(range="7d")).current.visitors > 0
    assert [request.endpoint for request in loguro_emulator.requests] == ["kpis"]


class TestOtherOptions:
    @pytest.fixture
    def loguro_emulator_options(self):
        return {"projects": ("shop",), "events": 30}

    async def test_project(self, loguro_project, loguro_emulator):
        assert loguro_emulator.projects == ("shop",)
        assert (await loguro_project.count(range="all")).count == 30
"""


def run(folder: Path, mode: str, tests: str) -> subprocess.CompletedProcess[str]:
    """Run a file of tests, in a folder of its own, with the plugin that pytest finds by itself."""
    settings = (
        "[pytest]",
        f"asyncio_mode = {mode}",
        "asyncio_default_fixture_loop_scope = function",
        "filterwarnings = error",
    )
    (folder / "pytest.ini").write_text("\n".join(settings))
    (folder / "test_mine.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_fixtures_in_auto_mode(tmp_path: Path) -> None:
    result = run(tmp_path, "auto", A_USER_S_TESTS)
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 passed" in result.stdout


def test_the_fixtures_in_strict_mode(tmp_path: Path) -> None:
    marked = A_USER_S_TESTS.replace("FILES = []", "FILES = []\npytestmark = pytest.mark.asyncio")
    result = run(tmp_path, "strict", marked)
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 passed" in result.stdout


def test_no_emulator_is_imported_before_a_fixture_is_asked_for(tmp_path: Path) -> None:
    tests = (
        "import sys\n\n\ndef test_modules():\n"
        '    heavy = {"duckdb", "numpy", "loguro_async.emulator"}\n'
        '    assert "loguro_async.pytest_plugin" in sys.modules\n'
        "    assert not heavy & sys.modules.keys()\n"
    )
    result = run(tmp_path, "auto", tests)
    assert "1 passed" in result.stdout, result.stdout
