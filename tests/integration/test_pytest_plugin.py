"""The fixtures for users' own tests, used as a user would: in a run of pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import numpy as np
from fastapi import testclient

from loguro_async import emulator

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

pytest_plugins = ["pytester"]
# A run inside this process forgets the modules that it imported. Some are written in C, and
# cannot be imported again: they are imported here, before.
IMPORTED_ONCE = (duckdb, np, testclient, emulator)

FUNCTION_SCOPED = """
from datetime import UTC, datetime

import pytest

from loguro_async import LoguroClient, Project
from loguro_async.emulator import LoguroEmulator

{mark}
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
        return {{"projects": ("shop",), "events": 30}}

    async def test_project(self, loguro_project, loguro_emulator):
        assert loguro_emulator.projects == ("shop",)
        assert (await loguro_project.count(range="all")).count == 30
"""

ONE_LOOP = """
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="{scope}")
CLIENTS = []


class TestInOneLoop:
    @pytest.mark.parametrize("time", [1, 2])
    async def test_each_test_has_its_own(self, loguro_client, loguro_emulator, time):
        assert (await loguro_client.project("local").kpis(range="7d")).current.visitors > 0
        assert len(loguro_emulator.requests) == 1
        CLIENTS.append(loguro_client)
        assert ["closed" in repr(client) for client in CLIENTS] == [True, False][-time:]
"""

SESSION_SCOPED = """
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEEN = []


@pytest.mark.parametrize("time", [1, 2])
async def test_all_tests_share_one(loguro_client_session, loguro_emulator_session, time):
    loguro_emulator_session.track("/pricing")
    SEEN.append((loguro_client_session, loguro_emulator_session))
    assert len(set(SEEN)) == 1
    count = await loguro_client_session.project("local").count(range="all", cache="no-store")
    assert count.count == 2_000 + time
"""

SYNCHRONOUS = """
import asyncio
from urllib.request import Request, urlopen

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from loguro_async import InvalidQueryError, LoguroClient
from loguro_async.integrations.fastapi import LoguroDep, loguro_lifespan


@pytest.fixture
def app():
    app = FastAPI(lifespan=loguro_lifespan())

    @app.get("/")
    async def visitors(loguro: LoguroDep) -> int:
        return (await loguro.project("local").kpis(range="7d")).current.visitors

    return app


def test_an_application(loguro_env, app):
    with TestClient(app) as browser:
        before = browser.get("/").json()
    loguro_env.emulator.track("/pricing", visitor_id="new-visitor")
    with TestClient(app) as browser:
        assert browser.get("/").json() == before + 1
    assert [request.endpoint for request in loguro_env.emulator.requests] == ["kpis"] * 2


def test_without_any_client(loguro_server):
    asked = Request(f"{loguro_server.base_url}/api/web-events/local/count")
    asked.add_header("Authorization", f"Bearer {loguro_server.token}")
    with urlopen(asked) as answer:
        assert answer.status == 200
    assert loguro_server.base_url in repr(loguro_server)
    assert loguro_server.token not in repr(loguro_server)


def test_a_loop_of_its_own(loguro_client):
    count = asyncio.run(loguro_client.project("local").count(range="all"))
    assert int(count) == 2_000


def test_a_client_that_is_never_used(loguro_client):
    with pytest.raises(InvalidQueryError):
        loguro_client.project("")


def test_a_loop_that_is_still_open(loguro_client):
    global LOOP
    LOOP = asyncio.new_event_loop()
    LOOP.run_until_complete(loguro_client.project("local").count())


def test_the_client_was_closed_there():
    LOOP.close()
"""

IN_A_THREAD = """
import threading

from anyio.from_thread import start_blocking_portal
import pytest


@pytest.fixture
def portal():
    with start_blocking_portal() as portal:
        yield portal


def test_a_loop_that_runs_in_another_thread(portal, loguro_project):
    assert int(portal.call(loguro_project.count)) > 0
"""


def configure(pytester: pytest.Pytester, mode: str, tests: str) -> None:
    settings = (
        "[pytest]",
        f"asyncio_mode = {mode}",
        "asyncio_default_fixture_loop_scope = function",
        "filterwarnings = error",
        # Other installed plugins only slow the start.
        "addopts = -p no:cacheprovider -p no:faker -p no:schemathesis",
    )
    pytester.makefile(".ini", pytest="\n".join(settings))
    pytester.makepyfile(test_mine=tests)


def passed(pytester: pytest.Pytester, mode: str, tests: str, *options: str) -> int:
    """How many tests of a file pass; all of them must."""
    configure(pytester, mode, tests)
    result = pytester.runpytest_inprocess(*options)
    assert result.ret == 0, result.outlines
    return result.parseoutcomes()["passed"]


def test_in_auto_mode(pytester: pytest.Pytester) -> None:
    assert passed(pytester, "auto", FUNCTION_SCOPED.format(mark="")) == 4


def test_in_strict_mode(pytester: pytest.Pytester) -> None:
    marked = FUNCTION_SCOPED.format(mark="pytestmark = pytest.mark.asyncio")
    assert passed(pytester, "strict", marked) == 4


def test_with_anyio_alone(pytester: pytest.Pytester) -> None:
    backend = "pytestmark = pytest.mark.anyio\nanyio_backend = pytest.fixture(lambda: 'asyncio')\n"
    marked = FUNCTION_SCOPED.format(mark=backend)
    configure(pytester, "strict", marked)
    result = pytester.runpytest_inprocess(
        *("-p", "no:asyncio", "-W", "ignore:Unknown config option")
    )
    result.assert_outcomes(passed=4)


def test_with_any_scope_of_the_event_loop(pytester: pytest.Pytester) -> None:
    scopes = ("function", "class", "module", "session")
    pytester.makepyfile(**{f"test_{scope}": ONE_LOOP.format(scope=scope) for scope in scopes})
    assert passed(pytester, "strict", "") == 2 * len(scopes)


def test_fixtures_of_the_whole_session(pytester: pytest.Pytester) -> None:
    assert passed(pytester, "auto", SESSION_SCOPED) == 2


def test_in_synchronous_tests(pytester: pytest.Pytester) -> None:
    assert passed(pytester, "auto", SYNCHRONOUS) == 6


def test_with_a_loop_in_another_thread(pytester: pytest.Pytester) -> None:
    assert passed(pytester, "auto", IN_A_THREAD) == 1


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_with_xdist(pytester: pytest.Pytester) -> None:
    configure(pytester, "auto", FUNCTION_SCOPED.format(mark="").replace("== FILES", ""))
    result = run(pytester.path, "-n", "2")
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "4 passed" in result.stdout


def test_nothing_is_imported_before_a_fixture_is_used(pytester: pytest.Pytester) -> None:
    tests = (
        "import sys\n\n\ndef test_modules():\n"
        '    heavy = {"aiohttp", "msgspec", "duckdb", "numpy", "loguro_async.client"}\n'
        '    assert "loguro_async.pytest_plugin" in sys.modules\n'
        "    assert not heavy & sys.modules.keys()\n"
    )
    configure(pytester, "auto", tests)
    result = run(pytester.path)
    assert "1 passed" in result.stdout, result.stdout


def test_the_import_takes_less_than_20_ms() -> None:
    code = "import pytest; import loguro_async.pytest_plugin"
    command = [sys.executable, "-X", "importtime", "-c", code]

    def microseconds() -> int:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        (took,) = re.findall(r"\| +(\d+) \| loguro_async\.pytest_plugin\n", done.stderr)
        return int(took)

    # The machine may be busy once, or more often.
    assert any(microseconds() < 20_000 for _ in range(5))
