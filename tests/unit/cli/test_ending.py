"""How a command ends."""

from __future__ import annotations

import errno

import pytest
import typer

from loguro_async import ConfigurationError, InvalidQueryError, QueryFailedError
from loguro_async.cli.ending import UnfinishedError, finish


async def failing(error: BaseException) -> None:
    raise error


async def answering() -> int:
    return 7


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InvalidQueryError("limit is 0"), 2, "limit is 0"),
        (ConfigurationError("no token"), 2, "no token"),
        (ImportError("needs an extra"), 2, "needs an extra"),
        (UnfinishedError("2 days are whole"), 3, "2 days are whole"),
        (QueryFailedError(500), 1, "the service responded with 500"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_fails_is_told_in_one_line_with_a_status(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        finish(failing(error))
    assert ended.value.exit_code == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("loguro-async: ")
    assert said in line


def test_what_works_gives_what_it_found() -> None:
    assert finish(answering()) == 7


def test_a_fault_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        finish(failing(ZeroDivisionError()))
