"""``loguro-async dashboard``: the dashboard of one project, on this machine."""

from __future__ import annotations

import asyncio
import secrets
import webbrowser
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from loguro_async.cli.advice import describe
from loguro_async.cli.standard_streams import say, write_line
from loguro_async.dashboard import Access, aiohttp_dashboard
from loguro_async.errors import (
    AuthenticationError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
)
from loguro_async.query.filters import Filter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loguro_async.client import LoguroClient

_MOUNT: Final = "/dashboard"
_CHECK_SECONDS: Final = 5.0
_KEY: Final = "key"
_NOT_YOURS: Final = "Open the address that the command printed; it holds a key.\n"


def access_to(slug: str, filter: str, *, visitors: bool, locations: bool) -> Access:
    """Returns what the dashboard shows: every range, and of single visitors what is asked for.

    Raises:
        ConfigurationError: ``visitors`` and a filter exclude each other.
        InvalidQueryError: The slug or the filter is wrong.
    """
    return Access(
        project=slug,
        filter=Filter.parse(filter),
        ranges=(*Access(project=slug).ranges, "all"),
        visitors=visitors,
        locations=locations,
    )


async def show_dashboard(
    client: LoguroClient, access: Access, *, port: int, title: str, opens: bool
) -> None:
    """Serve the dashboard to this machine alone, until Ctrl-C.

    Args:
        client: Closed in the end.
        access: What the dashboard shows.
        port: 0 takes a free one.
        title: The page's title.
        opens: Whether the browser is told to open it.

    Raises:
        AuthenticationError: The token is wrong.
        ProjectNotFoundError: There is no such project, or the token gives no access to it.
        OSError: The port is taken.
    """

    def decide(_request: Any) -> Access:  # noqa: ANN401 - the key has been checked
        return access

    async with client:
        await _check(client, access)
        key = secrets.token_urlsafe(24)
        app = web.Application(middlewares=[_only_with_key(key)])
        app.router.add_get("/", _lead_to_dashboard)
        app.add_subapp(_MOUNT, aiohttp_dashboard(client, decide, title=title))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}/?{_KEY}={key}"
            write_line(address)
            say("Ctrl-C ends it.")
            if opens:
                await asyncio.to_thread(webbrowser.open, address)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


async def _check(client: LoguroClient, access: Access) -> None:
    """Load the first figures, to report a wrong token or project at once."""
    try:
        await client.project(access.project).kpis(
            range="7d", filter=access.filter, timeout=_CHECK_SECONDS
        )
    except (AuthenticationError, InvalidQueryError, ProjectNotFoundError):
        raise
    except LoguroError as error:
        say(f"loguro-async: {describe(error)}; the dashboard tries again")


def _only_with_key(key: str) -> Any:  # noqa: ANN401 - aiohttp's middleware
    """Returns a middleware that lets the holder of the key through, under this machine's names.

    A page elsewhere reaches a server on this machine by a name of its own that leads to 127.0.0.1
    (DNS rebinding); the ``Host`` header tells it.
    """

    @web.middleware
    async def check(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        if request.host not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            raise web.HTTPForbidden(text="This server is for this machine alone.\n")
        cookie = f"loguro_key_{port}"  # a browser's cookies are the same for all ports
        if _is(key, request.query.get(_KEY, "")):
            quiet = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
            leading = web.HTTPSeeOther(f"{_MOUNT}/", headers=quiet)
            leading.set_cookie(cookie, key, httponly=True, samesite="Strict", path="/")
            raise leading
        if not _is(key, request.cookies.get(cookie, "")):
            raise web.HTTPForbidden(text=_NOT_YOURS)
        return await handler(request)

    return check


def _is(key: str, given: str) -> bool:
    return secrets.compare_digest(key.encode(), given.encode(errors="replace"))


async def _lead_to_dashboard(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"{_MOUNT}/")
