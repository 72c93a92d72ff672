"""What can be told of requests while they are made: frozen data, handed to one's own functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from msgspec import Struct

from loguro_async.errors import LoguroError


class RequestSent(Struct, frozen=True, eq=False):
    """One request is about to be sent. The same object is in the ``ResponseReceived`` of its end.

    Attributes:
        slug: The project.
        endpoint: The endpoint's name, such as ``"kpis"``.
        attempt: 1 for the first request of a call.
        method: The HTTP method.
        url: The whole URL. It never holds the token.
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
    """A request ended: with an answer, an error, or because nobody waited for it any more.

    Attributes:
        request: The request.
        status: The HTTP status; ``None`` where no answer came.
        seconds: How long it took.
        body_bytes: Size of the answer's body, decompressed; 0 where none was taken.
        error: What it failed with; ``None`` where it did not, or was cancelled.
        is_cancelled: Whether it was given up before its end.
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
    """Functions that are told of requests; plain functions, called inside the event loop.

    They run with the context variables of the call that began the request. One that raises is
    logged, and changes nothing for the call.

    Args:
        on_request: Told before a request is sent. May return headers to send with it, such as a
            trace context; ``Authorization`` cannot be changed so.
        on_retry: Told when a failed request will be sent again.
        on_response: Told when a request has ended.
    """

    on_request: RequestHook | None = None
    on_retry: RetryHook | None = None
    on_response: ResponseHook | None = None

    def __or__(self, other: Hooks) -> Hooks:
        """Both: the first one's functions are told first, and headers of both are sent."""
        return Hooks(
            on_request=_both_requests(self.on_request, other.on_request),
            on_retry=_both(self.on_retry, other.on_retry),
            on_response=_both(self.on_response, other.on_response),
        )


EventT = TypeVar("EventT")


def _both(
    first: Callable[[EventT], object] | None, second: Callable[[EventT], object] | None
) -> Callable[[EventT], object] | None:
    if first is None or second is None:
        return first or second

    def tell(event: EventT) -> None:
        first(event)
        second(event)

    return tell


def _both_requests(first: RequestHook | None, second: RequestHook | None) -> RequestHook | None:
    if first is None or second is None:
        return first or second
    return lambda sent: {**(first(sent) or {}), **(second(sent) or {})}
