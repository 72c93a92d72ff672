"""``loguro-async dashboard`` as a person runs it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import aiohttp

from tests.integration.command import ended, running

if TYPE_CHECKING:
    from loguro_async.emulator import LoguroEmulator


async def test_it_serves_a_page_to_this_machine_until_ctrl_c(
    loguro_emulator: LoguroEmulator,
) -> None:
    asked = ("dashboard", "local", "--filter", "country:RO")
    async with running(loguro_emulator, *asked) as process, aiohttp.ClientSession() as browser:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http://127.0.0.1:")
        async with browser.get(url) as page:
            assert page.status == 200
            assert "Web analytics" in await page.text()
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert err == b"Ctrl-C ends it.\nloguro-async: stopped\n"
    assert {dict(request.query)["filter"] for request in loguro_emulator.requests} == {"country:RO"}


async def test_wrong_use_is_told_in_one_line(loguro_emulator: LoguroEmulator) -> None:
    for arguments in (["dashboard", "a/b"], ["dashboard", "local", "--filter", "colour:red"]):
        status, out, err = await ended(loguro_emulator, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
