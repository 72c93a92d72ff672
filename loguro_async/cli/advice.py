"""Errors as lines of the shell: the failure, and advice that fits its options and files."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from loguro_async.cli import missing_extra
from loguro_async.errors import (
    AuthenticationError,
    ConnectError,
    DecodeError,
    LoguroError,
    RateLimitedError,
    RedirectError,
    ResponseTooLargeError,
    StatusError,
)

TOKEN_SOURCE: Final[ContextVar[str]] = ContextVar("TOKEN_SOURCE", default="$LOGURO_PAT")
"""Where the token of this run comes from, in words."""

_ADDRESS: Final = "$LOGURO_BASE_URL, or base_url of the profile"
_ADVICE: Final[dict[type[LoguroError], str]] = {
    RateLimitedError: "wait, or ask for less at once (batch: a lower --concurrency)",
    RedirectError: f"redirects are not followed; check {_ADDRESS}",
    ConnectError: f"check the network and {_ADDRESS}",
    DecodeError: f"check {_ADDRESS}; `loguro-async doctor` compares every endpoint",
    ResponseTooLargeError: "ask for a shorter range or fewer rows",
}


def describe(error: Exception) -> str:
    """Returns one line that says what failed and what to do."""
    if isinstance(error, LoguroError):
        text = _of_service(error)
    elif isinstance(error, OSError):
        text = _of_system(error)
    else:
        text = _of_arguments(error)
    return " ".join(text.split())


def _of_service(error: LoguroError) -> str:
    if isinstance(error, AuthenticationError):
        said = f" ({error.reason})" if error.reason else ""
        return (
            f"the service refused the token of {TOKEN_SOURCE.get()} with status 401{said}; "
            "replace it by a new personal access token"
        )
    advice = next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), None)
    if advice is None:
        return str(error)
    of_library = _advice_of(error)
    return str(error).replace(of_library, advice) if of_library else f"{error}; {advice}"


def _advice_of(error: LoguroError) -> str:
    """Returns the part of a message that advises users of the library."""
    if isinstance(error, StatusError):
        return error.advice
    return error.message.partition("; ")[2]


def _of_system(error: OSError) -> str:
    named = error.filename if error.filename2 is None else error.filename2
    if named is None or error.strerror is None:
        return str(error)
    return f"{named}: {error.strerror}"


def _of_arguments(error: Any) -> str:  # noqa: ANN401 - Typer keeps the class of its errors to itself
    if isinstance(error, ModuleNotFoundError):
        return missing_extra(error) or str(error)
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return str(error)
    context = error.ctx
    command = "loguro-async" if context is None else context.command_path
    return f"{format_message().strip().rstrip('.')}; see {command} --help"
