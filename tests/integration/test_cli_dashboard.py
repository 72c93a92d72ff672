"""``loguro-async dashboard`` as a person runs it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.integration.command import ended, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from loguro_async.emulator import LoguroEmulator
    from tests.integration.warm_process import WarmProcess


@asynccontextmanager
async def shown(
    loguro: LoguroEmulator, *options: str
) -> AsyncGenerator[tuple[WarmProcess, str, aiohttp.ClientSession], None]:
    """The command under way, the address that it printed, and a browser."""
    async with (
        running(loguro, "dashboard", "local", *options) as process,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http://127.0.0.1:")
        yield process, url, browser


async def test_it_serves_a_page_to_this_machine_until_ctrl_c(
    loguro_emulator: LoguroEmulator,
) -> None:
    asked = ("--filter", "country:RO", "--title", "Our shop")
    async with shown(loguro_emulator, *asked) as (process, url, browser):
        async with browser.get(url) as page:
            assert page.status == 200
            assert page.url.path == "/dashboard/"
            assert page.url.query_string == ""
            assert "<h1>Our shop</h1>" in await page.text()
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert err == b"Ctrl-C ends it.\n"
    assert {dict(request.query)["filter"] for request in loguro_emulator.requests} == {"country:RO"}


async def test_it_is_for_the_holder_of_the_key_alone(loguro_emulator: LoguroEmulator) -> None:
    async with shown(loguro_emulator) as (_, url, browser):
        origin, _, key = url.partition("/?")
        for path in ("/", "/dashboard/", "/dashboard/live", "/?key=guess", f"/?{key}x", "/x"):
            async with browser.get(origin + path) as page:
                assert (page.status, "Open the address" in await page.text()) == (403, True), path
        assert len(key) > 30
        async with browser.get(url) as page:
            assert page.status == 200
            assert key not in await page.text()
        async with browser.get(f"{origin}/") as page:
            assert (page.status, page.url.path) == (200, "/dashboard/")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", ""])
async def test_another_name_of_this_machine_is_refused(
    loguro_emulator: LoguroEmulator, host: str
) -> None:
    async with shown(loguro_emulator) as (_, url, browser):
        port = url.split(":")[2].partition("/")[0]
        headers = {"Host": host.format(port=port)}
        async with browser.get(url, headers=headers) as page:
            assert page.status in {400, 403}


async def test_single_visitors_are_shown_with_the_option(
    loguro_emulator: LoguroEmulator,
) -> None:
    options = ("--visitors", "--locations")
    async with (
        shown(loguro_emulator, *options) as (_, url, browser),
        browser.get(url) as page,
        browser.get(f"{page.url}?range=all&geography=locations") as locations,
    ):
        assert "visitors/" in await locations.text()


async def test_it_opens_a_browser(
    loguro_emulator: LoguroEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    async with shown(loguro_emulator, "--open") as (_, url, _browser):
        while not opened.exists():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        assert opened.read_text() == url


async def test_wrong_use_is_reported_in_one_line(loguro_emulator: LoguroEmulator) -> None:
    for arguments in (
        ["dashboard", "a/b"],
        ["dashboard", "local", "--filter", "colour:red"],
        ["dashboard", "local", "--filter", "country:RO", "--visitors"],
    ):
        status, out, err = await ended(loguro_emulator, *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)


async def test_a_wrong_token_or_project_is_reported_at_once(
    loguro_emulator: LoguroEmulator,
) -> None:
    status, out, err = await ended(loguro_emulator, "dashboard", "missing")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "missing" in err
    loguro_emulator.revoke(loguro_emulator.token)
    status, out, err = await ended(loguro_emulator, "dashboard", "local")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "token" in err


async def test_a_failing_service_is_reported_and_waited_for(
    loguro_emulator: LoguroEmulator,
) -> None:
    loguro_emulator.fail(status=500)
    async with shown(loguro_emulator) as (process, url, browser):
        assert b"the dashboard tries again" in await process.stderr.readline()
        loguro_emulator.heal()
        async with browser.get(url) as page:
            assert 'id="figures"' in await page.text()
