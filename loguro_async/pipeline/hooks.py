"""Calls a user's hooks, with the context variables of the call that started the request."""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from loguro_async.errors import LoguroError, StatusError
from loguro_async.hooks import (
    Hooks,
    RequestSent,
    ResponseReceived,
    RetryPlanned,
    call_hook,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Context

    from loguro_async.pipeline.call import Call, Send

_LOG: Final = logging.getLogger("loguro_async")
_OK: Final = 200
# Set by the client itself; no hook may change them.
_OWN_HEADERS: Final = frozenset(
    {"accept", "authorization", "connection", "content-length", "host", "transfer-encoding"}
)


class HookCaller:
    """Calls the hooks; when one raises, that is logged, and the call continues.

    Args:
        hooks: The user's functions; ``None`` for none.
        origin: Where requests are sent.
        clock: Returns seconds; never goes back.
    """

    __slots__ = ("_clock", "_has_hooks", "_hooks", "_origin")

    def __init__(self, hooks: Hooks | None, *, origin: str, clock: Callable[[], float]) -> None:
        self._hooks = hooks or Hooks()
        self._has_hooks = hooks is not None
        self._origin = origin
        self._clock = clock

    def context(self) -> Context | None:
        """Returns the caller's context variables, where there are hooks to run in them."""
        return copy_context() if self._has_hooks else None

    def stages(self) -> list[Callable[[Send], Send]]:
        """Returns the stage, where there are hooks to call."""
        return [self._stage] if self._has_hooks else []

    def _stage(self, send: Send) -> Send:
        """The stage that calls the hooks at the beginning and the end of each request."""

        async def hooks(call: Call) -> bytes:
            request = call.request
            url = self._origin + request.target
            sent = RequestSent(request.slug, request.endpoint, call.attempts + 1, "GET", url)
            call.headers = self._headers(call, sent)
            began = self._clock()
            try:
                body = await send(call)
            except (LoguroError, asyncio.CancelledError) as error:
                self._failed(call, sent, self._clock() - began, error)
                raise
            received = ResponseReceived(sent, _OK, self._clock() - began, len(body))
            self._run(self._hooks.on_response, call, received)
            return body

        return hooks

    def retrying(self, call: Call, error: BaseException | None, wait_seconds: float) -> None:
        """Calls the hook for a failed request that will be sent again."""
        if self._hooks.on_retry is None or not isinstance(error, LoguroError):
            return
        slug, endpoint = call.request.slug, call.request.endpoint
        planned = RetryPlanned(slug, endpoint, call.attempts, error, wait_seconds)
        self._run(self._hooks.on_retry, call, planned)

    def _headers(self, call: Call, sent: RequestSent) -> Mapping[str, str]:
        given = self._run(self._hooks.on_request, call, sent)
        try:
            return _checked_headers(given) if given else {}
        except (AttributeError, TypeError, ValueError):
            _LOG.exception(
                "a hook returned headers that cannot be sent: %r", self._hooks.on_request
            )
            return {}

    def _failed(self, call: Call, sent: RequestSent, seconds: float, error: BaseException) -> None:
        received = ResponseReceived(
            sent,
            error.status if isinstance(error, StatusError) else None,
            seconds,
            error=error if isinstance(error, LoguroError) else None,
            is_cancelled=isinstance(error, asyncio.CancelledError),
        )
        self._run(self._hooks.on_response, call, received)

    def _run(self, hook: Callable[[Any], Any] | None, call: Call, event: object) -> Any:  # noqa: ANN401 - each hook returns its own
        if hook is None:
            return None
        if call.context is None:
            return call_hook(hook, event)
        return call.context.run(call_hook, hook, event)


def _checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for text in (*headers.keys(), *headers.values()):
        if not text.isprintable():
            message = "a header holds control characters"
            raise ValueError(message)
    return {name: text for name, text in headers.items() if name.lower() not in _OWN_HEADERS}
