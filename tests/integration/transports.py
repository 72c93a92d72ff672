"""A transport of its own for what crosses a wire, below the client's options and stages."""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from loguro_async.connection import ConnectionOptions
from loguro_async.endpoints import KPIS
from loguro_async.errors import LoguroError
from loguro_async.pipeline.call import Call, Counters, Surroundings
from loguro_async.pipeline.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import aiohttp

TOKEN: Final = "pat_kept-to-itself"


@asynccontextmanager
async def a_transport(
    origin: str,
    *,
    session: aiohttp.ClientSession | None = None,
    counters: Counters | None = None,
    **options: Any,  # noqa: ANN401 - those of a connection
) -> AsyncGenerator[Transport]:
    transport = Transport(
        origin,
        TOKEN,
        session=session,
        connection=ConnectionOptions(**options),
        max_body_bytes=1 << 20,
        surroundings=Surroundings(),
        counters=counters or Counters(),
    )
    try:
        yield transport
    finally:
        await transport.aclose()


def a_call(attempt_timeout: float | None = None, deadline: float = math.inf) -> Call:
    query = KPIS.query("local", ("7d", None))
    return Call(KPIS, query, deadline, attempt_timeout=attempt_timeout)


async def failure(
    transport: Transport, call: Call, more_headers: Mapping[str, str] | None = None
) -> LoguroError:
    try:
        body = await transport.fetch(call, more_headers or {})
    except LoguroError as error:
        return error
    raise AssertionError(f"no failure, but {body!r}")
