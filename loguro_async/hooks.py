"""Hooks on requests: frozen events, passed to a user's own functions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct

from loguro_async.errors import ConfigurationError, LoguroError

_LOG: Final = logging.getLogger("loguro_async")


class RequestSent(Struct, frozen=True, eq=False):
    """A request is about to be sent; ``ResponseReceived`` at its end refers to the same object.

    Attributes:
        slug: The project.
        endpoint: The endpoint's name, such as ``"kpis"``.
        attempt: 1 for the first request of a call.
        method: The HTTP method.
        url: The complete URL, without the token.
    """

    slug: str
    endpoint: str
    attempt: int
    method: str
    url: str


class RetryPlanned(Struct, frozen=True, eq=False):
    """A request failed and will be sent again.

    Attributes:
        slug: The project.
        endpoint: The endpoint's name.
        attempt: The number of the attempt that failed, from 1.
        error: What it failed with.
        wait_seconds: Seconds until the next attempt.
    """

    slug: str
    endpoint: str
    attempt: int
    error: LoguroError
    wait_seconds: float


class ResponseReceived(Struct, frozen=True, eq=False):
    """A request ended: with a response, an error, or because it was cancelled.

    Attributes:
        request: The request.
        status: The HTTP status; ``None`` where no response came.
        seconds: How long it took.
        body_bytes: Size of the body, decompressed; 0 where none was read.
        error: What it failed with; ``None`` where it did not, or was cancelled.
        is_cancelled: Whether it was cancelled.
    """

    request: RequestSent
    status: int | None
    seconds: float
    body_bytes: int = 0
    error: LoguroError | None = None
    is_cancelled: bool = False


RequestHook: TypeAlias = Callable[[RequestSent], Mapping[str, str] | None]
RetryHook: TypeAlias = Callable[[RetryPlanned], object]
ResponseHook: TypeAlias = Callable[[ResponseReceived], object]


class Hooks(Struct, frozen=True, kw_only=True):
    """Functions that are called for each request, inside the event loop; plain ones, not async.

    Hooks run with the context variables of the call that began the request. An exception of a
    hook is logged and does not affect the call.

    Args:
        on_request: Called before a request is sent. May return headers to send with it, such as a
            trace context; ``Authorization`` cannot be changed.
        on_retry: Called when a failed request will be sent again.
        on_response: Called when a request has ended.

    Raises:
        ConfigurationError: A hook is no function, or an async one.
    """

    on_request: RequestHook | None = None
    on_retry: RetryHook | None = None
    on_response: ResponseHook | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            hook = getattr(self, name)
            if hook is None:
                continue
            if not callable(hook):
                message = f"Hooks.{name} must be a function, got {hook!r}"
                raise ConfigurationError(message)
            if iscoroutinefunction(hook) or iscoroutinefunction(type(hook).__call__):
                message = (
                    f"Hooks.{name} must be a plain function, got the async {hook!r}; start a task "
                    "in it for what has to wait"
                )
                raise ConfigurationError(message)

    def __or__(self, other: Hooks) -> Hooks:
        """Returns hooks that call both: the first one's functions first, headers of both."""
        return Hooks(
            on_request=_both_requests(self.on_request, other.on_request),
            on_retry=_both(self.on_retry, other.on_retry),
            on_response=_both(self.on_response, other.on_response),
        )


EventT = TypeVar("EventT")
ResultT = TypeVar("ResultT")


def call_hook(hook: Callable[[EventT], ResultT], event: EventT) -> ResultT | None:
    """Returns the result of a hook; an exception is logged."""
    try:
        return hook(event)
    except Exception:  # noqa: BLE001 - a user's function may raise anything
        _LOG.exception("a hook failed, and the call continues: %r", hook)
        return None


def _both(
    first: Callable[[EventT], object] | None, second: Callable[[EventT], object] | None
) -> Callable[[EventT], object] | None:
    if first is None or second is None:
        return first or second

    def call(event: EventT) -> None:
        call_hook(first, event)
        call_hook(second, event)

    return call


def _both_requests(first: RequestHook | None, second: RequestHook | None) -> RequestHook | None:
    if first is None or second is None:
        return first or second

    def call(sent: RequestSent) -> Mapping[str, str]:
        earlier, later = call_hook(first, sent), call_hook(second, sent)
        return {**(earlier or {}), **(later or {})}

    return call
