"""The client of a dashboard: one for all requests, or what the host gives for each."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def client_source(client: Any) -> Callable[[Any], Awaitable[LoguroClient]]:  # noqa: ANN401 - as told below
    """Returns a function that gives the client for the framework's request.

    Args:
        client: A client, or a function that gives one or its awaitable, of no argument or of the
            framework's request.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(client, LoguroClient):

        async def same(_request: Any) -> LoguroClient:  # noqa: ANN401 - the framework's own
            return client

        return same
    if not callable(client):
        message = f"client must be a LoguroClient or a function that gives one, got {client!r}"
        raise ConfigurationError(message)
    takes_request = _takes_argument(client)

    async def given(request: Any) -> LoguroClient:  # noqa: ANN401 - the framework's own
        found = client(request) if takes_request else client()
        made = await found if inspect.isawaitable(found) else found
        if not isinstance(made, LoguroClient):
            message = f"the function given as client must return a LoguroClient, got {made!r}"
            raise ConfigurationError(message)
        return made

    return given


def _takes_argument(function: Callable[..., Any]) -> bool:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(
        parameter.kind in positional and parameter.default is inspect.Parameter.empty
        for parameter in inspect.signature(function).parameters.values()
    )
