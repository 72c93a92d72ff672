"""A real browser that reaches nothing but this machine.

Where there is no chromium, these tests are skipped; where `CI` is set, that is an error.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, ConsoleMessage, Page, Route

_QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_HERE: Final = ("127.0.0.1", "localhost")


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not os.environ.get("CI"):
        pytest.skip("there is no chromium here")
    assert found is not None, "there is no chromium here, and CI must have one"
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; they run in the session's event loop."""
    path = _chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        await browser.close()


@pytest.fixture
def page_problems() -> list[str]:
    """The errors of the page; a test that provokes some must clear the list."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, page_problems: list[str]) -> AsyncIterator[Page]:
    """A new page. An error, or a request to another origin, fails the test."""
    context = await browser.new_context(viewport={"width": 1000, "height": 800})
    page = await context.new_page()

    async def watch(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in {"file", "data", "blob"} or url.hostname in _HERE:
            await route.continue_()
        else:
            page_problems.append(f"asked {route.request.url}")
            await route.abort()

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            page_problems.append(f"{message.type}: {message.text}")

    await context.route("**/*", watch)
    page.on("console", note)
    page.on("pageerror", lambda error: page_problems.append(f"thrown: {error}"))
    yield page
    await context.close()
    assert page_problems == []
