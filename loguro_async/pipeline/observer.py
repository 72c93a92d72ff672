"""Tells a user's hooks of requests, in the context of the call that began them."""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, Protocol

from loguro_async.errors import LoguroError, StatusError
from loguro_async.hooks import Hooks, RequestSent, ResponseReceived, RetryPlanned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Context

    from loguro_async.pipeline.call import Call, Fetch

_LOG: Final = logging.getLogger("loguro_async")
_OK: Final = 200
# What the request says of itself; no hook may say otherwise.
_OWN_HEADERS: Final = frozenset(
    {"accept", "authorization", "connection", "content-length", "host", "transfer-encoding"}
)


class Send(Protocol):
    """Sends one request, where asked for with headers besides its own."""

    async def __call__(self, call: Call, more_headers: Mapping[str, str] = ..., /) -> bytes:
        """The body."""
        ...


class Observer:
    """Calls the hooks; one that raises is logged and forgotten.

    Args:
        hooks: The user's functions; ``None`` for none.
        origin: Where requests go.
        clock: Seconds, never going back.
    """

    __slots__ = ("_clock", "_hooks", "_is_watching", "_origin")

    def __init__(self, hooks: Hooks | None, *, origin: str, clock: Callable[[], float]) -> None:
        self._hooks = hooks or Hooks()
        self._is_watching = hooks is not None
        self._origin = origin
        self._clock = clock

    def context(self) -> Context | None:
        """The context variables of whoever calls, kept for the hooks where there are any."""
        return copy_context() if self._is_watching else None

    def watch(self, send: Send) -> Fetch:
        """The stage that tells of each request's beginning and end."""
        if not self._is_watching:
            return send

        async def fetch(call: Call) -> bytes:
            url = self._origin + call.query.target
            sent = RequestSent(call.query.slug, call.endpoint.name, call.attempts + 1, "GET", url)
            headers = self._more_headers(call, sent)
            began = self._clock()
            try:
                body = await send(call, headers)
            except (LoguroError, asyncio.CancelledError) as error:
                self._ended(call, sent, self._clock() - began, error)
                raise
            received = ResponseReceived(sent, _OK, self._clock() - began, len(body))
            self._tell(self._hooks.on_response, call, received)
            return body

        return fetch

    def _more_headers(self, call: Call, sent: RequestSent) -> Mapping[str, str]:
        given = self._tell(self._hooks.on_request, call, sent)
        try:
            return _fit_to_send(given) if given else {}
        except (AttributeError, TypeError, ValueError):
            _LOG.exception("a hook gave no headers that can be sent: %r", self._hooks.on_request)
            return {}

    def retrying(self, call: Call, error: BaseException | None, wait_seconds: float) -> None:
        """Tell that a failed request will be sent again."""
        if self._hooks.on_retry is None or not isinstance(error, LoguroError):
            return
        slug, endpoint = call.query.slug, call.endpoint.name
        planned = RetryPlanned(slug, endpoint, call.attempts, error, wait_seconds)
        self._tell(self._hooks.on_retry, call, planned)

    def _ended(self, call: Call, sent: RequestSent, seconds: float, error: BaseException) -> None:
        received = ResponseReceived(
            sent,
            error.status if isinstance(error, StatusError) else None,
            seconds,
            error=error if isinstance(error, LoguroError) else None,
            is_cancelled=isinstance(error, asyncio.CancelledError),
        )
        self._tell(self._hooks.on_response, call, received)

    def _tell(self, hook: Callable[[Any], Any] | None, call: Call, told: object) -> Any:  # noqa: ANN401 - each hook gives its own
        if hook is None:
            return None
        try:
            return call.context.run(hook, told) if call.context is not None else hook(told)
        except Exception:  # noqa: BLE001 - a user's function may raise anything
            _LOG.exception("a hook failed, and the call goes on: %r", hook)
            return None


def _fit_to_send(headers: Mapping[str, str]) -> Mapping[str, str]:
    for text in (*headers.keys(), *headers.values()):
        if not text.isprintable():
            message = "a header holds what would break the request"
            raise ValueError(message)
    return {name: text for name, text in headers.items() if name.lower() not in _OWN_HEADERS}
