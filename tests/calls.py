"""Requests and calls for tests of what is below the client."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from loguro_async.endpoints import KPIS
from loguro_async.pipeline.call import Call
from loguro_async.pipeline.deadline import Deadline
from loguro_async.request import Query, Request, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguro_async.endpoints import Endpoint


def a_request(endpoint: Endpoint[Any] = KPIS, slug: str = "local", **arguments: Any) -> Request:  # noqa: ANN401 - those of a query
    return prepare(Query(endpoint, slug, **arguments))


def a_call(
    request: Request | None = None,
    *,
    endpoint: Endpoint[Any] = KPIS,
    deadline: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
    **options: Any,  # noqa: ANN401 - those of a call
) -> Call:
    return Call(
        endpoint, request or a_request(endpoint), Deadline(deadline, clock), clock, **options
    )
