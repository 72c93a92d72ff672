"""The check-up of a service: one request to begin with, then one for each endpoint.

The requests are sent one after another, so that the times are the service's own.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct, structs

from loguro_async.doctor.drift import drift
from loguro_async.doctor.findings import CheckUp, EndpointCheck, Step, StepName
from loguro_async.doctor.shapes import shape_of
from loguro_async.endpoints import ENDPOINTS, KPIS, Endpoint
from loguro_async.errors import (
    AuthenticationError,
    BadRequestError,
    CircuitOpenError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    RedirectError,
    ResponseError,
    StatusError,
    TransportError,
)
from loguro_async.models.events import EventList
from loguro_async.models.lenient_json import MALFORMED, loads
from loguro_async.models.response_base import Response
from loguro_async.query.path import check_visitor_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loguro_async.client import LoguroClient
    from loguro_async.project import Project
    from loguro_async.query.ranges import Range

# Enough rows to see every field, few enough to be no load.
_ROWS: Final = 50
_WINDOW: Final = dt.timedelta(hours=1)
_VISITOR: Final = "visitor_id"

_STEPS: Final[dict[StepName, tuple[type[LoguroError], ...]]] = {
    "origin": (TransportError, RedirectError, CircuitOpenError),
    "token": (AuthenticationError,),
    "project": (ProjectNotFoundError, BadRequestError),
}
"""The steps that every call needs, in order, and the errors that show that one fails."""

_FAILURES: Final = (StatusError, TransportError, ResponseError, CircuitOpenError)


class _Outcome(Struct, frozen=True):
    """The outcome of one request; ``ms`` is ``None`` where the circuit breaker held it back."""

    ms: float | None
    response: Response | None = None
    error: LoguroError | None = None


async def check_up(
    client: LoguroClient, slug: str, *, range: Range = "7d", timeout: float | None = None
) -> CheckUp:
    """Returns whether origin, token and project work, and how each endpoint responds.

    Reads only. Each endpoint is called once, past the cache and without retries; where origin,
    token or project does not work, the first request is the only one. Everything that goes wrong
    is in the result, and no value of a response is: names of members and JSON types alone.

    Args:
        client: Sends the requests.
        slug: The project.
        range: The range of each request; it should have events of every kind.
        timeout: Seconds for each request; left out, the client's.

    Raises:
        InvalidQueryError: The slug or the range is not valid. Nothing was sent.
    """
    project = client.with_options(retry=None).project(slug)
    given = {"range": range, "limit": _ROWS, "compare": True, "window": _WINDOW}
    first = await _send(project, KPIS, given, timeout)
    broken = _failed_step(first.error)
    checks = () if broken else await _check_all(project, given, timeout)
    if first.error and not any(check.responded for check in checks):
        broken = broken or "origin"
    steps = _steps(broken, first.error)
    return CheckUp(
        slug=slug,
        ok=all(step.ok for step in steps) and all(check.ok for check in checks),
        requests=(first.ms is not None) + sum(check.ms is not None for check in checks),
        first_ms=None if isinstance(first.error, TransportError) else first.ms,
        steps=steps,
        endpoints=checks,
    )


async def _check_all(
    project: Project, given: Mapping[str, object], timeout: float | None
) -> tuple[EndpointCheck, ...]:
    """Calls every endpoint; the events come before the endpoints that need a visitor id."""
    visitor = None
    checks: list[EndpointCheck] = []
    for endpoint in ENDPOINTS:
        if endpoint.needs_visitor and visitor is None:
            checks.append(EndpointCheck(endpoint.name))
            continue
        outcome = await _send(project, endpoint, {**given, _VISITOR: visitor}, timeout)
        if isinstance(outcome.response, EventList):
            visitor = _visitor(outcome.response)
        checks.append(_check(endpoint, outcome, secret=visitor))
    return tuple(checks)


async def _send(
    project: Project, endpoint: Endpoint[Any], given: Mapping[str, object], timeout: float | None
) -> _Outcome:
    method = getattr(project, endpoint.name.replace("-", "_"))
    takes = (*endpoint.takes, _VISITOR) if endpoint.needs_visitor else endpoint.takes
    arguments = {name: given[name] for name in takes if name in given}
    response = error = None
    began = time.perf_counter()
    try:
        response = await method(**arguments, cache="no-store", timeout=timeout)
    except _FAILURES as failure:
        error = failure
    ms = round((time.perf_counter() - began) * 1000, 1)
    return _Outcome(None if isinstance(error, CircuitOpenError) else ms, response, error)


def _visitor(events: EventList) -> str | None:
    """Returns the first visitor id of the events that can be part of a path."""
    for event in events.items:
        with suppress(InvalidQueryError):
            return check_visitor_id(event.visitor_id)
    return None


def _check(endpoint: Endpoint[Any], outcome: _Outcome, *, secret: str | None) -> EndpointCheck:
    """Returns the check of one endpoint.

    Args:
        endpoint: The endpoint.
        outcome: The outcome of the request.
        secret: The visitor id in the path, which is removed from the failure.
    """
    body = b""
    if outcome.response is not None:
        body = outcome.response.raw
    elif isinstance(outcome.error, ResponseError):
        body = outcome.error.body
    failure = outcome.error.message if outcome.error else ""
    return EndpointCheck(
        endpoint.name,
        ms=outcome.ms,
        rows=_rows(outcome.response),
        failure=failure.replace(secret, "…") if secret else failure,
        differences=drift(endpoint, body) if body else (),
        shape=_shape(body),
    )


def _shape(body: bytes) -> dict[str, tuple[str, ...]]:
    try:
        return shape_of(loads(body)) if body else {}
    except MALFORMED:
        return {}


def _rows(response: Response | None) -> int | None:
    """Returns the number of rows of a response; ``None`` where it is no list."""
    values: tuple[object, ...] = structs.astuple(response) if response else ()
    lists = (cast("tuple[object, ...]", value) for value in values if isinstance(value, tuple))
    return next(map(len, lists), None)


def _failed_step(error: LoguroError | None) -> StepName | None:
    """Returns the step that an error belongs to, if any."""
    return next((step for step, errors in _STEPS.items() if isinstance(error, errors)), None)


def _steps(broken: StepName | None, error: LoguroError | None) -> tuple[Step, ...]:
    """Returns all steps: those before the failed one work, those after it are not known."""
    names = tuple(_STEPS)
    if broken is None or error is None:
        return tuple(Step(name, ok=True) for name in names)
    position = names.index(broken)
    return (
        *(Step(name, ok=True) for name in names[:position]),
        Step(broken, ok=False, hint=error.message),
        *(Step(name, ok=None) for name in names[position + 1 :]),
    )
