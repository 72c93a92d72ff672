"""``loguro-async dashboard``: the dashboard of one project, on this machine."""

from __future__ import annotations

import asyncio
import secrets
import webbrowser
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from loguro_async.cli.advice import describe
from loguro_async.cli.ports import naming_port
from loguro_async.cli.standard_streams import write_line, write_message
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
_KEY_MISSING: Final = "Open the address that the command printed; it holds a key.\n"


def access_to(slug: str, filter: str, *, visitors: bool, locations: bool) -> Access:
    """Returns access rights to one project, with all ranges.

    Args:
        slug: The project.
        filter: The filter that applies to everything that is shown.
        visitors: Whether single visitors are shown.
        locations: Whether the locations of single visitors are shown.

    Raises:
        ConfigurationError: ``visitors`` and ``filter`` are both given.
        InvalidQueryError: The slug or the filter is not valid.
    """
    return Access(
        project=slug,
        filter=Filter.parse(filter),
        ranges=(*Access(project=slug).ranges, "all"),
        visitors=visitors,
        locations=locations,
    )


async def show_dashboard(
    client: LoguroClient, access: Access, *, port: int, title: str, open_browser: bool
) -> None:
    """Serves the dashboard on this machine only, until Ctrl-C.

    Args:
        client: The client; closed at the end.
        access: What the dashboard shows.
        port: The port; 0 for any free one.
        title: The page's title.
        open_browser: Whether to open the dashboard in the browser.

    Raises:
        AuthenticationError: The service refused the token.
        ProjectNotFoundError: The project does not exist, or the token has no access to it.
        OSError: The port is in use.
    """

    def decide(_request: Any) -> Access:  # noqa: ANN401 - the key has been checked
        return access

    async with client:
        await _check(client, access)
        key = secrets.token_urlsafe(24)
        app = web.Application(middlewares=[_require_key(key)])
        app.router.add_get("/", _redirect_to_dashboard)
        app.add_subapp(_MOUNT, aiohttp_dashboard(client, decide, title=title))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            with naming_port(port):
                await web.TCPSite(runner, "127.0.0.1", port).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}/?{_KEY}={key}"
            write_line(address)
            write_message("Ctrl-C ends it.")
            if open_browser:
                await asyncio.to_thread(webbrowser.open, address)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


async def _check(client: LoguroClient, access: Access) -> None:
    """Loads the key figures once, to report a wrong token or project before anything is served."""
    try:
        await client.project(access.project).kpis(
            range="7d", filter=access.filter, timeout=_CHECK_SECONDS
        )
    except (AuthenticationError, InvalidQueryError, ProjectNotFoundError):
        raise
    except LoguroError as error:
        write_message(f"loguro-async: {describe(error)}; the dashboard tries again")


def _require_key(key: str) -> Any:  # noqa: ANN401 - aiohttp's middleware
    """Returns a middleware that refuses requests without the key, or with another ``Host``.

    The ``Host`` is checked because a web page can reach a server on this machine by a host name
    that resolves to 127.0.0.1 (DNS rebinding).
    """

    @web.middleware
    async def check(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        if request.host not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            raise web.HTTPForbidden(text="This server is for this machine only.\n")
        cookie = f"loguro_key_{port}"  # browsers send a host's cookies to all of its ports
        if _is_equal(key, request.query.get(_KEY, "")):
            headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
            redirect = web.HTTPSeeOther(f"{_MOUNT}/", headers=headers)
            redirect.set_cookie(cookie, key, httponly=True, samesite="Strict", path="/")
            raise redirect
        if not _is_equal(key, request.cookies.get(cookie, "")):
            raise web.HTTPForbidden(text=_KEY_MISSING)
        return await handler(request)

    return check


def _is_equal(key: str, given: str) -> bool:
    return secrets.compare_digest(key.encode(), given.encode(errors="replace"))


async def _redirect_to_dashboard(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"{_MOUNT}/")
