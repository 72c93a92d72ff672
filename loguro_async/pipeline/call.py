"""One run of a request through the pipeline: its deadline, its attempts, its waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from loguro_async.errors import DeadlineExceededError
from loguro_async.models.response_base import Response

if TYPE_CHECKING:
    from contextvars import Context

    from loguro_async.endpoints import Endpoint
    from loguro_async.pipeline.deadline import Deadline
    from loguro_async.policies import CacheMode
    from loguro_async.request import Request

# A caller that waited this much less than the call took had joined it.
_JOINED_SECONDS: Final = 0.05


class Call:
    """One run of a request through the pipeline.

    Args:
        endpoint: The row of the table of endpoints.
        request: What is sent.
        deadline: Until when the response is of use.
        clock: Returns seconds; never goes back.
        mode: How the caches are used.
        attempt_timeout: Seconds for one attempt, where there is such a limit.
        max_outage: Seconds that the call waits for a service that is unavailable; ``None`` for an
            interactive call, which does not wait. A call that waits is background work: others go
            first, and waiting does not count against its deadline.
        context: The caller's context variables, where hooks run in them.

    Attributes:
        is_part: Whether it loads a part of a window; then it is not sent again, because the part is
            halved instead.
        headers: Headers of the next attempt, beside the client's own; set by the hooks.
        started_at: When it was started, by the clock.
        attempts: Requests sent so far; counted by the transport.
        sent_at: When the latest attempt was sent, by the clock; set by the transport.
        age: Seconds since the response was fetched, where another process fetched it; set by the
            shared cache.
        epoch: The epoch of the shared cache in which the load began; set by the shared cache.
    """

    __slots__ = (
        "_clock",
        "_reason",
        "_since",
        "_waited",
        "age",
        "attempt_timeout",
        "attempts",
        "context",
        "deadline",
        "endpoint",
        "epoch",
        "headers",
        "is_part",
        "max_outage",
        "mode",
        "request",
        "sent_at",
        "started_at",
    )

    def __init__(  # noqa: PLR0913 - a record
        self,
        endpoint: Endpoint[Any],
        request: Request,
        deadline: Deadline,
        clock: Callable[[], float],
        *,
        mode: CacheMode = "default",
        attempt_timeout: float | None = None,
        max_outage: float | None = None,
        context: Context | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.request = request
        self.deadline = deadline
        self.mode: CacheMode = mode
        self.attempt_timeout = attempt_timeout
        self.max_outage = max_outage
        self.context = context
        self.is_part = False
        self.attempts = 0
        self.headers: Mapping[str, str] | None = None
        self.started_at = clock()
        self.sent_at: float | None = None
        self.age = 0.0
        self.epoch = 0
        self._clock = clock
        self._waited: dict[str, float] | None = None
        self._reason = ""
        self._since = 0.0

    @property
    def is_background(self) -> bool:
        """Whether interactive calls go first, and waiting does not count against the deadline."""
        return self.max_outage is not None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for something other than the service's response."""
        return bool(self._reason)

    def part(self, request: Request, endpoint: Endpoint[Any] | None = None) -> Call:
        """Returns a call for a part of this one, within the same deadline."""
        part = Call(
            endpoint or self.endpoint,
            request,
            self.deadline,
            self._clock,
            mode=self.mode,
            attempt_timeout=self.attempt_timeout,
            max_outage=self.max_outage,
            context=self.context,
        )
        part.is_part = True
        return part

    @contextmanager
    def waiting(self, reason: str) -> Generator[None]:
        """Notes how long the call waits for something other than the service's response.

        Args:
            reason: What it waits for, for the message of a deadline that is exceeded.
        """
        self._reason, self._since = reason, self._clock()
        if self.max_outage is not None:
            self.deadline.pause()
        try:
            yield
        finally:
            waited = self._waited = self._waited or {}
            waited[reason] = waited.get(reason, 0.0) + self._clock() - self._since
            self._reason = ""
            if self.max_outage is not None:
                self.deadline.resume()

    def deadline_error(self, seconds: float) -> DeadlineExceededError:
        """Returns the error of a caller whose deadline came first.

        Args:
            seconds: How long that caller waited; less than the call took, where the caller joined.
        """
        age = self._clock() - self.started_at
        waited = dict(self._waited or {})
        if self._reason:
            waited[self._reason] = waited.get(self._reason, 0.0) + self._clock() - self._since
        spent = [f"{took:.1f} s waiting for {reason}" for reason, took in waited.items()]
        if self.attempts:
            of_service = max(0.0, age - sum(waited.values()))
            spent.append(f"{of_service:.1f} s waiting for the service")
            advice = "give a longer timeout, or reduce the range or filter"
        else:
            spent.append("nothing was sent")
            advice = "give a longer timeout, or raise the limit"
        shown = f"{seconds:.1f}" if seconds >= 0.1 else f"{max(seconds, 0.0):.2g}"  # noqa: PLR2004
        within = f"no response within {shown} s"
        if age > seconds + _JOINED_SECONDS:
            within += f", to a call that began {age:.1f} s ago"
        message = f"{within} ({', '.join(spent)}); {advice}"
        error = DeadlineExceededError(message)
        error.about(attempts=self.attempts)
        return error


Load: TypeAlias = Callable[[Call], Awaitable[Response]]
"""A stage that returns a response, or raises."""

Send: TypeAlias = Callable[[Call], Awaitable[bytes]]
"""A stage that returns a body, or raises."""
