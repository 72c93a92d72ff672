"""How a command ends: what a person can mend is said in one line, with an exit status.

Status 0: done. 1: it failed. 2: wrong use. 3: some of it failed. 130: Ctrl-C. 141: whoever read the
output has enough.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from loguro_async.errors import ConfigurationError, LoguroError

if TYPE_CHECKING:
    from collections.abc import Coroutine

FAILED: Final = 1
WRONG_USE: Final = 2
SOME_FAILED: Final = 3
INTERRUPTED: Final = 130
_CLOSED_PIPE: Final = 141

T = TypeVar("T")


class UnfinishedError(LoguroError):
    """The work broke off after some of it was done, and that is good."""


def finish(work: Coroutine[object, object, T]) -> T:
    """Run a command's work to its end.

    Raises:
        typer.Exit: It failed, or was stopped; the reason was said.
    """
    try:
        return asyncio.run(work)
    except (ConfigurationError, ImportError, ValueError) as error:  # an extra names itself
        raise stop(error, WRONG_USE) from None
    except BrokenPipeError:
        # Whoever read the output has enough. Python would still try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_CLOSED_PIPE) from None
    except UnfinishedError as error:
        raise stop(error, SOME_FAILED) from None
    except (LoguroError, OSError) as error:
        raise stop(error, FAILED) from None
    except KeyboardInterrupt:
        raise stop("stopped", INTERRUPTED) from None


def stop(reason: object, status: int) -> typer.Exit:
    """Say why a command ends early, in one line; raise what this gives."""
    typer.echo(f"loguro-async: {reason}", err=True)
    return typer.Exit(status)
