"""The HTTP side: routes, who may ask, and answers that are always JSON."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

from loguro_async.emulator.delivery import canned, deliver, error_response, json_response, reset
from loguro_async.emulator.endpoints import ENDPOINTS, PREFIX, Endpoint
from loguro_async.emulator.journal import Journal, RecordedRequest
from loguro_async.emulator.question import Question
from loguro_async.emulator.ranges import asked_seconds
from loguro_async.emulator.refusals import RefusalError, bad_request, not_found, query_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Handler, Middleware

    from loguro_async.emulator.faults import FaultPlan
    from loguro_async.emulator.store import Store
    from loguro_async.emulator.switches import Switches
    from loguro_async.emulator.tokens import TokenBook

logger = logging.getLogger("loguro_async.emulator")

SLUG: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
VISITOR_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Server:
    """What the routes need.

    Attributes:
        projects: The slugs that exist.
        store: Their events.
        tokens: Who may ask.
        faults: What goes wrong.
        journal: What was asked.
        switches: How open questions are decided.
        now_ms: Tells the time, in milliseconds since 1970.
    """

    projects: frozenset[str]
    store: Store
    tokens: TokenBook
    faults: FaultPlan
    journal: Journal
    switches: Switches
    now_ms: Callable[[], int]

    def application(self) -> web.Application:
        """The application, ready to be run."""
        application = web.Application(middlewares=[self._middleware()])
        for endpoint in ENDPOINTS:
            path = PREFIX + endpoint.suffix
            application.router.add_get(
                path, self._handler(endpoint), name=endpoint.name, allow_head=False
            )
        return application

    def _middleware(self) -> Middleware:
        """What is around every request: it records, goes wrong where it shall, and speaks JSON."""

        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            endpoint = request.match_info.route.name
            slug = request.match_info.get("slug")
            number = self.journal.arrived(
                RecordedRequest(request.method, request.path, _query(request), slug, endpoint)
            )
            fault = self.faults.draw(endpoint, slug, asked_seconds(_query(request)))
            if fault.latency:
                await asyncio.sleep(fault.latency)
            if fault.reset:
                reset(request)
                return web.Response()
            response = canned(fault) or await self._answer(request, handler)
            self.journal.answered(number, response.status)
            return await deliver(request, response, fault)

        return serve

    async def _answer(self, request: web.Request, handler: Handler) -> web.Response:
        """The true answer, in JSON whatever happens, and never with a traceback."""
        try:
            return cast("web.Response", await handler(request))
        except RefusalError as refusal:
            return error_response(refusal.status, refusal.message)
        except web.HTTPException as failure:
            response = error_response(failure.status, failure.reason)
            if failure.status == HTTPStatus.METHOD_NOT_ALLOWED:
                response.headers["Allow"] = failure.headers["Allow"]
            return response
        except Exception:
            logger.exception("query failed: %s", request.path)
            failed = query_failed()
            return error_response(failed.status, failed.message)

    def _handler(self, endpoint: Endpoint) -> Handler:
        """What answers the requests to one endpoint."""

        async def handle(request: web.Request) -> web.Response:
            return json_response(await endpoint.answer(self._question(request, endpoint)))

        return handle

    def _question(self, request: web.Request, endpoint: Endpoint) -> Question:
        """The question of a request, once it is clear that it may be asked.

        Source: "Authentication" and "Status codes".

        Raises:
            RefusalError: 401, 400 or 404.
        """
        token = self.tokens.bearer(request.headers.get("Authorization"))
        slug = request.match_info["slug"]
        if not SLUG.fullmatch(slug):
            raise bad_request("Invalid project identifier")
        if slug not in self.projects or slug not in token.projects:
            raise not_found("Project not found")
        visitor_id = request.match_info.get("visitor_id", "")
        if "visitor_id" in request.match_info and not VISITOR_ID.fullmatch(visitor_id):
            raise bad_request("Invalid visitor id")
        return Question(
            store=self.store,
            switches=self.switches,
            slug=slug,
            query=_query(request),
            now_ms=self.now_ms(),
            default_limit=self.switches.default_limits.get(endpoint.name, endpoint.default_limit),
            max_limit=self.switches.max_limits.get(endpoint.name, endpoint.max_limit),
            visitor_id=visitor_id,
        )


def _query(request: web.Request) -> dict[str, str]:
    """A request's parameters, the first of each name."""
    return {name: request.query[name] for name in request.query}
