"""Runs a command, and turns its failure into a message and an exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn, cast

from loguro_async.cli.advice import describe
from loguro_async.cli.app import app
from loguro_async.cli.exit_codes import (
    CLOSED_PIPE,
    FAILED,
    SOME_FAILED,
    WRONG_USE,
    UnfinishedError,
)
from loguro_async.cli.signals import INTERRUPTION, StoppedError
from loguro_async.cli.standard_streams import OutputError, guarded_streams, write_message
from loguro_async.errors import ConfigurationError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "loguro-async"


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command that the arguments name, and exits with its status.

    Args:
        arguments: The arguments; by default those of the process.
    """
    if os.environ.get("COLUMNS") == "0":  # a terminal that does not know its width
        del os.environ["COLUMNS"]
    with INTERRUPTION.handled(), guarded_streams():
        status = _status(arguments)
    raise SystemExit(status)


def _status(arguments: Sequence[str] | None) -> int:
    given = None if arguments is None else list(arguments)
    try:
        returned: object = app(given, prog_name=_NAME, standalone_mode=False)
        sys.stdout.flush()
    except Exception as error:
        cause = _innermost(error)
        status = _status_of(cause)
        if status is None:
            raise
        if status != CLOSED_PIPE:
            write_message(f"{_NAME}: {describe(cause)}")
        return status
    return returned if isinstance(returned, int) else 0


def _status_of(error: Exception) -> int | None:
    """Returns the exit status of a failure; ``None`` for a bug of the program."""
    match error:
        case StoppedError():
            return INTERRUPTION.status
        case OutputError():
            return CLOSED_PIPE if error.is_closed_pipe else FAILED
        case UnfinishedError():
            return SOME_FAILED
        case ConfigurationError() | ImportError() | ValueError():  # also a missing extra
            return WRONG_USE
        case LoguroError() | OSError():
            return FAILED
        case _:
            # Recognised by an attribute, because the class of Typer's errors is private.
            return WRONG_USE if hasattr(error, "format_message") else None


def _innermost(error: Exception) -> Exception:
    """Returns the only error of a group, which task groups raise; else the error itself."""
    if not isinstance(error, ExceptionGroup):
        return error
    group = cast("ExceptionGroup[Exception]", error)
    first, *others = group.exceptions
    return group if others else _innermost(first)
