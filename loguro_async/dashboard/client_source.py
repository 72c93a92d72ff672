"""The client of a dashboard: one for all requests, or what the host gives for each."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from loguro_async.client import LoguroClient
from loguro_async.errors import ConfigurationError

ClientSource: TypeAlias = (
    LoguroClient
    | Callable[[], LoguroClient | Awaitable[LoguroClient]]
    | Callable[[Any], LoguroClient | Awaitable[LoguroClient]]
)
"""A client, or a function that returns one: of no argument, or of the framework's request."""


def client_source(client: ClientSource) -> Callable[[Any], Awaitable[LoguroClient]]:
    """Returns a function that takes the framework's request and returns the client for it.

    Args:
        client: A client, or a function that returns one.

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
        function: Callable[..., LoguroClient | Awaitable[LoguroClient]] = client
        found = function(request) if takes_request else function()
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
