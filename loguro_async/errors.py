"""The errors, and which status becomes which error.

Every error says in one line what failed and what to do next, pickles, and never holds the token.
"""

from __future__ import annotations

from typing import Any, Final


class LoguroError(Exception):
    """The base class of every error that this package raises.

    Attributes:
        slug: The project of the call, where there is one.
        endpoint: The endpoint's name, for example ``"kpis"``, where there is one.
        attempts: Requests that were sent for the call, where any were.
    """

    slug: str | None = None
    endpoint: str | None = None
    attempts: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Returns the message, with the call that it is about."""
        about = [self.endpoint, f"of {self.slug!r}" if self.slug else None]
        where = " ".join(part for part in about if part)
        tries = f" (after {self.attempts} attempts)" if (self.attempts or 0) > 1 else ""
        return f"{where}: {self.message}{tries}" if where else f"{self.message}{tries}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles without calling ``__init__``, whose arguments differ from class to class."""
        return (_restore, (type(self), self.args, self.__dict__.copy()))

    def about(
        self,
        *,
        slug: str | None = None,
        endpoint: str | None = None,
        attempts: int | None = None,
    ) -> LoguroError:
        """Sets the attributes of the failed call that are not set yet; returns the error."""
        self.slug = self.slug or slug
        self.endpoint = self.endpoint or endpoint
        self.attempts = self.attempts or attempts
        return self

    def for_another_waiter(self) -> LoguroError:
        """Returns an equal error with its own traceback, for another caller of a shared load."""
        twin = _restore(type(self), self.args, self.__dict__.copy())
        twin.__cause__ = self.__cause__
        return twin


def _restore(kind: type[LoguroError], args: tuple[Any, ...], state: dict[str, Any]) -> LoguroError:
    error = kind.__new__(kind, *args)
    error.args = args  # OSError, which TimeoutError is, leaves them to its __init__
    error.__dict__.update(state)
    return error


class ConfigurationError(LoguroError):
    """An option of the client is not allowed, or the client is used where it cannot work."""


class InvalidQueryError(LoguroError, ValueError):
    """An argument is not allowed. Nothing was sent."""


class ClientClosedError(LoguroError):
    """The client was used after ``aclose()``."""


class CacheMissError(LoguroError):
    """The call had ``cache="only-if-cached"``, and no usable response is cached."""


class CircuitOpenError(LoguroError):
    """The circuit breaker refuses requests for a while, because too many failed.

    Attributes:
        retry_after: Seconds until the next request is admitted.
    """

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TransportError(LoguroError):
    """No complete response arrived: the connection failed, was reset or was closed early."""


class ConnectError(TransportError):
    """No connection to the service could be made."""


class AttemptTimeoutError(TransportError, TimeoutError):
    """One attempt took longer than ``RetryPolicy.attempt_timeout``."""


class DeadlineExceededError(TransportError, TimeoutError):
    """The call's ``timeout`` ran out."""


class ResponseError(LoguroError):
    """A response arrived that is not what the endpoint promises.

    Attributes:
        body: What arrived of the body.
    """

    def __init__(self, message: str, *, body: bytes = b"") -> None:
        super().__init__(message)
        self.body = body


class ResponseTooLargeError(ResponseError):
    """The body is larger than ``Limits.max_body_bytes``."""


class DecodeError(ResponseError):
    """The body is not the JSON that the endpoint promises.

    Attributes:
        path: The position in the JSON, such as ``$.current.visitors``; ``$`` for all of it.
    """

    def __init__(self, message: str, *, path: str = "$", body: bytes = b"") -> None:
        super().__init__(message, body=body)
        self.path = path


class IncompleteAnswerError(ResponseError):
    """The service has more events than it lists, and the rest cannot be requested."""


class StatusError(LoguroError):
    """The service responded with another status than 200.

    Attributes:
        status: The HTTP status.
        reason: The text of the error body, shortened; empty where there is none.
        retry_after: Seconds to wait, where the service sent ``Retry-After``.
        request_id: The service's id of the request, where it sent one.
    """

    advice = "see the service's status page, or report it with the request id"

    def __init__(
        self,
        status: int,
        *,
        reason: str = "",
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        said = f" ({reason})" if reason else ""
        super().__init__(f"the service responded with {status}{said}; {self.advice}")
        self.status = status
        self.reason = reason
        self.retry_after = retry_after
        self.request_id = request_id

    @property
    def status_code(self) -> int:
        """The HTTP status, under the name that other libraries use."""
        return self.status


class RedirectError(StatusError):
    """3xx: a redirect, which is never followed, so that the token goes nowhere else."""

    advice = "redirects are not followed; check base_url"


class BadRequestError(StatusError):
    """400: the project identifier or the visitor id is not valid."""

    advice = "check the project slug (not its internal id) and the visitor id"


class AuthenticationError(StatusError):
    """401: the token is missing, invalid, expired or revoked."""

    advice = "make a new personal access token and set it as LOGURO_PAT"


class ProjectNotFoundError(StatusError):
    """404: the project or visitor is missing, or the token's owner has no access to it."""

    advice = (
        "the project or visitor may be missing, or the token's owner may lack access: "
        "check the slug and who owns the token"
    )


class RateLimitedError(StatusError):
    """429: too many requests."""

    advice = "send fewer requests: lower Limits.concurrency, or cache for longer"


class QueryFailedError(StatusError):
    """5xx: the query failed."""

    advice = "try again later, or reduce the range or filter"


_STATUS_ERRORS: Final[dict[int, type[StatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    404: ProjectNotFoundError,
    429: RateLimitedError,
}
_CLASS_ERRORS: Final[dict[int, type[StatusError]]] = {3: RedirectError, 5: QueryFailedError}


def error_for_status(
    status: int,
    *,
    reason: str = "",
    retry_after: float | None = None,
    request_id: str | None = None,
) -> StatusError:
    """Returns the error for a status other than 200.

    Source: "Status codes".
    """
    kind = _STATUS_ERRORS.get(status) or _CLASS_ERRORS.get(status // 100, StatusError)
    return kind(status, reason=reason, retry_after=retry_after, request_id=request_id)
