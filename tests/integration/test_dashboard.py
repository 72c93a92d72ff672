"""The dashboard in real servers, with requests over sockets."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
import re
import time
from contextlib import AsyncExitStack
from html import unescape
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from loguro_async import CachePolicy, F, LoguroClient, RetryPolicy
from loguro_async.dashboard import Access
from loguro_async.text import NOTHING
from tests.integration.mounted import by_aiohttp, by_asgi, sees

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from loguro_async.emulator import LoguroEmulator

    Mount = Callable[..., AbstractAsyncContextManager[str]]

LOCAL = Access(project="local")
MONTH = Access(project="local", ranges=("30d", "7d"))
HOSTILE = '/<script>alert(1)</script>"onload=x\u202e' + "y" * 300
CARDS = ["figures", "chart", "content", "sources", "geography", "technology", "custom", "live"]


@pytest.fixture(params=[by_asgi, by_aiohttp], ids=["asgi", "aiohttp"])
def mount(request: pytest.FixtureRequest) -> Mount:
    mount: Mount = request.param
    return mount


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def get(browser: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str]:
    async with browser.get(url, headers=headers) as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert {"Cookie", "Accept-Language"} <= set(response.headers["Vary"].split(", "))
        return response.status, await response.text()


def links(text: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]*)"', text)]


async def test_the_page_has_all_cards_and_no_token(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/?range=30d")
        assert status == 200
        assert re.findall(r'data-card="(\w+)"', text) == CARDS
        assert "/pricing" in text
        assert loguro_emulator.token not in text
        files = [link for link in links(text) if link.startswith("static/")]
        assert len(files) == 2
        for path in files:
            assert (await get(browser, f"{url}/{path}"))[0] == 200
        for path in ("static/handler.py", "static/", "nothing", "widgets", "widgets/kpis/"):
            assert (await get(browser, f"{url}/{path}"))[0] == 404


async def test_a_tab_opens_another_list(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    shown = Access(project="local", ranges=("30d",), locations=True)
    async with mount(loguro_client, sees(shown)) as url:
        asked = "content=exit&sources=flows&geography=locations&technology=systems"
        status, text = await get(browser, f"{url}/?{asked}")
        assert status == 200
        for title in ("Exit pages", "Flows", "Locations", "Systems"):
            assert f'<h2 class="loguro-hidden">{title}</h2>' in text
        assert " → " in text


async def test_a_widget_is_a_fragment_of_its_own(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/widgets/pages?range=30d&filter=device:desktop")
        assert status == 200
        assert text.strip().startswith("<section")
        assert "filter=device%3Adesktop+path%3A%2Fpricing" in text
        assert " id=" not in text
        assert len(links(text)) > 5
        assert all(link.startswith("/stats/") for link in links(text))
        for link in set(links(text)):
            status = (await get(browser, url.removesuffix("/stats") + link))[0]
            assert status == 200, link
        lists = ("lists/nothing", "lists/nothing.csv", "lists/kpis")
        for unknown in ("widgets/nothing", "frames/nothing", *lists):
            assert (await get(browser, f"{url}/{unknown}"))[0] == 404, unknown
        within = (await get(browser, f"{url}/widgets/pages?range=30d&within=page"))[1]
        assert all(link.startswith(("?", "lists/")) for link in links(within))


async def test_a_widget_is_a_document_for_a_frame(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    shop = "https://shop.example"
    async with (
        mount(loguro_client, sees(LOCAL), frame_ancestors=(shop,)) as url,
        browser.get(f"{url}/frames/kpis") as page,
    ):
        assert page.status == 200
        assert f"frame-ancestors 'self' {shop}" in page.headers["Content-Security-Policy"]
        text = await page.text()
        assert text.startswith("<!DOCTYPE html>")
        assert "../static/dashboard.css" in text


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
            *("visitors/v1", "widgets/pages?filter=path:/login", "api/recent-events"),
            *("widgets/activity", "lists/pages.csv?project=shop"),
        ):
            assert (await get(browser, f"{url}/{more}"))[0] == 403, more
    assert len([one for one in caplog.records if "refused" in one.message]) == 11
    asked = {dict(request.query).get("filter") for request in loguro_emulator.requests}
    assert asked == {"path:/pricing"}
    assert {request.slug for request in loguro_emulator.requests} == {"local"}


@pytest.mark.parametrize("query", ["range=12m", "filter=colour:red", "project=shop", "from=soon"])
async def test_bad_input_leaves_the_figures_standing_and_leads_on(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient, query: str
) -> None:
    async with mount(loguro_client, sees(MONTH)) as url:
        status, text = await get(browser, f"{url}/?{query}")
        assert status in {400, 403}
        assert 'role="alert"' in text
        assert "/pricing" in text
        assert (await get(browser, f"{url}/widgets/kpis?{query}"))[0] == status
        assert (await get(browser, f"{url}/?range=7d"))[0] == 200


async def test_a_filter_that_cannot_be_read_says_where_beside_the_box(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/?filter=country:RO&add=colour:red")
        assert status == 400
        assert "character 1" in text
        assert 'aria-invalid="true"' in text
        assert 'value="colour:red"' in text
        assert "Country is Romania" in text


async def test_a_filter_from_the_box_becomes_part_of_the_address(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with (
        mount(loguro_client, sees(LOCAL)) as url,
        browser.get(f"{url}/?range=30d&filter=country:RO&add=!device:mobile") as page,
    ):
        assert page.status == 200
        assert page.url.query["filter"] == "country:RO !device:mobile"
        assert "Device is not mobile" in await page.text()


async def test_a_wrong_slug_or_visitor_is_bad_input(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    def decide(request: Any) -> Access:  # noqa: ANN401 - the framework's own
        slug: str = request.headers.get("X-Project", "local")
        return Access(project=slug, visitors=True)

    async with mount(loguro_client, decide) as url:
        assert (await get(browser, f"{url}/", **{"X-Project": "no slug"}))[0] == 400
        assert (await get(browser, f"{url}/visitors/%01"))[0] == 400


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
        assert text.count("cannot be reached at the moment") == 1
        assert 'data-source="widgets/countries?range=30d&amp;within=page"' in text
        assert "Missing at the moment: Countries." in text
        assert "/pricing" in text
        status, text = await get(browser, f"{url}/widgets/countries?range=30d")
        assert status == 502
        assert 'data-source="/stats/widgets/countries?range=30d"' in text


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (401, "refused the access token"),
        (404, "has no such project"),
        (502, "cannot be reached"),
    ],
)
async def test_statuses_match_the_outcome(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_emulator: LoguroEmulator,
    monkeypatch: pytest.MonkeyPatch,
    failure: int,
    reason: str,
) -> None:
    monkeypatch.setattr("loguro_async.dashboard.dashboard_page.FIRST_BYTE_SECONDS", 10.0)
    loguro_emulator.fail(status=failure)
    async with (
        LoguroClient(
            loguro_emulator.token, base_url=loguro_emulator.base_url, retry=None
        ) as client,
        mount(client, sees(LOCAL)) as url,
    ):
        for path in ("", "widgets/kpis", "api/kpis", "lists/pages", "lists/pages.csv"):
            status, text = await get(browser, f"{url}/{path}")
            assert status in {502, 503}, path
            assert reason in text or status == 503, path


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
    assert text.count('class="loguro-as-of"') == len(CARDS)


async def test_a_project_without_events_and_one_that_is_missing(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    def decide(request: Any) -> Access:  # noqa: ANN401 - the framework's own
        project: str = request.headers["X-Project"]
        return Access(project=project)

    async with mount(loguro_client, decide) as url:
        browser.headers["X-Project"] = "local"
        text = (await get(browser, f"{url}/?filter=path:/nowhere"))[1]
        assert text.count("Nothing in this range.") == 5
        browser.headers["X-Project"] = "missing"
        text = (await get(browser, f"{url}/"))[1]
        assert text.count("has no such project") == len(CARDS)


async def test_untrusted_text_is_escaped(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    body = json.dumps({"items": [{"path": HOSTILE, "count": 3}]}).encode()
    loguro_emulator.fail(status=200, body=body, endpoint="top-pages")
    async with mount(loguro_client, sees(LOCAL)) as url:
        for path in ("", "widgets/pages", "lists/pages", "frames/pages"):
            text = (await get(browser, f"{url}/{path}"))[1]
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;onload=x" in text
            assert "\u202e" not in text


async def test_single_visitors_are_shown_only_where_they_are_switched_on(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    shown = Access(project="local", ranges=("30d",), locations=True, visitors=True)
    async with mount(loguro_client, sees(shown)) as url:
        text = (await get(browser, f"{url}/?geography=locations"))[1]
        link = re.search(r'href="(visitors/[^"]+)"', text)
        assert link is not None
        status, visits = await get(browser, f"{url}/{unescape(link[1])}")
        assert (status, "Pages: " in visits) == (200, True)
        assert any(one.startswith("../?") for one in links(visits))
    hidden = Access(project="local", ranges=("30d",), locations=True)
    async with mount(loguro_client, sees(hidden)) as url:
        text = (await get(browser, f"{url}/?geography=locations"))[1]
        assert "Last page" in text
        assert "visitors/" not in text
        assert (await get(browser, f"{url}/visitors/v1"))[0] == 403


async def test_a_count_that_is_not_known_has_no_place_in_the_chart_and_a_dash_in_the_table(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    counts = {1: 10, 2: None, 3: 30}
    points = [{"bucket": f"2026-06-0{day}", "visitors": count} for day, count in counts.items()]
    body = json.dumps({"bucket": "day", "items": points})
    loguro_emulator.fail(status=200, body=body, endpoint="timeseries")
    async with mount(loguro_client, sees(MONTH)) as url:
        status, text = await get(browser, f"{url}/widgets/series")
    assert (status, re.findall(r"<td>(.*?)</td>", text)) == (200, ["10", NOTHING, "30"])
    assert len(re.findall(r"data-y=", text)) == text.count("loguro-dot") == 2


async def test_a_whole_list_is_searched_and_taken_home(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
) -> None:
    rows = [{"path": f"/page-{number}", "count": 100 - number} for number in range(60)]
    rows += [{"path": "=1+1", "count": 1}, {"path": "@x", "count": 1}]
    loguro_emulator.fail(status=200, body=json.dumps({"items": rows}), endpoint="top-pages")
    async with mount(loguro_client, sees(MONTH)) as url:
        text = (await get(browser, f"{url}/"))[1]
        more = next(link for link in links(text) if link.startswith("lists/pages"))
        status, text = await get(browser, f"{url}/{more}")
        assert (status, text.count("/page-") >= 60) == (200, True)
        status, text = await get(browser, f"{url}/{more}&q=PAGE-1")
        assert set(re.findall(r">(/page-\d+)<", text)) == {"/page-1"} | {
            f"/page-1{digit}" for digit in range(10)
        }
        file = next(link for link in links(text) if "pages.csv" in link)
        async with browser.get(f"{url}/lists/{file.removeprefix('../lists/')}") as response:
            assert response.headers["Content-Disposition"] == 'attachment; filename="pages.csv"'
            assert len(list(csv.reader(io.StringIO(await response.text())))) == 12
        async with browser.get(f"{url}/lists/pages.csv") as response:
            found = list(csv.reader(io.StringIO((await response.read()).decode("utf-8-sig"))))
    assert found[:2] == [["Page", "Pageviews"], ["/page-0", "100"]]
    assert found[-2:] == [["'=1+1", "1"], ["'@x", "1"]]


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
        async with browser.get(f"{url}/live") as live:
            assert await live.content.readline() == b"data: \n"
            await live.content.readline()
            assert re.fullmatch(rb"data: \d+\n", await live.content.readline())


async def test_more_live_visitors_than_the_service_lists_get_a_plus(
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
        browser.get(f"{url}/live") as live,
    ):
        assert await live.content.readline() == b"data: 83+\n"


async def test_a_page_begins_at_once_and_what_is_late_is_cached(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loguro_async.dashboard.dashboard_page.MAX_WAIT_SECONDS", 0.3)
    loguro_emulator.fail(latency=2.0)
    async with mount(loguro_client, sees(MONTH)) as url:
        began = time.monotonic()
        async with browser.get(f"{url}/") as page:
            assert page.status == 200
            start = (await page.content.readany()).decode()
            assert time.monotonic() - began < 1.5
            assert start.count("data-skeleton=") == len(CARDS)
            assert "data-first-frame" not in start
            rest = (await page.content.read()).decode()
        assert rest.count('aria-busy="true"') == len(CARDS)
        assert rest.rstrip().endswith("</html>")
        while len(loguro_emulator.requests) < len(CARDS):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.02)
        status, text = await get(browser, f"{url}/")
        assert status == 200
        while 'aria-busy="true"' in text:
            status, text = await get(browser, f"{url}/")
        assert "/pricing" in text
        assert "data-first-frame" in (await get(browser, f"{url}/"))[1]
    asked = [request.endpoint for request in loguro_emulator.requests]
    assert len(asked) == len(set(asked)) == len(CARDS)


async def test_a_widget_that_takes_too_long_says_so_and_loads_itself_again(
    mount: Mount,
    browser: aiohttp.ClientSession,
    loguro_client: LoguroClient,
    loguro_emulator: LoguroEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loguro_async.dashboard.handler._WIDGET_MAX_WAIT_SECONDS", 0.05)
    loguro_emulator.fail(latency=0.5, endpoint="top-os")
    async with mount(loguro_client, sees(LOCAL)) as url:
        status, text = await get(browser, f"{url}/widgets/systems")
    assert status == 202
    assert 'data-source="/stats/widgets/systems?range=7d"' in text


async def test_the_viewer_has_a_language_and_a_theme(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(MONTH)) as url:
        text = (await get(browser, f"{url}/", **{"Accept-Language": "de-CH,de;q=0.9"}))[1]
        assert "Rumänien" in text
        async with browser.get(f"{url}/?theme=dark") as page:
            assert 'data-theme="dark"' in await page.text()
            cookie = page.cookies["loguro_theme"]
        assert (cookie.value, cookie["path"], cookie["samesite"]) == ("dark", "", "Lax")
        dark = (await get(browser, f"{url}/", Cookie="a=b; loguro_theme=dark"))[1]
        assert 'data-theme="dark"' in dark
        odd = (await get(browser, f"{url}/", Cookie='loguro_theme="><script>'))[1]
        assert 'data-theme="auto"' in odd
    fixed = Access(project="local", ranges=("30d",), language="fr")
    async with mount(loguro_client, sees(fixed)) as url:
        assert "Roumanie" in (await get(browser, f"{url}/", **{"Accept-Language": "de"}))[1]


async def test_the_host_gives_its_colours(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with mount(loguro_client, sees(LOCAL), theme={"accent": "#7c3aed"}) as url:
        text = (await get(browser, f"{url}/"))[1]
        sheet = next(link for link in links(text) if "theme.css" in link)
        status, style = await get(browser, f"{url}/{sheet}")
    assert (status, style) == (200, ":root{--loguro-accent:#7c3aed;}")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(
    mount: Mount, browser: aiohttp.ClientSession, loguro_client: LoguroClient, method: str
) -> None:
    async with (
        mount(loguro_client, sees(LOCAL)) as url,
        browser.request(method, f"{url}/") as response,
    ):
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"
