"""The dashboard without a framework: requests as plain values in, replies out."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from loguro_async.dashboard.access import Access, ForbiddenError
from loguro_async.dashboard.live import LiveVisitors
from loguro_async.dashboard.pages import page, visitor_page, widget_fragment
from loguro_async.dashboard.view import view_of
from loguro_async.dashboard.widgets import filled, trouble_of, widget_named, widgets_for
from loguro_async.errors import LoguroError

if TYPE_CHECKING:
    from loguro_async.client import LoguroClient
    from loguro_async.dashboard.access import Decide
    from loguro_async.models.visitors import Session

_LOG: Final = logging.getLogger("loguro_async")
_STATIC: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
}
_PAGE_PATIENCE_SECONDS: Final = 3.0
_WIDGET_PATIENCE_SECONDS: Final = 20.0
_HTML: Final = "text/html; charset=utf-8"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Paths and filters may hold personal data.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


class Request(Struct, frozen=True):
    """What is asked of the dashboard.

    Attributes:
        host: The framework's own request, for who decides what may be seen.
        root: The path that the dashboard is mounted at, without a slash at the end.
        query: The query string's values, the last one of each name.
    """

    host: Any
    root: str
    query: Mapping[str, str]


class Reply(Struct, frozen=True):
    """What is answered: a body, or numbers for as long as somebody watches."""

    status: int = 200
    body: bytes = b""
    content_type: str = _HTML
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    stream: AsyncGenerator[bytes, None] | None = None


class Board:
    """Answers the requests of a mounted dashboard.

    Args:
        client: Asks the service.
        decide: Says what a request may see.
        title: The page's title.
        live_interval: Seconds between two counts of live visitors.
    """

    def __init__(
        self, client: LoguroClient, decide: Decide, *, title: str, live_interval: float
    ) -> None:
        self._client = client
        self._decide = decide
        self._title = title
        self._live = LiveVisitors(client, live_interval)

    async def page(self, request: Request) -> Reply:
        """The whole page."""
        try:
            access = await self._access(request)
            view = view_of(request.query, access)
        except ForbiddenError as error:
            return _forbidden(error)
        project = self._client.project(access.project)
        widgets = () if view.mistake else widgets_for(access)
        asked = (
            filled(widget, project, view, access, patience=_PAGE_PATIENCE_SECONDS)
            for widget in widgets
        )
        parts = await asyncio.gather(*asked)
        body = page(self._title, request.root, access, view, parts)
        return Reply(400 if view.mistake else 200, body.encode())

    async def widget(self, request: Request, name: str) -> Reply:
        """One widget as a fragment of HTML, to stand in any page."""
        try:
            access = await self._access(request)
            view = view_of(request.query, access)
            widget = widget_named(name, access)
        except ForbiddenError as error:
            return _forbidden(error)
        if view.mistake:
            return Reply(400, view.mistake.encode(), "text/plain; charset=utf-8")
        project = self._client.project(access.project)
        part = await filled(widget, project, view, access, patience=_WIDGET_PATIENCE_SECONDS)
        return Reply(body=widget_fragment(request.root, access, view, part).encode())

    async def visitor(self, request: Request, visitor_id: str) -> Reply:
        """The visits of one visitor, where the host shows single visitors."""
        try:
            access = await self._access(request)
            if not access.visitors:
                message = "a single visitor was asked for"
                raise ForbiddenError(message)  # noqa: TRY301 - answered like all others
        except ForbiddenError as error:
            return _forbidden(error)
        sessions: tuple[Session, ...] = ()
        trouble = ""
        try:
            project = self._client.project(access.project)
            sessions = (await project.visitor_sessions(visitor_id)).sessions
        except LoguroError as error:
            trouble = trouble_of(error)
        body = visitor_page(request.root, access.project, sessions, trouble)
        return Reply(502 if trouble else 200, body.encode())

    async def live(self, request: Request) -> Reply:
        """The number of live visitors, again and again, as server-sent events."""
        try:
            access = await self._access(request)
            if access.filter:
                # The service counts them without a filter.
                message = "live visitors of the whole project were asked for"
                raise ForbiddenError(message)  # noqa: TRY301 - answered like all others
        except ForbiddenError as error:
            return _forbidden(error)
        return Reply(content_type="text/event-stream", stream=self._numbers(access.project))

    def static(self, name: str) -> Reply:
        """The style or the script."""
        if name not in _TYPES:
            return Reply(404, b"There is no such file.\n", "text/plain; charset=utf-8")
        headers = {**HEADERS, "Cache-Control": "public, max-age=3600"}
        return Reply(body=_file(name), content_type=_TYPES[name], headers=headers)

    async def _access(self, request: Request) -> Access:
        decided = self._decide(request.host)
        access = await decided if inspect.isawaitable(decided) else decided
        if access is None:
            message = "the host refused the request"
            raise ForbiddenError(message)
        return access

    async def _numbers(self, slug: str) -> AsyncGenerator[bytes, None]:
        watching = self._live.watch(slug)
        try:
            async for number in watching:
                yield f"data: {number}\n\n".encode()
        finally:
            await watching.aclose()


@cache
def _file(name: str) -> bytes:
    return (_STATIC / name).read_bytes()


def _forbidden(error: ForbiddenError) -> Reply:
    _LOG.warning("dashboard: refused: %s", error)
    return Reply(403, b"This is not to be seen here.\n", "text/plain; charset=utf-8")
