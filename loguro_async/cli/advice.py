"""Error messages of the command line, with advice in terms of its options and files."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Final

from loguro_async.cli import missing_extra
from loguro_async.errors import (
    AuthenticationError,
    LoguroError,
    RateLimitedError,
    RedirectError,
)

TOKEN_SOURCE: Final[ContextVar[str]] = ContextVar("TOKEN_SOURCE", default="$LOGURO_PAT")
"""The source of the token, for messages: a variable or a profile."""

_ADDRESS: Final = "$LOGURO_BASE_URL, or base_url of the profile"
_IN_SHELL: Final = (
    (re.escape(AuthenticationError.advice), "replace the token by a new personal access token"),
    (re.escape(RateLimitedError.advice), "wait, or lower --concurrency of batch"),
    (re.escape(RedirectError.advice), f"redirects are not followed; check {_ADDRESS}"),
    (r"(the network and|the path \S+ of) base_url", rf"\1 {_ADDRESS}"),
    (
        r"look at \.body[^(]*[^( ]",
        f"check {_ADDRESS}; `loguro-async doctor` compares all endpoints",
    ),
    (r",? or raise Limits\.\w+", ""),
    (r" \(Limits\.\w+=[^)]*\)", ""),
)
"""Patterns in messages of the library, and their replacements on the command line."""


def describe(error: Exception) -> str:
    """Returns the message of an error, on one line, with what to do."""
    if isinstance(error, LoguroError):
        text = _of_service(error)
    elif isinstance(error, OSError):
        text = _of_system(error)
    else:
        text = _of_arguments(error)
    return " ".join(text.split())


def for_shell(text: str) -> str:
    """Returns a message of the library with the advice replaced by that of the command line."""
    for pattern, replacement in _IN_SHELL:
        text = re.sub(pattern, replacement, text)
    return text


def _of_service(error: LoguroError) -> str:
    if isinstance(error, AuthenticationError):
        said = f" ({error.reason})" if error.reason else ""
        return (
            f"the service refused the token of {TOKEN_SOURCE.get()} with status 401{said}; "
            "replace it by a new personal access token"
        )
    return for_shell(str(error))


def _of_system(error: OSError) -> str:
    named = error.filename if error.filename2 is None else error.filename2
    if named is None or error.strerror is None:
        return str(error)
    return f"{named}: {error.strerror}"


def _of_arguments(error: Any) -> str:  # noqa: ANN401 - the class of Typer's errors is private
    if isinstance(error, ModuleNotFoundError):
        return missing_extra(error) or str(error)
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return str(error)
    context = error.ctx
    command = "loguro-async" if context is None else context.command_path
    message = format_message().replace("Value error, ", "").strip().rstrip(".")
    return f"{message}; see {command} --help"
