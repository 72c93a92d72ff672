"""The dashboard in real servers, asked over sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send  # noqa: TC002 - looked up by name

from loguro_async import CachePolicy, F, LoguroClient, RetryPolicy
from loguro_async.dashboard import Access, Decide, dashboard
from tests.integration.mounted import by_aiohttp, by_asgi, by_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.emulator import LoguroEmulator

    Mount = Callable[..., AbstractAsyncContextManager[str]]

LOCAL = Access(project="local")
HOSTILE = '/<script>alert(1)</script>"onload=x\u202e' + "y" * 300


def sees(access: Access) -> Decide:
    def decide(_request: object) -> Access:
        return access

    return decide


@pytest.fixture(params=[by_asgi, by_aiohttp], ids=["asgi", "aiohttp"])
def mount(request: pytest.FixtureRequest) -> Mount:
    mount: Mount = request.param
    return mount


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def get(browser: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with browser.get(url) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.status, await answer.text()


async def test_the_page_has_all_widgets_and_no_token(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/?range=30d")
        assert status == 200
        assert re.findall(r'<h2 id="loguro-(\w+)"', text) == [
            *("kpis", "series", "pages", "referrers", "countries", "devices"),
            *("browsers", "systems"),
        ]
        assert "/pricing" in text
        assert loguro_emulator.token not in text
        for path in re.findall(r'(?:href|src)="(/stats/static/[^"]+)"', text):
            assert (await get(browser, url.removesuffix("/stats") + path))[0] == 200
        assert (await get(browser, f"{url}/static/board.py"))[0] == 404


async def test_a_widget_is_a_fragment_of_its_own(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/widgets/pages?range=30d&filter=device:desktop")
        assert status == 200
        assert text.strip().startswith("<section")
        assert "filter=device%3Adesktop+path%3A%2Fpricing" in text
        assert (await get(browser, f"{url}/widgets/nothing"))[0] == 403


async def test_the_host_decides_and_what_goes_beyond_is_refused_and_logged(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def decide(request: Any) -> Access | None:  # noqa: ANN401 - the framework's own
        if request.headers.get("X-User") != "ann":
            return None
        return Access(project="local", filter=F.path("/pricing"))

    async with mount(loguro_client, decide) as url:
        caplog.set_level(logging.WARNING, "loguro_async")
        assert (await get(browser, f"{url}/"))[0] == 403
        browser.headers["X-User"] = "ann"
        assert (await get(browser, f"{url}/"))[0] == 200
        for more in (
            *("?project=shop", "?range=all", "?filter=path:/", "widgets/locations", "live"),
            *("visitors/v1", "widgets/pages?filter=path:/login"),
        ):
            assert (await get(browser, f"{url}/{more}"))[0] == 403
    assert len([one for one in caplog.records if "refused" in one.message]) == 8
    asked = {dict(request.query).get("filter") for request in loguro_emulator.requests}
    assert asked == {"path:/pricing"}


async def test_a_filter_that_cannot_be_read_says_where(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/?filter=colour:red")
        assert status == 400
        assert "character 1" in text
        assert 'aria-invalid="true"' in text
        assert (await get(browser, f"{url}/widgets/kpis?filter=colour:red"))[0] == 400


async def test_one_widget_that_fails_says_so_beside_the_others(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    loguro_emulator.fail(status=400, endpoint="top-countries")
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/?range=30d")
    assert status == 200
    assert text.count('role="status">The figures cannot be had') == 1
    assert 'data-again="/stats/widgets/countries?range=30d"' in text
    assert "/pricing" in text


async def test_old_figures_say_of_when_they_are(
    mount: Mount, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    cache = CachePolicy(ttl=0.0, stale_if_error=3600.0)
    async with (
        LoguroClient(
            *(loguro_emulator.token,), base_url=loguro_emulator.base_url, cache=cache, retry=None
        ) as client,
        mount(client, sees(LOCAL)) as url,
    ):
        assert "loguro-stale" not in (await get(browser, f"{url}/"))[1]
        loguro_emulator.fail(status=500)
        status, text = await get(browser, f"{url}/")
    assert status == 200
    assert 'class="loguro-stale" role="status"' in text
    assert text.count("as of ") == 8


async def test_a_project_without_events_and_one_that_is_missing(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    def decide(request: Any) -> Access:  # noqa: ANN401 - the framework's own
        project: str = request.headers["X-Project"]
        return Access(project=project)

    async with mount(loguro_client, decide) as url:
        browser.headers["X-Project"] = "local"
        text = (await get(browser, f"{url}/?filter=path:/nowhere"))[1]
        assert text.count("Nothing in this range.") == 6
        browser.headers["X-Project"] = "missing"
        text = (await get(browser, f"{url}/"))[1]
        assert text.count("There is nothing of that name here.") == 8


async def test_what_strangers_wrote_is_text(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    body = json.dumps({"items": [{"path": HOSTILE, "count": 3}]}).encode()
    loguro_emulator.fail(status=200, body=body, endpoint="top-pages")
    async with mount(loguro_client, sees(LOCAL)) as url:
        for path in ("", "widgets/pages"):
            text = (await get(browser, f"{url}/{path}"))[1]
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;onload=x" in text
            assert "\u202e" not in text


async def test_single_visitors_are_shown_only_where_they_are_switched_on(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    shown = Access(project="local", locations=True, visitors=True)
    async with mount(loguro_client, sees(shown)) as url:
        text = (await get(browser, f"{url}/?range=30d"))[1]
        link = re.search(r'href="/stats(/visitors/[^"]+)"', text)
        assert link is not None
        status, visits = await get(browser, url + link[1])
        assert (status, "pages</p>" in visits) == (200, True)
        assert (await get(browser, f"{url}/visitors/a%20b"))[0] in {400, 502}
    hidden = Access(project="local", locations=True)
    async with mount(loguro_client, sees(hidden)) as url:
        text = (await get(browser, f"{url}/?range=30d"))[1]
        assert "Where visitors are" in text
        assert "/visitors/" not in text


async def test_two_hundred_watchers_make_one_poll_which_ends_with_the_last(
    mount: Mount, loguro_client: LoguroClient, loguro_emulator: LoguroEmulator
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(mount(loguro_client, sees(LOCAL), live_interval=60.0))
        browser = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        watching = [await stack.enter_async_context(browser.get(f"{url}/live")) for _ in range(200)]
        assert {answer.content_type for answer in watching} == {"text/event-stream"}
        firsts = await asyncio.gather(*(answer.content.readline() for answer in watching))
        assert len(set(firsts)) == 1
        assert re.fullmatch(rb"data: \d+\n", firsts[0])
        assert [request.endpoint for request in loguro_emulator.requests] == ["recent-events"]


async def test_live_visitors_go_away_and_come_back_with_the_service(
    mount: Mount, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    async with (
        LoguroClient(
            loguro_emulator.token,
            base_url=loguro_emulator.base_url,
            cache=None,
            retry=RetryPolicy(max_attempts=1),
        ) as client,
        mount(client, sees(LOCAL), live_interval=0.01) as url,
    ):
        loguro_emulator.fail(status=500, times=1)
        async with browser.get(f"{url}/live") as answer:
            assert await answer.content.readline() == b"data: \n"
            await answer.content.readline()
            assert re.fullmatch(rb"data: \d+\n", await answer.content.readline())


async def test_more_live_visitors_than_the_service_lists_are_so_many_at_least(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    events = [
        f'{{"id":"{n}","timestamp":"2026-06-11T09:59:00Z","event_type":"pageview",'
        f'"visitor_id":"v{n % 83}"}}'
        for n in range(500)
    ]
    loguro_emulator.fail(body=f'{{"items":[{",".join(events)}]}}', endpoint="recent-events")
    async with (
        mount(loguro_client, sees(LOCAL), live_interval=60.0) as url,
        browser.get(f"{url}/live") as answer,
    ):
        assert await answer.content.readline() == b"data: 83+\n"


async def test_a_widget_that_takes_too_long_says_so_and_asks_again(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loguro_async.dashboard.board._PAGE_PATIENCE_SECONDS", 0.5)
    loguro_emulator.fail(latency=30.0, endpoint="top-os")
    async with mount(loguro_client, sees(LOCAL)) as url:
        text = (await get(browser, f"{url}/"))[1]
    assert text.count("This takes longer than usual.") == 1
    assert 'data-again="/stats/widgets/systems?range=7d"' in text


async def test_it_can_be_mounted_in_litestar(
    browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    board: Any = dashboard(loguro_client, sees(LOCAL))

    @asgi("/stats", is_mount=True, copy_scope=True)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await board(scope, receive, send)

    async with by_server(Litestar([mounted])) as origin:
        status, text = await get(browser, f"{origin}/stats/?range=30d")
        assert status == 200
        for path in set(re.findall(r'(?:href|src)="(/stats/[^"]*)"', text)):
            answer = await get(browser, origin + path.replace("&amp;", "&"))
            assert answer[0] == 200, path
