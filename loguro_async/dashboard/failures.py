"""Failures as a viewer sees them: a status and the reason, without internal details."""

from __future__ import annotations

from typing import Final

from loguro_async.dashboard.single_flight import OverloadedError
from loguro_async.errors import (
    AuthenticationError,
    CircuitOpenError,
    DeadlineExceededError,
    InvalidQueryError,
    ProjectNotFoundError,
    RateLimitedError,
)

FORBIDDEN: Final = "You may not see this."


def status_and_text(error: BaseException) -> tuple[int, str]:
    """Returns the HTTP status and the English text for a failure.

    Args:
        error: What went wrong while figures were loaded.
    """
    match error:
        case InvalidQueryError():
            return 400, error.message
        case AuthenticationError():
            return 502, "The analytics service refused the access token of this dashboard."
        case ProjectNotFoundError():
            return 502, "The analytics service has no such project, or gives no access to it."
        case RateLimitedError() | CircuitOpenError() | OverloadedError():
            return 503, "The analytics service is overloaded at the moment."
        case DeadlineExceededError() | TimeoutError():
            return 504, "The analytics service takes longer than usual."
        case _:
            return 502, "The analytics service cannot be reached at the moment."
