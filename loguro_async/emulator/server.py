"""The HTTP server: routes, access, and responses that are always JSON."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

from loguro_async.emulator.endpoints import ENDPOINTS, PREFIX, Endpoint
from loguro_async.emulator.errors import (
    ApiError,
    bad_request,
    not_found,
    query_failed,
    unauthorized,
)
from loguro_async.emulator.fault_injection import fault_response, reset, send
from loguro_async.emulator.parquet_folder import SLUG
from loguro_async.emulator.ranges import requested_seconds
from loguro_async.emulator.request_context import RequestContext
from loguro_async.emulator.request_log import RecordedRequest, RequestLog
from loguro_async.emulator.responses import error_response, json_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Handler, Middleware

    from loguro_async.emulator.behaviour import Behaviour
    from loguro_async.emulator.clock import Clock
    from loguro_async.emulator.faults import FaultPlan
    from loguro_async.emulator.store import Store
    from loguro_async.emulator.tokens import TokenStore

logger = logging.getLogger("loguro_async.emulator")

VISITOR_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Server:
    """The parts that the routes use.

    Attributes:
        projects: The slugs that exist.
        store: Their events.
        tokens: The tokens and their access.
        faults: The planned faults.
        log: The log of requests.
        behaviour: The options for what the reference leaves open.
        clock: Tells the time.
        before_query: Called with the time in milliseconds before each query.
    """

    projects: frozenset[str]
    store: Store
    tokens: TokenStore
    faults: FaultPlan
    log: RequestLog
    behaviour: Behaviour
    clock: Clock
    before_query: Callable[[int], Awaitable[None]]

    def application(self) -> web.Application:
        """Returns the application."""
        application = web.Application(middlewares=[self._middleware()])
        for endpoint in ENDPOINTS:
            path = PREFIX + endpoint.suffix
            application.router.add_get(
                path, self._route(endpoint), name=endpoint.name, allow_head=False
            )
        return application

    def _middleware(self) -> Middleware:
        """Returns the middleware of every request: the log, the faults, and errors as JSON."""

        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            endpoint = request.match_info.route.name
            slug = request.match_info.get("slug")
            number = self.log.add(
                RecordedRequest(request.method, request.path, _query(request), slug, endpoint)
            )
            fault = self.faults.next_fault(endpoint, slug, requested_seconds(_query(request)))
            if fault.latency:
                await asyncio.sleep(fault.latency)
            if fault.reset:
                reset(request)
                return web.Response()
            response = fault_response(fault) or await self._response(request, handler)
            self.log.set_status(number, response.status)
            response.headers["Date"] = format_datetime(self.clock.now.astimezone(UTC), usegmt=True)
            return await send(request, response, fault)

        return serve

    async def _response(self, request: web.Request, handler: Handler) -> web.Response:
        """Returns the response without faults: JSON in every case, and never a traceback."""
        try:
            return cast("web.Response", await handler(request))
        except ApiError as error:
            return error_response(error.status, error.message)
        except web.HTTPException as error:
            response = error_response(error.status, error.reason)
            if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
                response.headers["Allow"] = error.headers["Allow"]
            return response
        except Exception:
            logger.exception("query failed: %s", request.path)
            failed = query_failed()
            return error_response(failed.status, failed.message)

    def _route(self, endpoint: Endpoint) -> Handler:
        """Returns aiohttp's handler of an endpoint."""

        async def handle(request: web.Request) -> web.Response:
            context = self._context(request, endpoint)
            await self.before_query(context.now_ms)
            return json_response(await endpoint.handle(context))

        return handle

    def _context(self, request: web.Request, endpoint: Endpoint) -> RequestContext:
        """Returns the context of a request that has access.

        Source: "Authentication" and "Status codes".

        Raises:
            ApiError: 401, 400 or 404.
        """
        token = self.tokens.bearer(request.headers.get("Authorization"))
        slug = request.match_info["slug"]
        if not SLUG.fullmatch(slug):
            raise bad_request("Invalid project identifier")
        missing = not_found("Project not found")
        if slug not in self.projects:
            raise missing
        if slug not in token.projects:
            by_status = {401: unauthorized("No access to this project"), 404: missing}
            raise by_status[self.behaviour.no_access_status]
        visitor_id = request.match_info.get("visitor_id", "")
        if "visitor_id" in request.match_info and not VISITOR_ID.fullmatch(visitor_id):
            raise bad_request("Invalid visitor id")
        return RequestContext(
            store=self.store,
            behaviour=self.behaviour,
            slug=slug,
            query=_query(request),
            now_ms=self.clock.window_end_ms(),
            default_limit=self.behaviour.default_limits.get(endpoint.name, endpoint.default_limit),
            max_limit=self.behaviour.max_limits.get(endpoint.name, endpoint.max_limit),
            visitor_id=visitor_id,
        )


def _query(request: web.Request) -> dict[str, str]:
    """Returns the parameters of a request, the first value of each name."""
    return {name: request.query[name] for name in request.query}
