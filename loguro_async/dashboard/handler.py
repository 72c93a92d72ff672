"""The dashboard without a framework: requests as plain values in, replies out."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import logging
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec.structs import replace

from loguro_async.dashboard.access import Access, ForbiddenError, UnknownWidgetError
from loguro_async.dashboard.api import api_reply
from loguro_async.dashboard.client_source import ClientSource, client_source
from loguro_async.dashboard.context import PageContext
from loguro_async.dashboard.dashboard_page import dashboard_page
from loguro_async.dashboard.failures import FORBIDDEN, status_and_text
from loguro_async.dashboard.http import (
    EVENT_STREAM,
    PLAIN,
    Reply,
    Request,
    json_reply,
    redirect,
    security_headers,
)
from loguro_async.dashboard.list_page import list_reply
from loguro_async.dashboard.live_visitors import LiveVisitors
from loguro_async.dashboard.live_visitors_stream import live_visitors_stream
from loguro_async.dashboard.locale import Locale, preferred_language
from loguro_async.dashboard.rendering import render, render_section
from loguro_async.dashboard.shutdown_signal import ShutdownSignal
from loguro_async.dashboard.single_flight import SingleFlight
from loguro_async.dashboard.static_files import THEME_FILE, Theme, static_reply
from loguro_async.dashboard.view_state import read_parameters, view_state
from loguro_async.dashboard.visitor_page import visitor_reply
from loguro_async.dashboard.widget_loading import start_loading, wait_for
from loguro_async.dashboard.widgets import find_widget, tabs_for
from loguro_async.errors import ConfigurationError, InvalidQueryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from loguro_async.dashboard.access import Decide

_LOG: Final = logging.getLogger("loguro_async")
_WIDGET_MAX_WAIT_SECONDS: Final = 10.0
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9*.\-\[\]:]+")
_THEME_COOKIE: Final = "loguro_theme"
_A_YEAR_SECONDS: Final = 31_536_000


class Dashboard:
    """Replies to the requests of a mounted dashboard.

    Args:
        client: Asks the service: a client, or a function that gives one, of no argument or of the
            framework's request.
        decide: Says what a request may see.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
        frame_ancestors: Origins whose pages may show the dashboard in a frame.
        theme: The host's colours.

    Raises:
        ConfigurationError: An option is wrong.
    """

    def __init__(
        self,
        client: ClientSource,
        decide: Decide,
        *,
        title: str,
        live_interval: float,
        frame_ancestors: tuple[str, ...],
        theme: Mapping[str, str],
    ) -> None:
        for origin in frame_ancestors:
            if not _ORIGIN.fullmatch(origin):
                message = (
                    f"frame_ancestors must be origins such as 'https://example.com', got {origin!r}"
                )
                raise ConfigurationError(message)
        self._client_of = client_source(client)
        self._decide = decide
        self._title = title
        self._live_visitors = LiveVisitors(live_interval)
        self._loads = SingleFlight()
        self._theme = Theme(theme)
        self._headers = security_headers(frame_ancestors)
        self.shutdown = ShutdownSignal()
        self._routes: dict[str, Callable[[Request, str, Access], Awaitable[Reply]]] = {
            "": self._page,
            "widgets": self._widget,
            "frames": self._frame,
            "lists": self._list,
            "visitors": self._visitor,
            "live": self._live,
            "api": self._api,
        }

    async def respond(self, request: Request) -> Reply:
        """Returns the reply to a request.

        What ``decide`` raises passes through, but for a wrong slug, which is 400.
        """
        head, _, tail = request.path.partition("/")
        if request.method not in {"GET", "HEAD"}:
            reply = Reply(405, b"", PLAIN, {"Allow": "GET, HEAD"})
        elif not request.path and not request.address.endswith("/"):
            reply = redirect(_with_slash(request))
        elif head == "static":
            version = request.query.removeprefix("v=")
            known = request.headers.get("if-none-match", "")
            is_theme = tail == THEME_FILE
            reply = (
                self._theme.reply(version, known)
                if is_theme
                else static_reply(tail, version, known)
            )
        else:
            route = self._routes.get(head)
            is_whole = bool(tail) == (head not in {"", "live"})
            if route is None or not is_whole or (request.path and request.address.endswith("/")):
                reply = Reply(404, b"There is no such page.\n", PLAIN)
            else:
                reply = await self._allowed(request, head, tail, route)
        headers = {"Cache-Control": "private, no-store", **self._headers, **reply.headers}
        return replace(reply, headers=headers)

    async def _allowed(
        self,
        request: Request,
        head: str,
        tail: str,
        route: Callable[[Request, str, Access], Awaitable[Reply]],
    ) -> Reply:
        try:
            access = await self._access(request)
            if not isinstance(access, Access):
                return Reply(response=access)
            return await route(request, tail, access)
        except ForbiddenError as error:
            _LOG.warning("dashboard: refused: %s", error)
            status, text = 403, FORBIDDEN
        except UnknownWidgetError as error:
            status, text = 404, error.message
        except InvalidQueryError as error:
            status, text = status_and_text(error)
        if head == "api":
            return json_reply({"error": text}, status)
        return Reply(status, f"{text}\n".encode(), PLAIN)

    async def _access(self, request: Request) -> Any:  # noqa: ANN401 - or a response of the host's
        decided = self._decide(request.host)
        access = await decided if inspect.isawaitable(decided) else decided
        if access is None:
            message = "the host refused the request"
            raise ForbiddenError(message)
        return access

    def _context(
        self, request: Request, access: Access, parameters: Mapping[str, str], base: str
    ) -> PageContext:
        now = dt.datetime.now(dt.UTC)
        header = request.headers.get("accept-language", "")
        language = access.language or preferred_language(header)
        state = view_state(parameters, access, tabs_for(access), now)
        if state.status == 403:  # noqa: PLR2004 - HTTP's
            _LOG.warning("dashboard: refused: %s", state.error)
        locale = Locale(language, access.timezone)
        return PageContext(
            access=access,
            state=state,
            locale=locale,
            now=now,
            base=base,
            theme_url=self._theme.url,
        )

    async def _page(self, request: Request, _: str, access: Access) -> Reply:
        parameters = read_parameters(request.query)
        context = self._context(request, access, parameters, "")
        if parameters.get("add") and not context.state.error:
            return redirect(context.state.query())
        if request.method == "HEAD":
            return Reply(context.state.status)
        theme = parameters.get("theme") or request.cookie(_THEME_COOKIE)
        reply = await dashboard_page(
            await self._client_of(request.host),
            context,
            self._loads,
            self.shutdown,
            title=self._title,
            theme=theme,
        )
        if parameters.get("theme") in {"auto", "light", "dark"}:
            # Without a path, the cookie is the mount's, whatever a proxy makes of its prefix.
            cookie = f"{_THEME_COOKIE}={theme}; Max-Age={_A_YEAR_SECONDS}; SameSite=Lax; HttpOnly"
            return replace(reply, headers={"Set-Cookie": cookie})
        return reply

    async def _widget(self, request: Request, name: str, access: Access) -> Reply:
        """Returns one widget as a fragment of HTML, to stand in any page."""
        parameters = read_parameters(request.query)
        is_within = parameters.get("within") == "page"
        context = self._context(
            request, access, parameters, "" if is_within else f"{request.mount}/"
        )
        context = replace(context, is_embedded=not is_within)
        return await self._section(request, name, context, "")

    async def _frame(self, request: Request, name: str, access: Access) -> Reply:
        """Returns one widget as a document, to stand in a frame."""
        context = self._context(request, access, read_parameters(request.query), "../")
        context = replace(context, is_embedded=True)
        return await self._section(request, name, context, "frame")

    async def _section(
        self, request: Request, name: str, context: PageContext, document: str
    ) -> Reply:
        found = find_widget(name, context.access)
        if context.state.error:
            return Reply(context.state.status, context.state.error.encode(), PLAIN)
        if request.method == "HEAD":
            return Reply()
        client = await self._client_of(request.host)
        loading = start_loading(self._loads, client, *found, context)
        stopping = asyncio.Event()
        with self.shutdown.calling(stopping.set):
            await wait_for([loading], _WIDGET_MAX_WAIT_SECONDS, stopping)
        rendered = loading.rendered(context)
        section = render_section(rendered, context)
        if not document:
            return Reply(rendered.status, section.encode())
        body = render(document, context, section=section, title=rendered.widget.title)
        return Reply(rendered.status, body.encode())

    async def _list(self, request: Request, name: str, access: Access) -> Reply:
        parameters = read_parameters(request.query)
        context = self._context(request, access, parameters, "../")
        context = replace(context, is_whole=True)
        client = await self._client_of(request.host)
        return await list_reply(client, context, self._loads, name, parameters)

    async def _visitor(self, request: Request, visitor_id: str, access: Access) -> Reply:
        context = self._context(request, access, read_parameters(request.query), "../")
        return await visitor_reply(await self._client_of(request.host), context, visitor_id)

    async def _api(self, request: Request, name: str, access: Access) -> Reply:
        parameters = read_parameters(request.query)
        context = self._context(request, access, parameters, "../")
        if context.state.error:
            return json_reply({"error": context.state.error}, context.state.status)
        return await api_reply(await self._client_of(request.host), context, name, parameters)

    async def _live(self, request: Request, _: str, access: Access) -> Reply:
        """Returns the number of live visitors, again and again, as server-sent events."""
        if access.filter:
            message = "live visitors are of the whole project, which is not shown"
            raise ForbiddenError(message)
        context = self._context(request, access, read_parameters(request.query), "")
        if context.state.error:
            return Reply(context.state.status, context.state.error.encode(), PLAIN)
        # Without this header, nginx buffers the stream.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Reply(content_type=EVENT_STREAM, headers=headers)
        client = await self._client_of(request.host)

        async def may_watch() -> bool:
            try:
                return bool(await self._access(request) == access)
            except Exception as error:  # noqa: BLE001 - however the host refuses
                _LOG.info("dashboard: a stream ends, the host refuses it: %r", error)
                return False

        watched = self._live_visitors.watched(client, context.state.project)
        parts = live_visitors_stream(watched, self.shutdown, may_watch)
        return Reply(content_type=EVENT_STREAM, headers=headers, parts=parts)


def _with_slash(request: Request) -> str:
    """Returns the relative address of the mount with a slash at its end."""
    last = request.address.rpartition("/")[2]
    query = f"?{request.query}" if request.query else ""
    return f"./{quote(last, safe='')}/{query}"
