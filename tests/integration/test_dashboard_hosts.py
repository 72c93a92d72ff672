"""The dashboard in each framework: under any mount, with the host's client, by the host's rules."""

# ruff: noqa: ANN401 - what each framework takes and gives is its own

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp
import fastapi
import litestar
import litestar.exceptions
import litestar.response
import pytest
import starlette.requests
from aiohttp import web
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send  # noqa: TC002 - looked up by name
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from loguro_async import LoguroClient
from loguro_async.dashboard import Access, aiohttp_dashboard, dashboard, render_widget
from loguro_async.integrations.aiohttp import LOGURO, loguro_ctx
from loguro_async.integrations.litestar import LoguroPlugin
from loguro_async.integrations.starlette import loguro_lifespan, loguro_of
from tests.integration.mounted import by_asgi, by_runner, by_server, sees

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from loguro_async.emulator import LoguroEmulator

    Host = Callable[..., Any]

LOCAL = Access(project="local", projects=("shop",), ranges=("30d", "7d"), locations=True)
FIRST_PARTS = {"", ".", "api", "frames", "lists", "live", "static", "widgets"}


def in_starlette(connect: Callable[[], LoguroClient], decide: Any, **options: Any) -> Starlette:
    app = Starlette(lifespan=loguro_lifespan(connect))
    app.mount("/panel/stats", dashboard(loguro_of, decide, **options))
    return app


def in_nested_starlette(
    connect: Callable[[], LoguroClient], decide: Any, **options: Any
) -> Starlette:
    inner = Starlette()
    inner.mount("/stats", dashboard(loguro_of, decide, **options))
    app = Starlette(lifespan=loguro_lifespan(connect))
    app.mount("/panel", inner)
    return app


def in_fastapi(connect: Callable[[], LoguroClient], decide: Any, **options: Any) -> fastapi.FastAPI:
    app = fastapi.FastAPI(lifespan=loguro_lifespan(connect))
    app.mount("/panel/stats", dashboard(loguro_of, decide, **options))
    return app


def in_litestar(connect: Callable[[], LoguroClient], decide: Any, **options: Any) -> Litestar:
    plugin = LoguroPlugin(connect)
    mounted: Any = dashboard(lambda: plugin.client, decide, **options)

    @asgi("/panel/stats", is_mount=True, copy_scope=True)
    async def stats(scope: Scope, receive: Receive, send: Send) -> None:
        await mounted(scope, receive, send)

    return Litestar([stats], plugins=[plugin])


def client_of(request: web.Request) -> LoguroClient:
    return request.config_dict[LOGURO]


def in_aiohttp(connect: Callable[[], LoguroClient], decide: Any, **options: Any) -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(loguro_ctx(connect))
    mounted = aiohttp_dashboard(client_of, decide, **options)
    app.add_subapp("/panel/stats", mounted)
    return app


def in_nested_aiohttp(
    connect: Callable[[], LoguroClient], decide: Any, **options: Any
) -> web.Application:
    app, inner = web.Application(), web.Application()
    app.cleanup_ctx.append(loguro_ctx(connect))
    mounted = aiohttp_dashboard(client_of, decide, **options)
    inner.add_subapp("/stats", mounted)
    app.add_subapp("/panel", inner)
    return app


HOSTS = (
    *(in_starlette, in_nested_starlette, in_fastapi, in_litestar, in_aiohttp, in_nested_aiohttp),
)
FRAMEWORKS = (in_starlette, in_litestar, in_aiohttp)


@asynccontextmanager
async def served(app: Any) -> AsyncGenerator[str, None]:
    serving = by_runner(app) if isinstance(app, web.Application) else by_server(app)
    async with serving as origin:
        yield origin


@pytest.fixture
def loguro_emulator_options() -> dict[str, Any]:
    return {"projects": ("local", "shop")}


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def connecting(loguro: LoguroEmulator) -> Callable[[], LoguroClient]:
    return lambda: LoguroClient(loguro.token, base_url=loguro.base_url)


def stripping_proxy(origin: str, session: aiohttp.ClientSession) -> web.Application:
    """A proxy that takes a prefix of its own off."""

    async def forward(request: web.Request) -> web.StreamResponse:
        target = origin + request.raw_path.removeprefix("/public")
        async with session.get(target, allow_redirects=False) as response:
            kept = {
                name: response.headers[name]
                for name in ("Content-Type", "Location")
                if name in response.headers
            }
            forwarded = web.StreamResponse(status=response.status, headers=kept)
            await forwarded.prepare(request)
            async for part in response.content.iter_any():
                await forwarded.write(part)
            return forwarded

    app = web.Application()
    app.router.add_get("/public/{rest:.*}", forward)
    return app


async def check_links(browser: aiohttp.ClientSession, start: str) -> None:
    """Follow a link of each kind, by path and names of parameters, and those of a page below."""
    base, text = "", 'aria-busy="true"'
    while 'aria-busy="true"' in text:  # until all figures are there
        async with browser.get(start) as page:
            assert page.status == 200, start
            base, text = str(page.url), await page.text()
    found = {unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', text)}
    found |= {f"{path}?range=7d" for path in ("widgets/kpis", "api/kpis", "frames/kpis", "live")}
    found = {link for link in found if not link.startswith(("data:", "#"))}
    assert len(found) > 30
    assert not [link for link in found if link.startswith(("/", "http"))]
    kinds = {re.sub("=[^&]*", "=", link): link for link in sorted(found)}
    assert {re.split("[/?]", kind)[0] for kind in kinds} == FIRST_PARTS
    await asyncio.gather(*(check_link(browser, base, link) for link in kinds.values()))


async def check_link(browser: aiohttp.ClientSession, base: str, link: str) -> None:
    """Follow one link, and the one that leads back from a page below."""
    async with browser.get(urljoin(base, link)) as linked:
        assert linked.status == 200, (link, linked.url)
        if not link.startswith("lists/"):
            return
        back = re.search(r'href="(\.\./\?[^"]*)"', await linked.text())
    assert back is not None
    async with browser.get(urljoin(str(linked.url), unescape(back[1]))) as home:
        assert 'id="figures"' in await home.text()


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.__name__)
async def test_every_link_leads_somewhere_under_any_mount(
    host: Host, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    app = host(connecting(loguro_emulator), sees(LOCAL), live_interval=60.0)
    async with served(app) as origin, served(stripping_proxy(origin, browser)) as proxy:
        await check_links(browser, f"{origin}/panel/stats/")
        await check_links(browser, f"{proxy}/public/panel/stats/?range=7d")
        for start in (f"{origin}/panel/stats", f"{origin}/panel/stats?range=7d"):
            async with browser.get(start) as page:
                assert page.status == 200
                assert page.url.path == "/panel/stats/"
                assert page.url.query_string == start.partition("?")[2]


async def test_served_alone_it_is_at_the_root(
    browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    def decide(_request: object) -> Access:
        return LOCAL

    for app in (dashboard(loguro_client, decide), aiohttp_dashboard(loguro_client, decide)):
        async with served(app) as origin:
            await check_links(browser, f"{origin}/")


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.__name__)
async def test_the_client_of_the_application_is_used_and_closed(
    host: Host, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    made: list[LoguroClient] = []

    def connect() -> LoguroClient:
        made.append(connecting(loguro_emulator)())
        return made[-1]

    async with served(host(connect, sees(LOCAL))) as origin:
        async with browser.get(f"{origin}/panel/stats/api/kpis") as response:
            assert (response.status, len(made)) == (200, 1)
        assert made[0].stats.requests == 1
    assert "closed" in repr(made[0])


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        (in_starlette, starlette.requests.Request),
        (in_fastapi, starlette.requests.Request),
        (in_litestar, litestar.Request),
        (in_aiohttp, web.Request),
    ],
    ids=["starlette", "fastapi", "litestar", "aiohttp"],
)
async def test_the_host_decides_by_a_request_of_its_framework(
    host: Host, kind: type, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    seen: list[Any] = []

    async def decide(request: Any) -> Access:
        seen.append(request)
        return LOCAL

    async with (
        served(host(connecting(loguro_emulator), decide)) as origin,
        browser.get(f"{origin}/panel/stats/api/kpis", cookies={"who": "ann"}) as response,
    ):
        assert response.status == 200
    assert [isinstance(request, kind) for request in seen] == [True]
    assert seen[0].cookies["who"] == "ann"


def _raising(error: Callable[[], Exception]) -> Callable[[object], Access]:
    def decide(_request: object) -> Access:
        raise error()

    return decide


@pytest.mark.parametrize(
    ("host", "decide"),
    [
        (in_starlette, _raising(lambda: HTTPException(401, headers={"X-By": "host"}))),
        (in_fastapi, _raising(lambda: fastapi.HTTPException(401, headers={"X-By": "host"}))),
        (
            in_litestar,
            _raising(lambda: litestar.exceptions.NotAuthorizedException(headers={"X-By": "host"})),
        ),
        (in_aiohttp, _raising(lambda: web.HTTPUnauthorized(headers={"X-By": "host"}))),
    ],
    ids=["starlette", "fastapi", "litestar", "aiohttp"],
)
async def test_exceptions_of_the_host_are_its_own(
    host: Host, decide: Any, browser: aiohttp.ClientSession, loguro_emulator: LoguroEmulator
) -> None:
    async with served(host(connecting(loguro_emulator), decide)) as origin:
        for path in ("", "widgets/kpis", "live", "api/kpis"):
            async with browser.get(f"{origin}/panel/stats/{path}") as response:
                assert (response.status, response.headers["X-By"]) == (401, "host")


async def test_handlers_of_the_host_see_its_exceptions(
    browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    class SignedOutError(Exception):
        pass

    async def handle(_request: object, _error: Exception) -> JSONResponse:
        return JSONResponse({"sign": "in"}, 401)

    app = Starlette(exception_handlers={SignedOutError: handle})
    app.mount("/stats", dashboard(loguro_client, _raising(SignedOutError)))
    async with served(app) as origin, browser.get(f"{origin}/stats/") as response:
        assert (response.status, await response.json()) == (401, {"sign": "in"})


@pytest.mark.parametrize(
    ("host", "redirect"),
    [
        (in_starlette, lambda: RedirectResponse("/login", 303)),
        (in_litestar, lambda: litestar.response.Redirect("/login", status_code=303)),
        (in_aiohttp, lambda: web.Response(status=303, headers={"Location": "/login"})),
    ],
    ids=["starlette", "litestar", "aiohttp"],
)
async def test_the_host_may_send_viewers_elsewhere(
    host: Host,
    redirect: Callable[[], Any],
    browser: aiohttp.ClientSession,
    loguro_emulator: LoguroEmulator,
) -> None:
    def decide(_request: object) -> Any:
        return redirect()

    app = host(connecting(loguro_emulator), decide)
    async with (
        served(app) as origin,
        browser.get(f"{origin}/panel/stats/", allow_redirects=False) as response,
    ):
        assert (response.status, response.headers["Location"]) == (303, "/login")


async def test_a_widget_stands_in_a_template_of_the_host(
    browser: aiohttp.ClientSession, loguro_client: LoguroClient
) -> None:
    async with by_asgi(loguro_client, sees(LOCAL)) as url:
        widget = await render_widget(
            loguro_client, LOCAL, "pages", mount="/stats", filter="device:desktop"
        )
        assert "/pricing" in widget
        assert widget.__html__() == str(widget)
        found = {unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', widget)}
        assert len(found) > 5
        for link in found:
            async with browser.get(urljoin(url, link)) as response:
                assert response.status == 200, link
