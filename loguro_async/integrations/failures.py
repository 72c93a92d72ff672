"""Failed calls in an application: the response to its users, and the log of the causes."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from loguro_async.errors import (
    AuthenticationError,
    BadRequestError,
    CircuitOpenError,
    ClientClosedError,
    ConfigurationError,
    DeadlineExceededError,
    InvalidQueryError,
    LoguroError,
    ProjectNotFoundError,
    RateLimitedError,
    ResponseError,
)
from loguro_async.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOGGER: Final = logging.getLogger("loguro_async.integrations")
_LONGEST_WHERE: Final = 200


class Failure(NamedTuple):
    """A failed call as an HTTP response, without internal details.

    Attributes:
        status: The HTTP status.
        message: The text for users of the application.
        retry_after: Seconds to wait, where they are known.
        level: The level to log the error with.
    """

    status: int
    message: str
    retry_after: int | None
    level: int

    @property
    def body(self) -> dict[str, str]:
        """The body of the response."""
        return {"error": self.message}

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


_OVERLOADED: Final = "analytics are overloaded; try again later"
_TOO_SLOW: Final = "analytics took too long; try again, or choose a shorter range"
_NOT_SET_UP: Final = "analytics are not set up"
_FAILURES: Final[dict[type[Exception], tuple[int, str, int]]] = {
    BadRequestError: (400, "no such project or visitor", logging.INFO),
    ProjectNotFoundError: (404, "no such project, or no access to it", logging.INFO),
    RateLimitedError: (503, _OVERLOADED, logging.WARNING),
    CircuitOpenError: (503, _OVERLOADED, logging.WARNING),
    DeadlineExceededError: (504, _TOO_SLOW, logging.WARNING),
    AuthenticationError: (502, "analytics are not available", logging.ERROR),
    ResponseError: (502, "analytics are not available", logging.ERROR),
    ConfigurationError: (500, _NOT_SET_UP, logging.ERROR),
    ClientClosedError: (500, _NOT_SET_UP, logging.ERROR),
    LoguroError: (502, "analytics are not available; try again later", logging.WARNING),
    Exception: (500, "something went wrong", logging.ERROR),
}


def describe_failure(error: Exception) -> Failure:
    """Returns the response to the users of an application for an error."""
    if isinstance(error, InvalidQueryError):
        return Failure(400, error.message, None, logging.INFO)
    status, message, level = next(
        _FAILURES[kind] for kind in type(error).mro() if kind in _FAILURES
    )
    seconds = getattr(error, "retry_after", None)
    return Failure(status, message, None if seconds is None else max(1, math.ceil(seconds)), level)


def log_failure(where: str, error: Exception) -> Failure:
    """Logs an error with its cause, and returns the response to users.

    Args:
        where: The request or command, such as ``"GET /visitors"`` or ``"/stats in Discord"``.
        error: The error that the application did not handle.
    """
    failure = describe_failure(error)
    cause = error.__cause__
    because = "" if cause is None else f" ({type(cause).__name__}: {cause})"
    # Errors that do not go away by waiting are logged with a traceback.
    trace = error if failure.level == logging.ERROR else None
    _LOGGER.log(
        failure.level,
        "%s: %s: %s%s",
        printable(where, _LONGEST_WHERE),
        type(error).__name__,
        error,
        because,
        exc_info=trace,
    )
    return failure


def no_client(remedy: str) -> ConfigurationError:
    """Returns the error of an application that holds no client.

    Args:
        remedy: What to write, such as ``"give it lifespan=loguro_lifespan()"``.
    """
    message = (
        f"the application holds no client: {remedy}, and use the client between the application's "
        "start and its end"
    )
    return ConfigurationError(message)
