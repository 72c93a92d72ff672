"""The frame that every command runs in: exit statuses, and one line for each failure."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from typing import TYPE_CHECKING

import pytest

from loguro_async import ConfigurationError, InvalidQueryError, QueryFailedError
from loguro_async.cli import program
from loguro_async.cli.exit_codes import UnfinishedError
from loguro_async.cli.signals import INTERRUPTION
from loguro_async.cli.standard_streams import OutputError, write_line
from tests.unit.cli.in_process import Ended, run

if TYPE_CHECKING:
    from collections.abc import Callable


def run_instead(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Run something else in the place of the commands."""

    def app(*_: object, **__: object) -> object:
        return work()

    monkeypatch.setattr(program, "app", app)
    return run("kpis", "local")


def failing_with(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InvalidQueryError("limit is 0"), 2, "limit is 0"),
        (ConfigurationError("no token"), 2, "no token"),
        (ImportError("needs an extra"), 2, "needs an extra"),
        (UnfinishedError("2 days are complete"), 3, "2 days are complete"),
        (QueryFailedError(500), 1, "the service responded with 500"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/a.csv"), 1, "/x/a.csv: No space"),
        (OSError("there is no folder"), 1, "there is no folder"),
        (OutputError(OSError(errno.ENOSPC, "No space left")), 1, "standard output: No space left"),
        (ValueError("two\nlines"), 2, "two lines"),
        (ExceptionGroup("a group", [OSError("inside")]), 1, "inside"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_one_line_and_a_status(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_instead(failing_with(error), monkeypatch)
    assert (done.status, done.out) == (status, "")
    (line,) = done.err.splitlines()
    assert line.startswith("loguro-async: ")
    assert said in line


@pytest.mark.parametrize("cause", [BrokenPipeError(), ConnectionResetError()])
def test_a_closed_pipe_has_a_status_and_no_message(
    cause: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_instead(failing_with(OutputError(cause)), monkeypatch) == (141, "", "")


def test_a_status_that_a_command_returns_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run_instead(lambda: 3, monkeypatch).status == 3
    assert run_instead(lambda: None, monkeypatch).status == 0
    assert run_instead(lambda: write_line("café"), monkeypatch) == (0, "café\n", "")


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError(), ExceptionGroup("two", [OSError("a"), OSError("b")])],
    ids=lambda value: type(value).__name__,
)
def test_a_fault_of_the_program_is_not_hidden(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(type(error)):
        run_instead(failing_with(error), monkeypatch)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_with_one_line_and_its_status(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    before = signal.getsignal(number)
    done = run_instead(lambda: INTERRUPTION.run(endless()), monkeypatch)
    assert done == (128 + number, "", "loguro-async: stopped\n")
    assert signal.getsignal(number) is before
