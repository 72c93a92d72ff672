"""Warnings of the library on standard error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from loguro_async.cli.log import LineHandler, show_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = logging.getLogger("loguro_async")


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = LOG.handlers[:]
    LOG.handlers[:] = []
    yield
    LOG.handlers[:] = before


def test_a_warning_is_one_line_that_no_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    show_warnings()
    show_warnings()
    logging.getLogger("loguro_async.decoding").warning("2 rows\nleft out: %s", "\x1b[31m")
    LOG.info("a detail")
    assert capsys.readouterr().err == "loguro-async: 2 rows left out: ?[31m\n"


@pytest.mark.parametrize("module", ["circuit", "fan_out"])
def test_warnings_that_the_commands_report_are_left_out(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"loguro_async/{module}.py"
    LineHandler().emit(logging.LogRecord("loguro_async", 30, path, 1, "it opens", None, None))
    assert capsys.readouterr().err == ""
