"""A transport of its own for what crosses a wire, below the client's options and stages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from loguro_async.connection import ConnectionOptions
from loguro_async.errors import LoguroError
from loguro_async.pipeline.stats import Counters
from loguro_async.pipeline.transport import Transport
from loguro_async.runtime import Runtime
from tests.calls import a_call

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    import aiohttp

    from loguro_async.pipeline.call import Call

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
        runtime=Runtime(),
        counters=counters or Counters(),
    )
    try:
        yield transport
    finally:
        await transport.aclose()


def a_call_with(headers: Mapping[str, str]) -> Call:
    """A call to which the hooks have added headers."""
    call = a_call()
    call.headers = headers
    return call


async def failure(transport: Transport, call: Call) -> LoguroError:
    try:
        body = await transport.send(call)
    except LoguroError as error:
        return error
    raise AssertionError(f"no failure, but {body!r}")
