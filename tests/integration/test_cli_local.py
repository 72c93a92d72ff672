"""``serve`` and ``demo``: figures, addresses, signals, files of events."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from loguro_async import LoguroClient
from loguro_async.emulator import LoguroEmulator
from tests.unit.cli.in_process import run

if TYPE_CHECKING:
    from pathlib import Path


def started(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Starts a command; its output is read as it comes."""
    return subprocess.Popen(
        [sys.executable, "-m", "loguro_async", *arguments],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline()


def test_demo_shows_figures_series_and_pages() -> None:
    done = run("demo", "--events", "2000", "--seed", "7")
    assert done.status == 0
    assert re.search(r"^Bounce rate +\d+\.\d% +[+-]\d+\.\d pts$", done.out, re.MULTILINE)
    assert re.search(r"^[▁▂▃▄▅▆▇█]{8}$", done.out, re.MULTILINE)
    assert re.search(r"^/pricing +\d+ +\d+$", done.out, re.MULTILINE)


def test_demo_says_the_same_for_the_same_seed() -> None:
    first, again, other = (
        run("demo", "--events", "1000", "--seed", seed).out for seed in ("1", "1", "2")
    )
    assert first == again != other


async def test_serve_prints_how_to_reach_it_and_ends_quietly_on_ctrl_c() -> None:
    with started("serve", "--project", "shop", "--events", "500") as server:
        address, token = line_of(server), line_of(server)
        base_url = re.fullmatch(r"export LOGURO_BASE_URL=(http://127\.0\.0\.1:\d+)\n", address)
        pat = re.fullmatch(r"export LOGURO_PAT=(pat_\w+)\n", token)
        assert base_url is not None
        assert pat is not None
        async with LoguroClient(pat[1], base_url=base_url[1]) as client:
            count = await client.project("shop").count(range="all")
        server.send_signal(signal.SIGINT)
        out, err = server.communicate()
    assert int(count) == 500
    assert (server.returncode, out) == (0, "")
    assert err == "Serving shop; stop with Ctrl-C.\n"


async def test_serve_live_makes_traffic_as_time_passes() -> None:
    with started("serve", "--events", "10", "--live", "--per-minute", "6000") as server:
        base_url, token = (line_of(server).partition("=")[2].strip() for _ in range(2))
        async with LoguroClient(token, base_url=base_url, cache=None) as client:
            live = client.project("local").live(interval=0.05)
            async with live as events, asyncio.timeout(30):
                assert (await anext(events)).path
        server.terminate()
        server.communicate()
    assert server.returncode == 0


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("serve", signal.SIGINT),
        ("serve", signal.SIGTERM),
        ("serve", signal.SIGHUP),
        ("demo", signal.SIGINT),
    ],
)
def test_generating_traffic_can_be_interrupted(
    command: str, number: signal.Signals, tmp_path: Path
) -> None:
    with started(command, "--events", "3000000", TMPDIR=str(tmp_path)) as process:
        while not list(tmp_path.iterdir()):
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, "Traceback" in err) == ("", False)
    assert list(tmp_path.iterdir()) == []


def test_serve_takes_the_projects_of_its_data(tmp_path: Path) -> None:
    with LoguroEmulator("shop", events=10, data=tmp_path):
        pass
    with started("serve", "--data", str(tmp_path)) as server:
        line_of(server)
        server.terminate()
        _, err = server.communicate()
    assert err == "Serving shop; stop with Ctrl-C.\n"


def test_serve_stores_generated_events_in_a_new_folder(tmp_path: Path) -> None:
    with started("serve", "--events", "10", "--data", str(tmp_path)) as server:
        line_of(server)
        server.terminate()
        server.communicate()
    assert server.returncode == 0
    assert list(tmp_path.rglob("*.parquet"))
