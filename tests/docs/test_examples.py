"""The examples, run as a person runs them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from tests.docs.documents import ROOT

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator


@asynccontextmanager
async def started(example: str, *arguments: str) -> AsyncGenerator[Process, None]:
    environment = {key: text for key, text in os.environ.items() if not key.startswith("LOGURO_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "examples" / example), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_admin_panel_shows_figures_and_the_dashboard_until_ctrl_c() -> None:
    async with started("admin_panel.py", "--port", "0") as process:
        assert process.stdout is not None
        url = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
        assert url is not None
        async with aiohttp.ClientSession() as browser:
            async with browser.get(url[0]) as page:
                assert re.search(r"[1-9][\d,]* visitors", await page.text())
            async with browser.get(f"{url[0]}analytics/") as page:
                assert page.status == 200
                assert "Web analytics" in await page.text()
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode in {0, 130, -signal.SIGINT}
    assert b"Traceback" not in err


async def test_the_bot_responds_on_the_console_until_an_empty_line() -> None:
    async with started("bot.py") as process:
        out, err = await process.communicate(b"/stats 30d\n/stats soon\nhello\n\n")
    assert (process.returncode, err) == (0, b"")
    assert b"Visitors" in out
    assert b"Give one of 1h, 24h, 7d" in out


async def test_the_bot_takes_a_filter_and_starts_with_an_empty_project() -> None:
    async with started("bot.py", "--events", "0") as process:
        asked = b"/stats\n/stats 30d country:RO\n/stats 7d colour:red\n\n"
        out, err = await process.communicate(asked)
    assert (process.returncode, err) == (0, b"")
    assert out.count(b"Visitors: 0") == 2
    assert b"country:RO" in out
    assert b"did you mean 'country'?" in out


def test_each_example_is_explained() -> None:
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    for example in (ROOT / "examples").glob("*.py"):
        assert f"python examples/{example.name}" in text
